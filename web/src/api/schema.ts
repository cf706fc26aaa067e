/** Generated from openapi.json by `npm run api`. Change the server's structs, not this file. */

export interface paths {
    "/api/api-health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowApiHealth
         * @description Return how well the API answered in a range.
         */
        get: operations["ApiApiHealthShowApiHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListEvents
         * @description Return the newest matching events; payloads over 32 KiB are clipped.
         */
        get: operations["ApiEventsListEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{event_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * GetEvent
         * @description Return an event with its whole payload.
         */
        get: operations["ApiEventsEventIdGetEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/filters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListFilters
         * @description Return the values that events can be filtered by, with counts over all indexed events.
         */
        get: operations["ApiFiltersListFilters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowHealth
         * @description Return the state of the log, the views, both daemons and the installed hooks.
         */
        get: operations["ApiHealthShowHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowLimits
         * @description Return how much of the account's limits is used, and when they will be reached.
         */
        get: operations["ApiLimitsShowLimits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListSessions
         * @description Return the sessions that match; `since` and `until` bound the time of the last event.
         */
        get: operations["ApiSessionsListSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/active": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListActiveSessions
         * @description Return the active sessions: not ended, and seen within the last day.
         */
        get: operations["ApiSessionsActiveListActiveSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * GetSession
         * @description Return one session with the first page of its agents, tool calls, files and turns.
         */
        get: operations["ApiSessionsSessionIdGetSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListAgents
         * @description Return a session's subagents.
         */
        get: operations["ApiSessionsSessionIdAgentsListAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListCalls
         * @description Return a session's tool calls; those of a turn have its `prompt_id`.
         */
        get: operations["ApiSessionsSessionIdCallsListCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/files": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListFiles
         * @description Return the files a session touched.
         */
        get: operations["ApiSessionsSessionIdFilesListFiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{session_id}/turns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListTurns
         * @description Return a session's turns.
         */
        get: operations["ApiSessionsSessionIdTurnsListTurns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sign-in-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * IssueSignInCode
         * @description Issue a code that signs a browser in: `/?code=…` exchanges it for a cookie.
         *
         *     It is valid once, for a minute, at the process that issued it. Unlike the token, it may appear
         *     on a command line and in a browser's history.
         */
        post: operations["ApiSignInCodesIssueSignInCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowTimeline
         * @description Return the sessions that were active in a range, with their statuses and calls.
         *
         *     `since` defaults to three hours before the end; without `since` and `until`, a single
         *     `session_id` selects the whole session. The range is at most 31 days, unless there is a single
         *     `session_id`.
         */
        get: operations["ApiTimelineShowTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tools/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowToolStats
         * @description Return the figures of all tools, MCP servers and agent types, and a series over time.
         */
        get: operations["ApiToolsStatsShowToolStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tools/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowTool
         * @description Return one tool's figures, its histogram, its slowest calls and its failures.
         */
        get: operations["ApiToolsNameShowTool"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ShowUsage
         * @description Return cost and tokens in a range; an empty filter value matches rows without one.
         */
        get: operations["ApiUsageShowUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * OpenStream
         * @description Stream events as server-sent events: those after a rowid, then new ones.
         *
         *     Messages: first `hello` (version, last_id, after, build); then a default message for each event,
         *     with its rowid as id; `session` with a session's row whenever it changes; `unsaved` for an event
         *     that ingestd has in memory because it cannot write, and `saved` when those are saved or lost.
         *     A second `hello`, with the id 0, means that the log was replaced; all events of the new log
         *     follow. `Last-Event-ID` takes precedence over `after`, as a browser reconnects to the same URL.
         */
        get: operations["StreamOpenStream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** AgentLane */
        AgentLane: {
            agent_id: string;
            agent_type: string | null;
            bins: components["schemas"]["CallBin"][];
            calls: components["schemas"]["CallMark"][];
            description: string | null;
            first_event_at: number;
            last_event_at: number;
            parent_agent_id: string | null;
            spans: components["schemas"]["StateSpan"][];
            /** @enum {string} */
            status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "ended";
        };
        /** AgentPage */
        AgentPage: {
            agents: components["schemas"]["AgentRow"][];
            next: string | null;
        };
        /** AgentRow */
        AgentRow: {
            agent_id: string;
            agent_type: string | null;
            context: components["schemas"]["ContextUse"] | null;
            cost: components["schemas"]["Cost"] | null;
            current_tool: components["schemas"]["CurrentTool"] | null;
            description: string | null;
            ended_at: number | null;
            event_count: number;
            failure_count: number;
            first_event_at: number;
            last_answer: string | null;
            last_event_at: number;
            model_name: string | null;
            parent_agent_id: string | null;
            /** @enum {string} */
            status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "ended";
            status_reason: string | null;
            status_since: number;
            tokens: components["schemas"]["Tokens"] | null;
            tool_count: number;
            tool_use_id: string | null;
        };
        /** AgentTypeRow */
        AgentTypeRow: {
            agent_type: string | null;
            calls: number;
            denied: number;
            failed: number;
            interrupted: number;
            max_ms: number | null;
            p50_ms: number | null;
            p90_ms: number | null;
            p99_ms: number | null;
            running: number;
            succeeded: number;
            waiting_ms: number | null;
        };
        /** ApiErrorRow */
        ApiErrorRow: {
            count: number;
            event_id: number;
            kind: string;
            last_at: number;
        };
        /** ApiHealth */
        ApiHealth: {
            bucket_ms: number;
            by_error: components["schemas"]["ApiErrorRow"][];
            by_model: components["schemas"]["ModelHealth"][];
            cache_hit_ratio: number | null;
            errors: number;
            latency: components["schemas"]["DurationQuantiles"] | null;
            requests: number;
            retries_exhausted: number;
            series: components["schemas"]["ApiHealthPoint"][];
            since: number;
            ttft: components["schemas"]["DurationQuantiles"] | null;
            until: number;
        };
        /** ApiHealthPoint */
        ApiHealthPoint: {
            at: number;
            errors: number;
            requests: number;
            until: number;
        };
        /** CallBin */
        CallBin: {
            at: number;
            count: number;
            failed: number;
            until: number;
        };
        /** CallFailure */
        CallFailure: {
            at: number;
            error: string | null;
            event_id: number;
        };
        /** CallMark */
        CallMark: {
            duration_ms: number | null;
            ended_at: number | null;
            event_id: number;
            id: number;
            /** @enum {string} */
            outcome: "running" | "succeeded" | "failed" | "denied" | "interrupted";
            started_at: number;
            target: string | null;
            tool_name: string;
        };
        /** CallPage */
        CallPage: {
            calls: components["schemas"]["CallRow"][];
            next: string | null;
        };
        /** CallPoint */
        CallPoint: {
            calls: number;
            denied: number;
            failed: number;
            interrupted: number;
            p50_ms: number | null;
            p99_ms: number | null;
            running: number;
            start: number;
            succeeded: number;
        };
        /** CallRow */
        CallRow: {
            agent_id: string | null;
            agent_type: string | null;
            asked_at: number | null;
            duration_ms: number | null;
            ended_at: number | null;
            error: string | null;
            first_event_id: number;
            id: number;
            last_event_id: number;
            mcp_server: string | null;
            model_name: string | null;
            /** @enum {string} */
            outcome: "running" | "succeeded" | "failed" | "denied" | "interrupted";
            prompt_id: string | null;
            session_id: string;
            source_app: string | null;
            started_at: number;
            target: string | null;
            tool_name: string;
            tool_use_id: string;
            waiting_ms: number | null;
        };
        /** CallSummary */
        CallSummary: {
            calls: number;
            denied: number;
            failed: number;
            interrupted: number;
            max_ms: number | null;
            p50_ms: number | null;
            p90_ms: number | null;
            p99_ms: number | null;
            running: number;
            succeeded: number;
            waiting_ms: number | null;
        };
        /** Compaction */
        Compaction: {
            after_tokens: number | null;
            at: number;
            before_tokens: number | null;
            next_tokens: number | null;
            trigger: string | null;
        };
        /** ContextUse */
        ContextUse: {
            at: number;
            compact_at_tokens: number | null;
            exceeds_window: boolean;
            peak_tokens: number;
            /** @enum {string} */
            source: "status_line" | "otlp" | "transcript" | "compaction" | "hook";
            used_percent: number | null;
            used_tokens: number;
            window_tokens: number | null;
        };
        /** Cost */
        Cost: {
            /** @default false */
            disagrees: boolean;
            /** @default [] */
            others: components["schemas"]["OtherCost"][];
            /** @enum {string} */
            source: "otlp" | "transcript" | "status_line";
            /** @default 0 */
            unpriced_requests: number;
            usd: number | null;
        };
        /** CurrentTool */
        CurrentTool: {
            since: number;
            target: string | null;
            tool_name: string;
        };
        /** DurationQuantiles */
        DurationQuantiles: {
            p50_ms: number | null;
            p90_ms: number | null;
            p99_ms: number | null;
        };
        /** EffectiveSetting */
        EffectiveSetting: {
            is_default: boolean;
            name: string;
            value: string;
        };
        /** ErrorBody */
        ErrorBody: {
            error: components["schemas"]["ErrorDetail"];
        };
        /** ErrorCluster */
        ErrorCluster: {
            count: number;
            error: string | null;
            error_key: string | null;
            last_at: number;
            last_event_id: number;
            last_session_id: string;
            sessions: number;
        };
        /** ErrorDetail */
        ErrorDetail: {
            code: string;
            field: string | null;
            message: string;
        };
        /** Event */
        Event: {
            agent_id: string | null;
            hook_event_type: string;
            id: number | null;
            model_name: string | null;
            payload: {
                [key: string]: unknown;
            };
            /** @default 0 */
            payload_bytes: number;
            /** @default false */
            payload_clipped: boolean;
            received_at: number;
            sender: {
                [key: string]: unknown;
            } | null;
            session_id: string;
            source_app: string | null;
            summary: string | null;
            timestamp: number;
            tool_name: string | null;
            tool_use_id: string | null;
            unsaved_id: number | null;
        };
        /** EventPage */
        EventPage: {
            events: components["schemas"]["Event"][];
            log: string | null;
            next_before: number | null;
            /** @default [] */
            snippets: components["schemas"]["Snippet"][];
            unsearched: components["schemas"]["UnsearchedRange"] | null;
        };
        /** EventRate */
        EventRate: {
            bucket_ms: number;
            counts: (number | null)[];
            last_five_minutes: number | null;
            last_minute: number | null;
            start: number;
        };
        /** EventTypeActivity */
        EventTypeActivity: {
            count: number;
            count_24h: number;
            event_type: string;
            last_event_at: number;
        };
        /** EventsSaved */
        EventsSaved: {
            saved: boolean;
        };
        /** FilePage */
        FilePage: {
            files: components["schemas"]["FileRow"][];
            next: string | null;
        };
        /** FileRow */
        FileRow: {
            created: boolean;
            edit_count: number;
            last_event_id: number;
            last_touched_at: number;
            lines_added: number;
            lines_removed: number;
            path: string;
            read_count: number;
            write_count: number;
        };
        /** FilterValues */
        FilterValues: {
            agent_ids: components["schemas"]["ValueCount"][];
            agent_types: string[];
            counted: number;
            event_types: components["schemas"]["ValueCount"][];
            model_names: string[];
            sessions: components["schemas"]["SessionCount"][];
            source_apps: components["schemas"]["ValueCount"][];
            tool_names: components["schemas"]["ValueCount"][];
        };
        /** FoldState */
        FoldState: {
            error: string | null;
            events_per_second: number | null;
            folded_id: number;
            /** @default 0 */
            last_id: number;
            /** @default 0 */
            skipped: number;
            /** @enum {string} */
            state: "live" | "folding" | "following" | "failing";
        };
        /** FollowState */
        FollowState: {
            last_wake_at: number | null;
            watching: boolean;
        };
        /** Health */
        Health: {
            at: number;
            follow: components["schemas"]["FollowState"];
            gaps: components["schemas"]["UnfinishedCalls"] | null;
            ingest_url: string;
            ingestd: components["schemas"]["IngestState"];
            installed: components["schemas"]["HookInstallation"];
            lag: components["schemas"]["LagState"];
            last_id: number;
            log: components["schemas"]["LogState"];
            processes: components["schemas"]["Processes"];
            rate: components["schemas"]["EventRate"];
            received: components["schemas"]["ReceivedTypes"];
            settings: components["schemas"]["EffectiveSetting"][];
            sources: components["schemas"]["ProjectActivity"][];
            /** @enum {string} */
            status: "ok" | "degraded";
            streams: number;
            version: string;
            views: components["schemas"]["FoldState"];
        };
        /** Hello */
        Hello: {
            after: number;
            build: string | null;
            last_id: number;
            log: string | null;
            version: string;
        };
        /** HistogramBar */
        HistogramBar: {
            count: number;
            from_ms: number;
            to_ms: number;
        };
        /** HookInstallation */
        HookInstallation: {
            /** @default [] */
            hooks: components["schemas"]["InstalledHook"][];
            /** @default [] */
            missing: string[];
            path: string;
            /** @enum {string} */
            state: "read" | "absent" | "unreadable" | "too_large" | "not_json" | "not_an_object";
            /** @default [] */
            warnings: ("all_disabled" | "worktree_create" | "http_passed_over" | "unknown_kind")[];
        };
        /** IngestState */
        IngestState: {
            /** @default false */
            alive: boolean;
            can_write: boolean | null;
            error: string | null;
            events_per_second: number | null;
            last_id: number | null;
            spool: components["schemas"]["SpoolState"] | null;
            unsaved: number | null;
        };
        /** InstalledHook */
        InstalledHook: {
            event_type: string;
            /** @enum {string} */
            kind: "http" | "command";
            some: boolean;
        };
        /** Lag */
        Lag: {
            events: number;
            max_ms: number;
            p50_ms: number;
            p99_ms: number;
        };
        /** LagState */
        LagState: {
            stream: components["schemas"]["Lag"] | null;
            views: components["schemas"]["Lag"] | null;
            views_behind: number;
        };
        /** Lane */
        Lane: {
            agent_count: number;
            agents: components["schemas"]["AgentLane"][];
            bins: components["schemas"]["CallBin"][];
            calls: components["schemas"]["CallMark"][];
            first_event_at: number;
            last_event_at: number;
            last_event_id: number;
            model_name: string | null;
            project: string | null;
            session_id: string;
            spans: components["schemas"]["StateSpan"][];
            /** @enum {string} */
            status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "ended";
            title: string | null;
        };
        /** LimitRow */
        LimitRow: {
            as_of: number;
            expired: boolean;
            limit_usd: number | null;
            name: string;
            reaches_full_at: number | null;
            resets_at: number | null;
            session_id: string;
            used_percent: number | null;
            used_usd: number | null;
        };
        /** Limits */
        Limits: {
            as_of: number | null;
            five_hour: components["schemas"]["LimitRow"] | null;
            other: components["schemas"]["LimitRow"][];
            session_id: string | null;
            seven_day: components["schemas"]["LimitRow"] | null;
        };
        /** LogState */
        LogState: {
            db_bytes: number;
            disk_free_bytes: number | null;
            error: string | null;
            events: number | null;
            exists: boolean;
            first_event_at: number | null;
            last_event_at: number | null;
            /** @default [] */
            recoveries: components["schemas"]["Recovery"][];
            uuid: string | null;
            views_bytes: number;
            wal_bytes: number;
        };
        /** McpServerRow */
        McpServerRow: {
            calls: number;
            denied: number;
            failed: number;
            interrupted: number;
            last_failure: components["schemas"]["CallFailure"] | null;
            max_ms: number | null;
            mcp_server: string;
            p50_ms: number | null;
            p90_ms: number | null;
            p99_ms: number | null;
            running: number;
            succeeded: number;
            waiting_ms: number | null;
        };
        /** ModelHealth */
        ModelHealth: {
            cache_hit_ratio: number | null;
            errors: number;
            latency: components["schemas"]["DurationQuantiles"] | null;
            model: string | null;
            requests: number;
            ttft: components["schemas"]["DurationQuantiles"] | null;
        };
        /** OpenCall */
        OpenCall: {
            event_id: number;
            session_id: string;
            source_app: string | null;
            started_at: number;
            target: string | null;
            tool_name: string;
        };
        /** OtherCost */
        OtherCost: {
            /** @enum {string} */
            source: "otlp" | "transcript" | "status_line";
            usd: number;
        };
        /** Part */
        Part: {
            hit: boolean;
            text: string;
        };
        /** ProcessState */
        ProcessState: {
            cpu_percent: number | null;
            memory_bytes: number | null;
            pid: number;
            started_at: number;
            version: string;
        };
        /** Processes */
        Processes: {
            ingestd: components["schemas"]["ProcessState"] | null;
            queryd: components["schemas"]["ProcessState"];
        };
        /** ProjectActivity */
        ProjectActivity: {
            last_event_at: number;
            source_app: string;
        };
        /** ReceivedTypes */
        ReceivedTypes: {
            never: string[];
            types: components["schemas"]["EventTypeActivity"][];
        };
        /** Recovery */
        Recovery: {
            carried_to: number;
            done_at: number | null;
            floor: number;
            found_at: number;
            last_id: number | null;
            /** @default 0 */
            number: number;
            reason: string;
            /** @default 0 */
            rows_carried: number;
            rows_lost: number | null;
            set_aside: string;
        };
        /** SessionCount */
        SessionCount: {
            count: number;
            last_event_at: number;
            source_app: string | null;
            value: string;
        };
        /** SessionDetail */
        SessionDetail: {
            agents: components["schemas"]["AgentPage"];
            calls: components["schemas"]["CallPage"];
            files: components["schemas"]["FilePage"];
            session: components["schemas"]["SessionRow"];
            turns: components["schemas"]["TurnPage"];
        };
        /** SessionPage */
        SessionPage: {
            next: string | null;
            sessions: components["schemas"]["SessionRow"][];
        };
        /** SessionRow */
        SessionRow: {
            activity: number[];
            activity_until: number;
            agent_count: number;
            agents: components["schemas"]["AgentRow"][];
            background_tasks: components["schemas"]["Task"][];
            client_version: string | null;
            compaction_count: number;
            compactions: components["schemas"]["Compaction"][];
            context: components["schemas"]["ContextUse"] | null;
            cost: components["schemas"]["Cost"] | null;
            current_tool: components["schemas"]["CurrentTool"] | null;
            cwd: string | null;
            end_reason: string | null;
            ended_at: number | null;
            event_count: number;
            failure_count: number;
            first_event_at: number;
            last_answer: string | null;
            last_event_at: number;
            last_event_id: number;
            last_prompt: string | null;
            model_name: string | null;
            permission_mode: string | null;
            project: string | null;
            session_id: string;
            source_app: string | null;
            /** @enum {string} */
            status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "ended";
            status_reason: string | null;
            status_since: number;
            title: string | null;
            tokens: components["schemas"]["Tokens"] | null;
            tool_count: number;
            turn_count: number;
        };
        /** SignInCode */
        SignInCode: {
            code: string | null;
            expires_in_ms: number | null;
        };
        /** SlowCall */
        SlowCall: {
            agent_id: string | null;
            agent_type: string | null;
            duration_ms: number;
            first_event_id: number;
            last_event_id: number;
            model_name: string | null;
            outcome: string;
            session_id: string;
            source_app: string | null;
            started_at: number;
            target: string | null;
            tool_use_id: string;
            waiting_ms: number | null;
        };
        /** Snippet */
        Snippet: {
            event_id: number;
            field: string;
            parts: components["schemas"]["Part"][];
        };
        /** SpoolState */
        SpoolState: {
            dropped: number;
            path: string;
            rejected: number;
            waiting: number;
        };
        /** StateSpan */
        StateSpan: {
            reason: string | null;
            since: number;
            /** @enum {string} */
            status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "ended";
            until: number | null;
        };
        /** Task */
        Task: {
            id: string;
            type: string | null;
            words: string;
        };
        /** Timeline */
        Timeline: {
            lanes: components["schemas"]["Lane"][];
            next: string | null;
            now: number;
            since: number;
            until: number;
        };
        /** Tokens */
        Tokens: {
            cache_creation: number;
            cache_read: number;
            input: number;
            output: number;
        };
        /** ToolDetail */
        ToolDetail: {
            failure_kinds: number;
            failures: components["schemas"]["ErrorCluster"][];
            histogram: components["schemas"]["HistogramBar"][];
            since: number;
            slowest: components["schemas"]["SlowCall"][];
            tool: components["schemas"]["ToolRow"];
            until: number;
        };
        /** ToolRow */
        ToolRow: {
            calls: number;
            denied: number;
            failed: number;
            interrupted: number;
            last_failure: components["schemas"]["CallFailure"] | null;
            max_ms: number | null;
            mcp_server: string | null;
            p50_ms: number | null;
            p90_ms: number | null;
            p99_ms: number | null;
            running: number;
            succeeded: number;
            tool_name: string;
            waiting_ms: number | null;
        };
        /** ToolStats */
        ToolStats: {
            agent_types: components["schemas"]["AgentTypeRow"][];
            bucket_ms: number;
            mcp_servers: components["schemas"]["McpServerRow"][];
            series: components["schemas"]["CallPoint"][];
            since: number;
            tools: components["schemas"]["ToolRow"][];
            total: components["schemas"]["CallSummary"];
            until: number;
        };
        /** TurnPage */
        TurnPage: {
            next: string | null;
            turns: components["schemas"]["TurnRow"][];
        };
        /** TurnRow */
        TurnRow: {
            answer: string | null;
            ended_at: number | null;
            failure_count: number;
            id: number;
            /** @enum {string} */
            kind: "prompt" | "notification" | "unknown";
            last_event_id: number;
            /** @enum {string} */
            outcome: "running" | "done" | "failed" | "interrupted";
            prompt: string | null;
            prompt_id: string | null;
            started_at: number;
            tool_count: number;
        };
        /** UnfinishedCalls */
        UnfinishedCalls: {
            interrupted: number;
            interrupted_examples: components["schemas"]["OpenCall"][];
            long_running: number;
            running_examples: components["schemas"]["OpenCall"][];
        };
        /** UnsearchedRange */
        UnsearchedRange: {
            after: number;
            before: number;
        };
        /** Usage */
        Usage: {
            bucket_ms: number;
            /** @enum {string} */
            by: "day" | "hour" | "model" | "project" | "session" | "agent_type";
            next: string | null;
            rows: components["schemas"]["UsageRow"][];
            series: components["schemas"]["UsagePoint"][];
            since: number;
            total: components["schemas"]["UsageFigures"];
            until: number;
        };
        /** UsageFigures */
        UsageFigures: {
            cache_creation: number;
            cache_hit_ratio: number | null;
            cache_read: number;
            /** @enum {null|string} */
            cost_source: "otlp" | "transcript" | "status_line" | "mixed" | null;
            cost_usd: number | null;
            errors: number;
            input: number;
            output: number;
            requests: number;
            unpriced_requests: number;
        };
        /** UsagePoint */
        UsagePoint: {
            at: number;
            cache_creation: number;
            cache_read: number;
            cost_usd: number | null;
            input: number;
            model: string | null;
            output: number;
            requests: number;
            until: number;
        };
        /** UsageRow */
        UsageRow: {
            cache_creation: number;
            cache_hit_ratio: number | null;
            cache_read: number;
            /** @enum {null|string} */
            cost_source: "otlp" | "transcript" | "status_line" | "mixed" | null;
            cost_usd: number | null;
            errors: number;
            input: number;
            key: string | null;
            label: string;
            output: number;
            requests: number;
            unpriced_requests: number;
        };
        /** ValueCount */
        ValueCount: {
            count: number;
            value: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    ApiApiHealthShowApiHealth: {
        parameters: {
            query?: {
                /** @description A range up to now; defaults to 24h without since and until. */
                range?: "1h" | "24h" | "7d" | "30d" | "all";
                /** @description ms since the epoch, inclusive. */
                since?: number;
                /** @description ms since the epoch, inclusive. */
                until?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiHealth"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiEventsListEvents: {
        parameters: {
            query?: {
                /** @description Any of these values; repeat the parameter for several. */
                session_id?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                event_type?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                tool_name?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                source_app?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                agent_id?: string[];
                /** @description ms since the epoch, inclusive. */
                since?: number;
                /** @description ms since the epoch, inclusive. */
                until?: number;
                /** @description Search terms: words, "some words", pre*, -not, and fields: tool: session: type: project: agent: (exact value, or its prefix*), prompt: command: path: output: error: answer: other: (words of that text). All terms must match. */
                q?: string;
                /** @description The maximum number of items. */
                limit?: number;
                /** @description A rowid, exclusive. */
                before?: number;
                /** @description A rowid, exclusive. */
                after?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiEventsEventIdGetEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The event's rowid. */
                event_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiFiltersListFilters: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FilterValues"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiHealthShowHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiLimitsShowLimits: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Limits"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiSessionsListSessions: {
        parameters: {
            query?: {
                /** @description Any of these; repeat it for several. */
                status?: ("working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "ended")[];
                /** @description Any of these values; repeat the parameter for several. */
                source_app?: string[];
                /** @description None of these values; repeat the parameter for several. */
                without_source_app?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                model_name?: string[];
                /** @description ms since the epoch, inclusive. */
                since?: number;
                /** @description ms since the epoch, inclusive. */
                until?: number;
                /** @description The maximum number of items. */
                limit?: number;
                /** @description `next` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiSessionsActiveListActiveSessions: {
        parameters: {
            query?: {
                /** @description None of these values; repeat the parameter for several. */
                without_source_app?: string[];
                /** @description The maximum number of items. */
                limit?: number;
                /** @description `next` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiSessionsSessionIdGetSession: {
        parameters: {
            query?: {
                /** @description The maximum number of items. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`. */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionDetail"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiSessionsSessionIdAgentsListAgents: {
        parameters: {
            query?: {
                /** @description The maximum number of items. */
                limit?: number;
                /** @description `next` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`. */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiSessionsSessionIdCallsListCalls: {
        parameters: {
            query?: {
                /** @description Any of these values; repeat the parameter for several. */
                tool_name?: string[];
                /** @description Any of these; repeat it for several. */
                outcome?: ("running" | "succeeded" | "failed" | "denied" | "interrupted")[];
                /** @description Any of these; empty for calls that name no prompt. */
                prompt_id?: string[];
                /** @description Any of these; empty for the main thread. */
                agent_id?: string[];
                /** @description The maximum number of items. */
                limit?: number;
                /** @description `next` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`. */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiSessionsSessionIdFilesListFiles: {
        parameters: {
            query?: {
                /** @description The maximum number of items. */
                limit?: number;
                /** @description `next` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`. */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FilePage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiSessionsSessionIdTurnsListTurns: {
        parameters: {
            query?: {
                /** @description The maximum number of items. */
                limit?: number;
                /** @description `next` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`. */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TurnPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiSignInCodesIssueSignInCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Document created, URL follows */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignInCode"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiTimelineShowTimeline: {
        parameters: {
            query?: {
                /** @description ms since the epoch, inclusive. */
                since?: number;
                /** @description ms since the epoch, inclusive. */
                until?: number;
                /** @description Any of these values; repeat the parameter for several. */
                session_id?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                source_app?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                model_name?: string[];
                /** @description In any of these at any time in the range; repeatable. */
                status?: ("working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "ended")[];
                /** @description How many lanes. */
                limit?: number;
                /** @description `next` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiToolsStatsShowToolStats: {
        parameters: {
            query?: {
                /** @description A range up to now; defaults to 24h without since and until. */
                range?: "1h" | "24h" | "7d" | "30d";
                /** @description ms since the epoch, inclusive. */
                since?: number;
                /** @description ms since the epoch, inclusive. */
                until?: number;
                /** @description Any of these values; repeat the parameter for several. */
                mcp_server?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                source_app?: string[];
                /** @description None of these values; repeat the parameter for several. */
                without_source_app?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                model_name?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                agent_type?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                session_id?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                tool_name?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ToolStats"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiToolsNameShowTool: {
        parameters: {
            query?: {
                /** @description A range up to now; defaults to 24h without since and until. */
                range?: "1h" | "24h" | "7d" | "30d";
                /** @description ms since the epoch, inclusive. */
                since?: number;
                /** @description ms since the epoch, inclusive. */
                until?: number;
                /** @description Any of these values; repeat the parameter for several. */
                mcp_server?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                source_app?: string[];
                /** @description None of these values; repeat the parameter for several. */
                without_source_app?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                model_name?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                agent_type?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                session_id?: string[];
            };
            header?: never;
            path: {
                /** @description A tool's name in Claude Code. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ToolDetail"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    ApiUsageShowUsage: {
        parameters: {
            query?: {
                /** @description What to group by. */
                by?: "day" | "hour" | "model" | "project" | "session" | "agent_type";
                /** @description A range up to now; defaults to 24h without since and until. */
                range?: "1h" | "24h" | "7d" | "30d" | "all";
                /** @description ms since the epoch, inclusive. */
                since?: number;
                /** @description ms since the epoch, inclusive. */
                until?: number;
                /** @description By how much local time is ahead of UTC: days start at its midnight. */
                utc_offset_minutes?: number;
                /** @description Any of these values; repeat the parameter for several. */
                source_app?: string[];
                /** @description None of these values; repeat the parameter for several. */
                without_source_app?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                model?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                session_id?: string[];
                /** @description The maximum number of items. */
                limit?: number;
                /** @description `next` of the previous page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Request fulfilled, document follows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    StreamOpenStream: {
        parameters: {
            query?: {
                /** @description Any of these values; repeat the parameter for several. */
                session_id?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                event_type?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                tool_name?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                source_app?: string[];
                /** @description Any of these values; repeat the parameter for several. */
                agent_id?: string[];
                /** @description ms since the epoch, inclusive. */
                since?: number;
                /** @description ms since the epoch, inclusive. */
                until?: number;
                /** @description Search terms: words, "some words", pre*, -not, and fields: tool: session: type: project: agent: (exact value, or its prefix*), prompt: command: path: output: error: answer: other: (words of that text). All terms must match. */
                q?: string;
                /** @description A rowid, exclusive. */
                after?: number;
                /** @description `none`: only sessions. */
                events?: "all" | "none";
                /** @description `all`: the filter applies only to events. */
                sessions?: "matching" | "all";
            };
            header?: {
                "Last-Event-ID"?: number;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Each message's data, by its name: `hello`, none, `session`, `saved`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Hello"] | components["schemas"]["Event"] | components["schemas"]["SessionRow"] | components["schemas"]["EventsSaved"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
}
