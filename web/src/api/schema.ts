/** Generated from openapi.json by `npm run api`. Change the server's structs, not this file. */

export interface paths {
    readonly "/api/api-health": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ShowApiHealth
         * @description Return how well the API answered in a range.
         */
        readonly get: operations["ApiApiHealthShowApiHealth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/digest": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ShowDigest
         * @description Return what happened in a range: in total, and by session with its last answer.
         *
         *     The range is at most 31 days; without `since`, it is the day before `until`. The status of
         *     sessions and their open asks are those of now. `utc_offset_minutes` applies to Markdown.
         */
        readonly get: operations["ApiDigestShowDigest"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ListEvents
         * @description Return the newest matching events; payloads over 32 KiB are clipped.
         *
         *     With `fields=line` they have no payloads, only what a row shows: an `EventLinePage`. With
         *     `order=happened`, `before` needs `before_at`, and `after` needs `after_at`.
         */
        readonly get: operations["ApiEventsListEvents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/events/{event_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * GetEvent
         * @description Return an event with its whole payload.
         */
        readonly get: operations["ApiEventsEventIdGetEvent"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/filters": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ListFilters
         * @description Return the values that events can be filtered by, with counts over all indexed events.
         */
        readonly get: operations["ApiFiltersListFilters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/health": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ShowHealth
         * @description Return the state of the log, the views, both daemons and the installed hooks.
         */
        readonly get: operations["ApiHealthShowHealth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/limits": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ShowLimits
         * @description Return how much of the account's limits is used, and when they will be reached.
         */
        readonly get: operations["ApiLimitsShowLimits"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ListSessions
         * @description Return the sessions that match; `since` and `until` bound the time of the last event.
         */
        readonly get: operations["ApiSessionsListSessions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/active": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ListActiveSessions
         * @description Return the active sessions: not ended, and seen within the last day.
         */
        readonly get: operations["ApiSessionsActiveListActiveSessions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/search": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * SearchSessions
         * @description Return the sessions whose prompts or answers match, the newest match first.
         *
         *     `since` and `until` bound the time of the match.
         */
        readonly get: operations["ApiSessionsSearchSearchSessions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/{session_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * GetSession
         * @description Return one session with the first page of its agents, tool calls, files and turns.
         */
        readonly get: operations["ApiSessionsSessionIdGetSession"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/{session_id}/agents": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ListAgents
         * @description Return a session's subagents.
         */
        readonly get: operations["ApiSessionsSessionIdAgentsListAgents"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/{session_id}/call-kinds": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * CountCallKinds
         * @description Count a session's tool calls by kind.
         */
        readonly get: operations["ApiSessionsSessionIdCallKindsCountCallKinds"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/{session_id}/calls": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ListCalls
         * @description Return a session's tool calls; those of a turn have its `prompt_id`.
         *
         *     `changed_after` is an event's id: only calls with an event after it are returned,
         *     and all that are still open.
         */
        readonly get: operations["ApiSessionsSessionIdCallsListCalls"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/{session_id}/export": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ExportSession
         * @description Return a session as a file: prompts, answers, calls with their results, and diffs.
         *
         *     What was redacted when it was recorded is not in it either.
         */
        readonly get: operations["ApiSessionsSessionIdExportExportSession"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/{session_id}/files": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ListFiles
         * @description Return the files a session touched.
         */
        readonly get: operations["ApiSessionsSessionIdFilesListFiles"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/{session_id}/overview": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ShowOverview
         * @description Return how long a session worked and waited, what it changed, and how to resume it.
         *
         *     Its transcript is looked for on this machine alone.
         */
        readonly get: operations["ApiSessionsSessionIdOverviewShowOverview"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sessions/{session_id}/turns": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ListTurns
         * @description Return a session's turns.
         */
        readonly get: operations["ApiSessionsSessionIdTurnsListTurns"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/sign-in-codes": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * IssueSignInCode
         * @description Issue a code that signs a browser in: `/?code=…` exchanges it for a cookie.
         *
         *     It is valid once, for a minute, at the process that issued it. Unlike the token, it may appear
         *     on a command line and in a browser's history.
         */
        readonly post: operations["ApiSignInCodesIssueSignInCode"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/timeline": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ShowTimeline
         * @description Return the sessions that were active in a range, with their statuses and calls.
         *
         *     `since` defaults to three hours before the end; without `since` and `until`, a single
         *     `session_id` selects the whole session. The range is at most 31 days, unless there is a single
         *     `session_id`.
         */
        readonly get: operations["ApiTimelineShowTimeline"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tools/stats": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ShowToolStats
         * @description Return the figures of all tools, MCP servers and agent types, and a series over time.
         */
        readonly get: operations["ApiToolsStatsShowToolStats"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/tools/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ShowTool
         * @description Return one tool's figures, its histogram, its slowest calls and its failures.
         */
        readonly get: operations["ApiToolsNameShowTool"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/unsaved/{unsaved_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * GetUnsavedEvent
         * @description Return an event that a stream sent as `unsaved`, until it is saved or lost.
         *
         *     A payload over 32 KiB is clipped.
         */
        readonly get: operations["ApiUnsavedUnsavedIdGetUnsavedEvent"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/usage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * ShowUsage
         * @description Return cost and tokens in a range; an empty filter value matches rows without one.
         */
        readonly get: operations["ApiUsageShowUsage"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/stream": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * OpenStream
         * @description Stream events as server-sent events: those after a rowid, then new ones.
         *
         *     Messages: first `hello` (version, last_id, after, build); then a default message for each event,
         *     with its rowid as id; `session` with a session's row whenever it changes; `unsaved` for an event
         *     that ingestd has in memory because it cannot write, and `saved` when those are saved or lost;
         *     `recording` with whether events are stored, soon after the start and whenever that changes.
         *     With `batch=1` a default message and an `unsaved` one have an array of events, and the id is the
         *     last one's. A second `hello`, with the id 0, means that the log was replaced; all events of the
         *     new log follow. `Last-Event-ID` takes precedence over `after`, as a browser reconnects to the
         *     same URL.
         */
        readonly get: operations["StreamOpenStream"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** AgentLane */
        readonly AgentLane: {
            readonly agent_id: string;
            readonly agent_type: string | null;
            readonly bins: readonly components["schemas"]["CallBin"][];
            readonly calls: readonly components["schemas"]["CallMark"][];
            readonly description: string | null;
            readonly first_event_at: number;
            readonly last_event_at: number;
            readonly parent_agent_id: string | null;
            readonly spans: readonly components["schemas"]["StateSpan"][];
            /** @enum {string} */
            readonly status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "interrupted" | "ended";
        };
        /** AgentPage */
        readonly AgentPage: {
            readonly agents: readonly components["schemas"]["AgentRow"][];
            readonly next: string | null;
        };
        /** AgentRow */
        readonly AgentRow: {
            readonly agent_id: string;
            readonly agent_type: string | null;
            readonly context: components["schemas"]["ContextUse"] | null;
            readonly cost: components["schemas"]["Cost"] | null;
            readonly current_tool: components["schemas"]["CurrentTool"] | null;
            readonly description: string | null;
            readonly ended_at: number | null;
            readonly event_count: number;
            readonly failure_count: number;
            readonly first_event_at: number;
            readonly last_answer: string | null;
            readonly last_event_at: number;
            readonly model_name: string | null;
            readonly parent_agent_id: string | null;
            /** @enum {string} */
            readonly status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "interrupted" | "ended";
            readonly status_reason: string | null;
            readonly status_since: number;
            /** @enum {string} */
            readonly status_source: "hook" | "transcript" | "registry" | "silence" | "process";
            readonly tokens: components["schemas"]["Tokens"] | null;
            readonly tool_count: number;
            readonly tool_use_id: string | null;
        };
        /** AgentTypeRow */
        readonly AgentTypeRow: {
            readonly agent_type: string | null;
            readonly calls: number;
            readonly denied: number;
            readonly failed: number;
            readonly interrupted: number;
            readonly max_ms: number | null;
            readonly no_result: number;
            readonly p50_ms: number | null;
            readonly p90_ms: number | null;
            readonly p99_ms: number | null;
            readonly running: number;
            readonly succeeded: number;
            readonly waiting: number;
            readonly waiting_ms: number | null;
        };
        /** ApiErrorRow */
        readonly ApiErrorRow: {
            readonly count: number;
            readonly event_id: number;
            readonly kind: string;
            readonly last_at: number;
        };
        /** ApiHealth */
        readonly ApiHealth: {
            readonly bucket_ms: number;
            readonly by_error: readonly components["schemas"]["ApiErrorRow"][];
            readonly by_model: readonly components["schemas"]["ModelHealth"][];
            readonly cache_hit_ratio: number | null;
            readonly errors: number;
            readonly latency: components["schemas"]["DurationQuantiles"] | null;
            readonly requests: number;
            readonly retries_exhausted: number;
            readonly series: readonly components["schemas"]["ApiHealthPoint"][];
            readonly since: number;
            readonly ttft: components["schemas"]["DurationQuantiles"] | null;
            readonly until: number;
        };
        /** ApiHealthPoint */
        readonly ApiHealthPoint: {
            readonly at: number;
            readonly errors: number;
            readonly requests: number;
            readonly until: number;
        };
        /** AskRow */
        readonly AskRow: {
            readonly agent_id: string | null;
            readonly asked_at: number;
            readonly detail: string | null;
            readonly ended_at: number | null;
            readonly event_id: number;
            /** @enum {string} */
            readonly kind: "permission" | "question";
            /** @enum {string} */
            readonly outcome: "open" | "allowed" | "denied" | "expired";
            /** @enum {string} */
            readonly source: "hook" | "transcript" | "registry" | "silence" | "process";
            readonly text: string | null;
            readonly title: string | null;
            readonly tool_name: string | null;
            readonly tool_use_id: string | null;
        };
        /** CacheClock */
        readonly CacheClock: {
            readonly expires_at: number;
            readonly recache_tokens: number | null;
            readonly ttl: string | null;
        };
        /** CallBin */
        readonly CallBin: {
            readonly at: number;
            readonly count: number;
            readonly failed: number;
            readonly until: number;
        };
        /** CallFailure */
        readonly CallFailure: {
            readonly at: number;
            readonly error: string | null;
            readonly event_id: number;
        };
        /** CallKindCounts */
        readonly CallKindCounts: {
            readonly asked: number;
            readonly edits: number;
            readonly failed: number;
        };
        /** CallMark */
        readonly CallMark: {
            readonly duration_ms: number | null;
            readonly ended_at: number | null;
            readonly event_id: number;
            readonly id: number;
            /** @enum {string} */
            readonly outcome: "running" | "waiting" | "succeeded" | "failed" | "denied" | "interrupted" | "no_result";
            readonly started_at: number;
            readonly target: string | null;
            readonly tool_name: string;
        };
        /** CallPage */
        readonly CallPage: {
            readonly calls: readonly components["schemas"]["CallRow"][];
            readonly next: string | null;
        };
        /** CallPoint */
        readonly CallPoint: {
            readonly calls: number;
            readonly denied: number;
            readonly failed: number;
            readonly interrupted: number;
            readonly no_result: number;
            readonly p50_ms: number | null;
            readonly p99_ms: number | null;
            readonly running: number;
            readonly start: number;
            readonly succeeded: number;
            readonly waiting: number;
        };
        /** CallRow */
        readonly CallRow: {
            readonly agent_id: string | null;
            readonly agent_type: string | null;
            readonly asked_at: number | null;
            readonly duration_ms: number | null;
            readonly ended_at: number | null;
            readonly error: string | null;
            readonly first_event_id: number;
            readonly id: number;
            readonly last_event_id: number;
            readonly mcp_server: string | null;
            readonly model_name: string | null;
            /** @enum {string} */
            readonly outcome: "running" | "waiting" | "succeeded" | "failed" | "denied" | "interrupted" | "no_result";
            readonly prompt_id: string | null;
            readonly session_id: string;
            readonly source_app: string | null;
            readonly started_at: number;
            readonly target: string | null;
            readonly tool_name: string;
            readonly tool_use_id: string;
            readonly waiting_ms: number | null;
        };
        /** CallSummary */
        readonly CallSummary: {
            readonly calls: number;
            readonly denied: number;
            readonly failed: number;
            readonly interrupted: number;
            readonly max_ms: number | null;
            readonly no_result: number;
            readonly p50_ms: number | null;
            readonly p90_ms: number | null;
            readonly p99_ms: number | null;
            readonly running: number;
            readonly succeeded: number;
            readonly waiting: number;
            readonly waiting_ms: number | null;
        };
        /** Changes */
        readonly Changes: {
            readonly file_count: number;
            readonly lines_added: number;
            readonly lines_removed: number;
        };
        /** Compaction */
        readonly Compaction: {
            readonly after_tokens: number | null;
            readonly at: number;
            readonly before_tokens: number | null;
            readonly next_tokens: number | null;
            readonly trigger: string | null;
        };
        /** ContextUse */
        readonly ContextUse: {
            readonly at: number;
            readonly compact_at_tokens: number | null;
            readonly exceeds_window: boolean;
            readonly peak_tokens: number;
            /** @enum {string} */
            readonly source: "status_line" | "otlp" | "transcript" | "compaction" | "hook";
            readonly used_percent: number | null;
            readonly used_tokens: number;
            readonly window_tokens: number | null;
        };
        /** Cost */
        readonly Cost: {
            /** @default false */
            readonly disagrees: boolean;
            /** @default [] */
            readonly others: readonly components["schemas"]["OtherCost"][];
            /** @enum {string} */
            readonly source: "otlp" | "transcript" | "status_line";
            /** @default 0 */
            readonly unpriced_requests: number;
            readonly usd: number | null;
        };
        /** CurrentTool */
        readonly CurrentTool: {
            readonly since: number;
            readonly target: string | null;
            readonly tool_name: string;
        };
        /** DigestFigures */
        readonly DigestFigures: {
            /** @enum {null|string} */
            readonly cost_source: "otlp" | "transcript" | "status_line" | "mixed" | null;
            readonly cost_usd: number | null;
            readonly failed: number;
            readonly failed_calls: number;
            readonly files_changed: number;
            readonly finished: number;
            readonly interrupted: number;
            readonly lines_added: number;
            readonly lines_removed: number;
            readonly prompts: number;
        };
        /** DigestReport */
        readonly DigestReport: {
            readonly has_more: boolean;
            readonly now: number;
            readonly sessions: readonly components["schemas"]["DigestSession"][];
            readonly since: number;
            readonly total: components["schemas"]["DigestFigures"];
            readonly until: number;
            readonly waiting: number;
        };
        /** DigestSession */
        readonly DigestSession: {
            readonly asks: readonly components["schemas"]["AskRow"][];
            /** @enum {null|string} */
            readonly cost_source: "otlp" | "transcript" | "status_line" | "mixed" | null;
            readonly cost_usd: number | null;
            readonly failed: number;
            readonly failed_calls: number;
            readonly files_changed: number;
            readonly finished: number;
            readonly interrupted: number;
            readonly last_answer: string | null;
            readonly last_event_at: number;
            readonly lines_added: number;
            readonly lines_removed: number;
            readonly project: string | null;
            readonly prompts: number;
            readonly session_id: string;
            /** @enum {string} */
            readonly status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "interrupted" | "ended";
            readonly status_reason: string | null;
            readonly status_since: number;
            readonly title: string | null;
        };
        /** DurationQuantiles */
        readonly DurationQuantiles: {
            readonly p50_ms: number | null;
            readonly p90_ms: number | null;
            readonly p99_ms: number | null;
        };
        /** EffectiveSetting */
        readonly EffectiveSetting: {
            readonly is_default: boolean;
            readonly name: string;
            readonly value: string;
        };
        /** ErrorBody */
        readonly ErrorBody: {
            readonly error: components["schemas"]["ErrorDetail"];
        };
        /** ErrorCluster */
        readonly ErrorCluster: {
            readonly count: number;
            readonly error: string | null;
            readonly error_key: string | null;
            readonly last_at: number;
            readonly last_event_id: number;
            readonly last_session_id: string;
            readonly sessions: number;
        };
        /** ErrorDetail */
        readonly ErrorDetail: {
            readonly code: string;
            readonly field: string | null;
            readonly message: string;
        };
        /** Event */
        readonly Event: {
            readonly agent_id: string | null;
            readonly hook_event_type: string;
            readonly id: number | null;
            readonly model_name: string | null;
            readonly payload: {
                readonly [key: string]: unknown;
            };
            /** @default 0 */
            readonly payload_bytes: number;
            /** @default false */
            readonly payload_clipped: boolean;
            readonly received_at: number;
            readonly sender: {
                readonly [key: string]: unknown;
            } | null;
            readonly session_id: string;
            readonly source_app: string | null;
            readonly summary: string | null;
            readonly timestamp: number;
            readonly tool_name: string | null;
            readonly tool_use_id: string | null;
            readonly unsaved_id: number | null;
        };
        /** EventLine */
        readonly EventLine: {
            readonly agent_id: string | null;
            readonly agent_type: string | null;
            readonly call_ids: readonly string[];
            readonly hook_event_type: string;
            readonly id: number | null;
            readonly notification_type: string | null;
            /** @enum {null|string} */
            readonly outcome: "succeeded" | "failed" | "denied" | "interrupted" | "open" | "allowed" | "denied" | "expired" | null;
            readonly payload_bytes: number;
            readonly project: string | null;
            readonly received_at: number;
            readonly session_id: string;
            readonly source: string | null;
            readonly source_app: string | null;
            readonly summary: string;
            readonly timestamp: number;
            readonly tool_name: string | null;
            readonly tool_use_id: string | null;
            readonly unsaved_id: number | null;
            readonly waited_ms: number | null;
        };
        /** EventLinePage */
        readonly EventLinePage: {
            readonly events: readonly components["schemas"]["EventLine"][];
            readonly log: string | null;
            readonly next: components["schemas"]["NextPosition"] | null;
            readonly next_before: number | null;
            /** @default [] */
            readonly snippets: readonly components["schemas"]["Snippet"][];
            readonly unsearched: components["schemas"]["UnsearchedRange"] | null;
        };
        /** EventPage */
        readonly EventPage: {
            readonly events: readonly components["schemas"]["Event"][];
            readonly log: string | null;
            readonly next: components["schemas"]["NextPosition"] | null;
            readonly next_before: number | null;
            /** @default [] */
            readonly snippets: readonly components["schemas"]["Snippet"][];
            readonly unsearched: components["schemas"]["UnsearchedRange"] | null;
        };
        /** EventRate */
        readonly EventRate: {
            readonly bucket_ms: number;
            readonly counts: readonly (number | null)[];
            readonly last_five_minutes: number | null;
            readonly last_minute: number | null;
            readonly start: number;
        };
        /** EventTypeActivity */
        readonly EventTypeActivity: {
            readonly count: number;
            readonly count_24h: number;
            readonly event_type: string;
            readonly last_event_at: number;
        };
        /** EventsSaved */
        readonly EventsSaved: {
            readonly saved: boolean;
        };
        /** FilePage */
        readonly FilePage: {
            readonly files: readonly components["schemas"]["FileRow"][];
            readonly next: string | null;
        };
        /** FileRow */
        readonly FileRow: {
            readonly created: boolean;
            readonly edit_count: number;
            readonly last_event_id: number;
            readonly last_touched_at: number;
            readonly lines_added: number;
            readonly lines_removed: number;
            readonly path: string;
            readonly read_count: number;
            readonly write_count: number;
        };
        /** FilterValues */
        readonly FilterValues: {
            readonly agent_ids: readonly components["schemas"]["ValueCount"][];
            readonly agent_types: readonly string[];
            readonly counted: number;
            readonly event_types: readonly components["schemas"]["ValueCount"][];
            readonly model_names: readonly string[];
            readonly sessions: readonly components["schemas"]["SessionCount"][];
            readonly source_apps: readonly components["schemas"]["ValueCount"][];
            readonly tool_names: readonly components["schemas"]["ValueCount"][];
        };
        /** FoldState */
        readonly FoldState: {
            readonly error: string | null;
            readonly events_per_second: number | null;
            readonly folded_id: number;
            /** @default 0 */
            readonly last_id: number;
            /** @default 0 */
            readonly skipped: number;
            /** @enum {string} */
            readonly state: "live" | "folding" | "following" | "failing";
        };
        /** FollowState */
        readonly FollowState: {
            readonly last_wake_at: number | null;
            readonly watching: boolean;
        };
        /** Health */
        readonly Health: {
            readonly at: number;
            readonly command: string;
            readonly follow: components["schemas"]["FollowState"];
            readonly gaps: components["schemas"]["UnfinishedCalls"] | null;
            readonly ingest_url: string;
            readonly ingestd: components["schemas"]["IngestState"];
            readonly installed: components["schemas"]["HookInstallation"];
            readonly lag: components["schemas"]["LagState"];
            readonly last_id: number;
            readonly log: components["schemas"]["LogState"];
            readonly processes: components["schemas"]["Processes"];
            readonly rate: components["schemas"]["EventRate"];
            readonly received: components["schemas"]["ReceivedTypes"];
            /** @enum {null|string} */
            readonly restarted_by: "up" | "service" | null;
            readonly search: components["schemas"]["IndexState"];
            readonly settings: readonly components["schemas"]["EffectiveSetting"][];
            readonly sources: readonly components["schemas"]["ProjectActivity"][];
            /** @enum {string} */
            readonly status: "ok" | "degraded";
            readonly streams: number;
            readonly version: string;
            readonly views: components["schemas"]["FoldState"];
        };
        /** Hello */
        readonly Hello: {
            readonly after: number;
            readonly build: string | null;
            readonly last_id: number;
            readonly log: string | null;
            readonly version: string;
        };
        /** HistogramBar */
        readonly HistogramBar: {
            readonly count: number;
            readonly from_ms: number;
            readonly to_ms: number;
        };
        /** HookInstallation */
        readonly HookInstallation: {
            /** @default [] */
            readonly hooks: readonly components["schemas"]["InstalledHook"][];
            /** @default [] */
            readonly missing: readonly string[];
            readonly path: string;
            /** @enum {string} */
            readonly state: "read" | "absent" | "unreadable" | "too_large" | "not_json" | "not_an_object";
            /** @default [] */
            readonly warnings: readonly ("all_disabled" | "worktree_create" | "http_passed_over" | "unknown_kind")[];
        };
        /** IndexState */
        readonly IndexState: {
            readonly error: string | null;
            readonly indexed_id: number;
            /** @default 0 */
            readonly last_id: number;
            /** @default 0 */
            readonly skipped: number;
            /** @enum {string} */
            readonly state: "live" | "indexing" | "following" | "failing";
        };
        /** IngestState */
        readonly IngestState: {
            /** @default false */
            readonly alive: boolean;
            readonly can_write: boolean | null;
            readonly error: string | null;
            readonly events_per_second: number | null;
            readonly last_id: number | null;
            readonly spool: components["schemas"]["SpoolState"] | null;
            readonly unsaved: number | null;
        };
        /** InstalledHook */
        readonly InstalledHook: {
            readonly event_type: string;
            /** @enum {string} */
            readonly kind: "http" | "command" | "spool";
            readonly some: boolean;
        };
        /** Lag */
        readonly Lag: {
            readonly events: number;
            readonly max_ms: number;
            readonly p50_ms: number;
            readonly p99_ms: number;
        };
        /** LagState */
        readonly LagState: {
            readonly search_behind: number;
            readonly stream: components["schemas"]["Lag"] | null;
            readonly views: components["schemas"]["Lag"] | null;
            readonly views_behind: number;
        };
        /** Lane */
        readonly Lane: {
            readonly agent_count: number;
            readonly agents: readonly components["schemas"]["AgentLane"][];
            readonly bins: readonly components["schemas"]["CallBin"][];
            readonly calls: readonly components["schemas"]["CallMark"][];
            readonly first_event_at: number;
            readonly last_event_at: number;
            readonly last_event_id: number;
            readonly model_name: string | null;
            readonly project: string | null;
            readonly session_id: string;
            readonly spans: readonly components["schemas"]["StateSpan"][];
            /** @enum {string} */
            readonly status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "interrupted" | "ended";
            readonly title: string | null;
        };
        /** LimitRow */
        readonly LimitRow: {
            readonly as_of: number;
            readonly expired: boolean;
            readonly limit_usd: number | null;
            readonly name: string;
            readonly reaches_full_at: number | null;
            readonly resets_at: number | null;
            readonly session_id: string;
            readonly used_percent: number | null;
            readonly used_usd: number | null;
        };
        /** Limits */
        readonly Limits: {
            readonly as_of: number | null;
            readonly five_hour: components["schemas"]["LimitRow"] | null;
            readonly other: readonly components["schemas"]["LimitRow"][];
            readonly session_id: string | null;
            readonly seven_day: components["schemas"]["LimitRow"] | null;
        };
        /** LogState */
        readonly LogState: {
            readonly db_bytes: number;
            readonly disk_free_bytes: number | null;
            readonly error: string | null;
            readonly events: number | null;
            readonly exists: boolean;
            readonly first_event_at: number | null;
            readonly last_event_at: number | null;
            /** @default [] */
            readonly recoveries: readonly components["schemas"]["Recovery"][];
            readonly search_bytes: number;
            readonly uuid: string | null;
            readonly views_bytes: number;
            readonly wal_bytes: number;
        };
        /** McpServerRow */
        readonly McpServerRow: {
            readonly calls: number;
            readonly denied: number;
            readonly failed: number;
            readonly interrupted: number;
            readonly last_failure: components["schemas"]["CallFailure"] | null;
            readonly max_ms: number | null;
            readonly mcp_server: string;
            readonly no_result: number;
            readonly p50_ms: number | null;
            readonly p90_ms: number | null;
            readonly p99_ms: number | null;
            readonly running: number;
            readonly succeeded: number;
            readonly waiting: number;
            readonly waiting_ms: number | null;
        };
        /** ModelHealth */
        readonly ModelHealth: {
            readonly cache_hit_ratio: number | null;
            readonly errors: number;
            readonly latency: components["schemas"]["DurationQuantiles"] | null;
            readonly model: string | null;
            readonly requests: number;
            readonly ttft: components["schemas"]["DurationQuantiles"] | null;
        };
        /** NextPosition */
        readonly NextPosition: {
            readonly at: number;
            readonly id: number;
        };
        /** OpenCall */
        readonly OpenCall: {
            readonly event_id: number;
            readonly session_id: string;
            readonly source_app: string | null;
            readonly started_at: number;
            readonly target: string | null;
            readonly tool_name: string;
        };
        /** OtherCost */
        readonly OtherCost: {
            /** @enum {string} */
            readonly source: "otlp" | "transcript" | "status_line";
            readonly usd: number;
        };
        /** Part */
        readonly Part: {
            readonly hit: boolean;
            readonly text: string;
        };
        /** ProcessState */
        readonly ProcessState: {
            readonly cpu_percent: number | null;
            readonly memory_bytes: number | null;
            readonly pid: number;
            readonly started_at: number;
            readonly version: string;
        };
        /** Processes */
        readonly Processes: {
            readonly ingestd: components["schemas"]["ProcessState"] | null;
            readonly queryd: components["schemas"]["ProcessState"];
        };
        /** ProjectActivity */
        readonly ProjectActivity: {
            readonly last_event_at: number;
            readonly source_app: string;
        };
        /** ReceivedTypes */
        readonly ReceivedTypes: {
            readonly never: readonly string[];
            readonly types: readonly components["schemas"]["EventTypeActivity"][];
        };
        /** RecordingState */
        readonly RecordingState: {
            readonly reason: string | null;
            readonly since: number | null;
            /** @enum {string} */
            readonly state: "recording" | "cannot_write" | "not_running" | "no_response";
        };
        /** Recovery */
        readonly Recovery: {
            readonly carried_to: number;
            readonly done_at: number | null;
            readonly floor: number;
            readonly found_at: number;
            readonly last_id: number | null;
            /** @default 0 */
            readonly number: number;
            readonly reason: string;
            /** @default 0 */
            readonly rows_carried: number;
            readonly rows_lost: number | null;
            readonly set_aside: string;
        };
        /** Resume */
        readonly Resume: {
            readonly command: string | null;
            readonly host: string | null;
            /** @enum {string} */
            readonly transcript: "present" | "missing" | "other_host" | "unknown";
        };
        /** SessionCount */
        readonly SessionCount: {
            readonly count: number;
            readonly last_event_at: number;
            readonly source_app: string | null;
            readonly value: string;
        };
        /** SessionDetail */
        readonly SessionDetail: {
            readonly agents: components["schemas"]["AgentPage"];
            readonly calls: components["schemas"]["CallPage"];
            readonly files: components["schemas"]["FilePage"];
            readonly session: components["schemas"]["SessionRow"];
            readonly turns: components["schemas"]["TurnPage"];
        };
        /** SessionMatch */
        readonly SessionMatch: {
            readonly event_id: number;
            /** @enum {string} */
            readonly field: "prompt" | "answer";
            readonly match_count: number;
            readonly parts: readonly components["schemas"]["Part"][];
            readonly session: components["schemas"]["SessionRow"];
            readonly timestamp: number;
        };
        /** SessionMatchPage */
        readonly SessionMatchPage: {
            readonly next_before: number | null;
            readonly sessions: readonly components["schemas"]["SessionMatch"][];
            readonly unsearched: components["schemas"]["UnsearchedRange"] | null;
        };
        /** SessionOverview */
        readonly SessionOverview: {
            readonly cache: components["schemas"]["CacheClock"] | null;
            readonly changes: components["schemas"]["Changes"];
            /** @enum {null|string} */
            readonly ongoing: "worked" | "waited" | null;
            readonly ongoing_since: number | null;
            readonly resume: components["schemas"]["Resume"];
            readonly waited_ms: number;
            readonly worked_ms: number;
        };
        /** SessionPage */
        readonly SessionPage: {
            readonly next: string | null;
            readonly sessions: readonly components["schemas"]["SessionRow"][];
        };
        /** SessionRow */
        readonly SessionRow: {
            readonly activity: readonly number[];
            readonly activity_until: number;
            readonly agent_count: number;
            readonly agents: readonly components["schemas"]["AgentRow"][];
            readonly asks: readonly components["schemas"]["AskRow"][];
            readonly background_tasks: readonly components["schemas"]["Task"][];
            readonly client_version: string | null;
            readonly compaction_count: number;
            readonly compactions: readonly components["schemas"]["Compaction"][];
            readonly context: components["schemas"]["ContextUse"] | null;
            readonly cost: components["schemas"]["Cost"] | null;
            readonly current_tool: components["schemas"]["CurrentTool"] | null;
            readonly cwd: string | null;
            readonly end_reason: string | null;
            readonly ended_at: number | null;
            readonly event_count: number;
            readonly failure_count: number;
            readonly first_event_at: number;
            readonly last_answer: string | null;
            readonly last_event_at: number;
            readonly last_event_id: number;
            readonly last_prompt: string | null;
            readonly model_name: string | null;
            readonly permission_mode: string | null;
            readonly project: string | null;
            readonly record_count: number;
            readonly session_id: string;
            readonly source_app: string | null;
            /** @enum {string} */
            readonly status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "interrupted" | "ended";
            readonly status_reason: string | null;
            readonly status_since: number;
            /** @enum {string} */
            readonly status_source: "hook" | "transcript" | "registry" | "silence" | "process";
            readonly title: string | null;
            readonly tokens: components["schemas"]["Tokens"] | null;
            readonly tool_count: number;
            readonly turn_count: number;
        };
        /** SignInCode */
        readonly SignInCode: {
            readonly code: string | null;
            readonly expires_in_ms: number | null;
        };
        /** SlowCall */
        readonly SlowCall: {
            readonly agent_id: string | null;
            readonly agent_type: string | null;
            readonly duration_ms: number;
            readonly first_event_id: number;
            readonly last_event_id: number;
            readonly model_name: string | null;
            readonly outcome: string;
            readonly session_id: string;
            readonly source_app: string | null;
            readonly started_at: number;
            readonly target: string | null;
            readonly tool_use_id: string;
            readonly waiting_ms: number | null;
        };
        /** Snippet */
        readonly Snippet: {
            readonly event_id: number;
            readonly field: string;
            readonly parts: readonly components["schemas"]["Part"][];
        };
        /** SpoolState */
        readonly SpoolState: {
            readonly dropped: number;
            readonly path: string;
            readonly rejected: number;
            readonly waiting: number;
        };
        /** StateSpan */
        readonly StateSpan: {
            readonly reason: string | null;
            readonly since: number;
            /** @enum {string} */
            readonly status: "working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "interrupted" | "ended";
            readonly until: number | null;
        };
        /** Task */
        readonly Task: {
            readonly id: string;
            readonly type: string | null;
            readonly words: string;
        };
        /** Timeline */
        readonly Timeline: {
            readonly lanes: readonly components["schemas"]["Lane"][];
            readonly next: string | null;
            readonly now: number;
            readonly since: number;
            readonly until: number;
        };
        /** Tokens */
        readonly Tokens: {
            readonly cache_creation: number;
            readonly cache_read: number;
            readonly input: number;
            readonly output: number;
        };
        /** ToolDetail */
        readonly ToolDetail: {
            readonly failure_kinds: number;
            readonly failures: readonly components["schemas"]["ErrorCluster"][];
            readonly histogram: readonly components["schemas"]["HistogramBar"][];
            readonly since: number;
            readonly slowest: readonly components["schemas"]["SlowCall"][];
            readonly tool: components["schemas"]["ToolRow"];
            readonly until: number;
        };
        /** ToolRow */
        readonly ToolRow: {
            readonly calls: number;
            readonly denied: number;
            readonly failed: number;
            readonly interrupted: number;
            readonly last_failure: components["schemas"]["CallFailure"] | null;
            readonly max_ms: number | null;
            readonly mcp_server: string | null;
            readonly no_result: number;
            readonly p50_ms: number | null;
            readonly p90_ms: number | null;
            readonly p99_ms: number | null;
            readonly running: number;
            readonly succeeded: number;
            readonly tool_name: string;
            readonly waiting: number;
            readonly waiting_ms: number | null;
        };
        /** ToolStats */
        readonly ToolStats: {
            readonly agent_types: readonly components["schemas"]["AgentTypeRow"][];
            readonly bucket_ms: number;
            readonly mcp_servers: readonly components["schemas"]["McpServerRow"][];
            readonly series: readonly components["schemas"]["CallPoint"][];
            readonly since: number;
            readonly tools: readonly components["schemas"]["ToolRow"][];
            readonly total: components["schemas"]["CallSummary"];
            readonly until: number;
        };
        /** TurnPage */
        readonly TurnPage: {
            readonly next: string | null;
            readonly turns: readonly components["schemas"]["TurnRow"][];
        };
        /** TurnRow */
        readonly TurnRow: {
            readonly answer: string | null;
            readonly ended_at: number | null;
            readonly failure_count: number;
            readonly id: number;
            /** @enum {string} */
            readonly kind: "prompt" | "notification" | "unknown";
            readonly last_event_id: number;
            /** @enum {string} */
            readonly outcome: "running" | "done" | "failed" | "interrupted" | "waiting" | "no_result";
            readonly prompt: string | null;
            readonly prompt_id: string | null;
            readonly started_at: number;
            readonly tool_count: number;
        };
        /** UnfinishedCalls */
        readonly UnfinishedCalls: {
            readonly interrupted: number;
            readonly interrupted_examples: readonly components["schemas"]["OpenCall"][];
            readonly long_running: number;
            readonly no_result: number;
            readonly no_result_examples: readonly components["schemas"]["OpenCall"][];
            readonly running_examples: readonly components["schemas"]["OpenCall"][];
        };
        /** UnsearchedRange */
        readonly UnsearchedRange: {
            readonly after: number;
            readonly before: number;
        };
        /** Usage */
        readonly Usage: {
            readonly bucket_ms: number;
            /** @enum {string} */
            readonly by: "day" | "hour" | "model" | "project" | "session" | "agent_type";
            readonly next: string | null;
            readonly rows: readonly components["schemas"]["UsageRow"][];
            readonly series: readonly components["schemas"]["UsagePoint"][];
            readonly since: number;
            readonly total: components["schemas"]["UsageFigures"];
            readonly until: number;
        };
        /** UsageFigures */
        readonly UsageFigures: {
            readonly cache_creation: number;
            readonly cache_hit_ratio: number | null;
            readonly cache_read: number;
            /** @enum {null|string} */
            readonly cost_source: "otlp" | "transcript" | "status_line" | "mixed" | null;
            readonly cost_usd: number | null;
            readonly errors: number;
            readonly input: number;
            readonly output: number;
            readonly requests: number;
            readonly unpriced_requests: number;
        };
        /** UsagePoint */
        readonly UsagePoint: {
            readonly at: number;
            readonly cache_creation: number;
            readonly cache_read: number;
            readonly cost_usd: number | null;
            readonly input: number;
            readonly model: string | null;
            readonly output: number;
            readonly requests: number;
            readonly until: number;
        };
        /** UsageRow */
        readonly UsageRow: {
            readonly cache_creation: number;
            readonly cache_hit_ratio: number | null;
            readonly cache_read: number;
            /** @enum {null|string} */
            readonly cost_source: "otlp" | "transcript" | "status_line" | "mixed" | null;
            readonly cost_usd: number | null;
            readonly errors: number;
            readonly input: number;
            readonly key: string | null;
            readonly label: string;
            readonly output: number;
            readonly requests: number;
            readonly unpriced_requests: number;
        };
        /** ValueCount */
        readonly ValueCount: {
            readonly count: number;
            readonly value: string;
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
    readonly ApiApiHealthShowApiHealth: {
        readonly parameters: {
            readonly query?: {
                /** @description A range up to now; defaults to 24h without since and until. */
                readonly range?: "1h" | "24h" | "7d" | "30d" | "all";
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ApiHealth"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiDigestShowDigest: {
        readonly parameters: {
            readonly query?: {
                /** @description A range up to now; defaults to 24h without since and until. */
                readonly range?: "1h" | "24h" | "7d" | "30d";
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
                /** @description Any of these values; repeat the parameter for several. */
                readonly source_app?: readonly string[];
                /** @description None of these values; repeat the parameter for several. */
                readonly without_source_app?: readonly string[];
                /** @description How many sessions. */
                readonly limit?: number;
                /** @description By how much local time is ahead of UTC: days start at its midnight. */
                readonly utc_offset_minutes?: number;
                /** @description `markdown`: a text to paste; so does `Accept: text/markdown`. */
                readonly as?: "json" | "markdown";
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DigestReport"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiEventsListEvents: {
        readonly parameters: {
            readonly query?: {
                /** @description Any of these values; repeat the parameter for several. */
                readonly session_id?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly event_type?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly tool_name?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly source_app?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly agent_id?: readonly string[];
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
                /** @description Search terms: words, "some words", pre*, -not, and fields: tool: session: type: project: agent: (exact value, or its prefix*), prompt: command: path: output: error: answer: other: (words of that text). All terms must match. */
                readonly q?: string;
                /** @description The maximum number of items. */
                readonly limit?: number;
                /** @description A rowid, exclusive. */
                readonly before?: number;
                /** @description A rowid, exclusive. */
                readonly after?: number;
                /** @description By id, or by `timestamp` and then by id. */
                readonly order?: "received" | "happened";
                /** @description ms since the epoch, inclusive. */
                readonly before_at?: number;
                /** @description ms since the epoch, inclusive. */
                readonly after_at?: number;
                /** @description With `order=happened`: the newest events first, or the oldest first. */
                readonly direction?: "backward" | "forward";
                /** @description `line`: what a row shows of each event (`EventLine`), without its payload. */
                readonly fields?: "all" | "line";
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EventPage"] | components["schemas"]["EventLinePage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiEventsEventIdGetEvent: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The event's rowid. */
                readonly event_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Event"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiFiltersListFilters: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["FilterValues"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiHealthShowHealth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Health"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiLimitsShowLimits: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Limits"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsListSessions: {
        readonly parameters: {
            readonly query?: {
                /** @description Any of these; repeat it for several. */
                readonly status?: readonly ("working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "interrupted" | "ended")[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly source_app?: readonly string[];
                /** @description None of these values; repeat the parameter for several. */
                readonly without_source_app?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly model_name?: readonly string[];
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
                /** @description The maximum number of items. */
                readonly limit?: number;
                /** @description `next` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SessionPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsActiveListActiveSessions: {
        readonly parameters: {
            readonly query?: {
                /** @description None of these values; repeat the parameter for several. */
                readonly without_source_app?: readonly string[];
                /** @description The maximum number of items. */
                readonly limit?: number;
                /** @description `next` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SessionPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsSearchSearchSessions: {
        readonly parameters: {
            readonly query: {
                /** @description Any of these; repeat it for several. */
                readonly status?: readonly ("working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "interrupted" | "ended")[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly source_app?: readonly string[];
                /** @description None of these values; repeat the parameter for several. */
                readonly without_source_app?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly model_name?: readonly string[];
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
                /** @description Search terms as for `/api/events`; words are looked for in prompts and answers. */
                readonly q: string;
                /** @description The maximum number of items. */
                readonly limit?: number;
                /** @description A rowid, exclusive. */
                readonly before?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SessionMatchPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsSessionIdGetSession: {
        readonly parameters: {
            readonly query?: {
                /** @description The maximum number of items. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`, and `%73earch` for one named `search`. */
                readonly session_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SessionDetail"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsSessionIdAgentsListAgents: {
        readonly parameters: {
            readonly query?: {
                /** @description The maximum number of items. */
                readonly limit?: number;
                /** @description `next` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`, and `%73earch` for one named `search`. */
                readonly session_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AgentPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsSessionIdCallKindsCountCallKinds: {
        readonly parameters: {
            readonly query?: {
                /** @description Calls that ran at or after this time, ms since the epoch. */
                readonly since?: number;
                /** @description Calls that started at or before this time, ms since the epoch. */
                readonly until?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`, and `%73earch` for one named `search`. */
                readonly session_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CallKindCounts"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsSessionIdCallsListCalls: {
        readonly parameters: {
            readonly query?: {
                /** @description Any of these values; repeat the parameter for several. */
                readonly tool_name?: readonly string[];
                /** @description Any of these; repeat it for several. */
                readonly outcome?: readonly ("running" | "waiting" | "succeeded" | "failed" | "denied" | "interrupted" | "no_result")[];
                /** @description Any of these; empty for calls that name no prompt. */
                readonly prompt_id?: readonly string[];
                /** @description Any of these; empty for the main thread. */
                readonly agent_id?: readonly string[];
                /** @description Calls of any of these kinds: failed, changes of files, asked the user. */
                readonly kind?: readonly ("failed" | "edits" | "asked")[];
                /** @description Calls that ran at or after this time, ms since the epoch. */
                readonly since?: number;
                /** @description Calls that started at or before this time, ms since the epoch. */
                readonly until?: number;
                /** @description A rowid, exclusive. */
                readonly changed_after?: number;
                /** @description The maximum number of items. */
                readonly limit?: number;
                /** @description `next` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`, and `%73earch` for one named `search`. */
                readonly session_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CallPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsSessionIdExportExportSession: {
        readonly parameters: {
            readonly query?: {
                /** @description `markdown` and `html` to read; `jsonl`, the events as the log has them; `trace`, Chrome's trace format, which Perfetto opens. */
                readonly as?: "markdown" | "html" | "jsonl" | "trace";
                /** @description Only this turn. */
                readonly turn_id?: number;
                /** @description Only this turn, counted from 1 in the order of time; -1 is the last one. */
                readonly turn?: number;
            };
            readonly header?: never;
            readonly path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`, and `%73earch` for one named `search`. */
                readonly session_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The file, as `text/markdown`, `text/html`, `application/x-ndjson` or `application/json`. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "*/*": string;
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsSessionIdFilesListFiles: {
        readonly parameters: {
            readonly query?: {
                /** @description The maximum number of items. */
                readonly limit?: number;
                /** @description `next` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`, and `%73earch` for one named `search`. */
                readonly session_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["FilePage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsSessionIdOverviewShowOverview: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`, and `%73earch` for one named `search`. */
                readonly session_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SessionOverview"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSessionsSessionIdTurnsListTurns: {
        readonly parameters: {
            readonly query?: {
                /** @description The maximum number of items. */
                readonly limit?: number;
                /** @description `next` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path: {
                /** @description The session's id, percent-encoded; `%61ctive` for one named `active`, and `%73earch` for one named `search`. */
                readonly session_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TurnPage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiSignInCodesIssueSignInCode: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Document created, URL follows */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SignInCode"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiTimelineShowTimeline: {
        readonly parameters: {
            readonly query?: {
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
                /** @description Any of these values; repeat the parameter for several. */
                readonly session_id?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly source_app?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly model_name?: readonly string[];
                /** @description In any of these at any time in the range; repeatable. */
                readonly status?: readonly ("working" | "needs_permission" | "needs_input" | "done" | "background" | "failed" | "quiet" | "interrupted" | "ended")[];
                /** @description How many lanes. */
                readonly limit?: number;
                /** @description `next` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Timeline"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiToolsStatsShowToolStats: {
        readonly parameters: {
            readonly query?: {
                /** @description A range up to now; defaults to 24h without since and until. */
                readonly range?: "1h" | "24h" | "7d" | "30d";
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
                /** @description Any of these values; repeat the parameter for several. */
                readonly mcp_server?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly source_app?: readonly string[];
                /** @description None of these values; repeat the parameter for several. */
                readonly without_source_app?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly model_name?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly agent_type?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly session_id?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly tool_name?: readonly string[];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ToolStats"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiToolsNameShowTool: {
        readonly parameters: {
            readonly query?: {
                /** @description A range up to now; defaults to 24h without since and until. */
                readonly range?: "1h" | "24h" | "7d" | "30d";
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
                /** @description Any of these values; repeat the parameter for several. */
                readonly mcp_server?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly source_app?: readonly string[];
                /** @description None of these values; repeat the parameter for several. */
                readonly without_source_app?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly model_name?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly agent_type?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly session_id?: readonly string[];
            };
            readonly header?: never;
            readonly path: {
                /** @description A tool's name in Claude Code. */
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ToolDetail"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiUnsavedUnsavedIdGetUnsavedEvent: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @description The event's `unsaved_id`. */
                readonly unsaved_id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Event"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description Not found. */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly ApiUsageShowUsage: {
        readonly parameters: {
            readonly query?: {
                /** @description What to group by. */
                readonly by?: "day" | "hour" | "model" | "project" | "session" | "agent_type";
                /** @description A range up to now; defaults to 24h without since and until. */
                readonly range?: "1h" | "24h" | "7d" | "30d" | "all";
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
                /** @description By how much local time is ahead of UTC: days start at its midnight. */
                readonly utc_offset_minutes?: number;
                /** @description Any of these values; repeat the parameter for several. */
                readonly source_app?: readonly string[];
                /** @description None of these values; repeat the parameter for several. */
                readonly without_source_app?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly model?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly session_id?: readonly string[];
                /** @description The maximum number of items. */
                readonly limit?: number;
                /** @description `next` of the previous page. */
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Request fulfilled, document follows */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
    readonly StreamOpenStream: {
        readonly parameters: {
            readonly query?: {
                /** @description Any of these values; repeat the parameter for several. */
                readonly session_id?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly event_type?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly tool_name?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly source_app?: readonly string[];
                /** @description Any of these values; repeat the parameter for several. */
                readonly agent_id?: readonly string[];
                /** @description ms since the epoch, inclusive. */
                readonly since?: number;
                /** @description ms since the epoch, inclusive. */
                readonly until?: number;
                /** @description Search terms: words, "some words", pre*, -not, and fields: tool: session: type: project: agent: (exact value, or its prefix*), prompt: command: path: output: error: answer: other: (words of that text). All terms must match. */
                readonly q?: string;
                /** @description A rowid, exclusive. */
                readonly after?: number;
                /** @description `none`: only sessions. */
                readonly events?: "all" | "none";
                /** @description `all`: the filter applies only to events. */
                readonly sessions?: "matching" | "all";
                /** @description `line`: what a row shows of each event (`EventLine`), without its payload. */
                readonly fields?: "all" | "line";
                /** @description `1`: the events of one wake are one message, an array. */
                readonly batch?: "0" | "1";
            };
            readonly header?: {
                readonly "Last-Event-ID"?: number;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Each message's data, by its name: `hello`, none or `unsaved` (as `fields` and `batch` say), `session`, `saved`, `recording`. */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": components["schemas"]["Hello"] | components["schemas"]["Event"] | components["schemas"]["EventLine"] | readonly components["schemas"]["Event"][] | readonly components["schemas"]["EventLine"][] | components["schemas"]["SessionRow"] | components["schemas"]["EventsSaved"] | components["schemas"]["RecordingState"];
                };
            };
            /** @description A parameter is unknown (`unknown_parameter`) or invalid (`invalid_parameter`); two conflict (`conflicting_parameters`); `q` has a syntax error (`invalid_query`); or the query string is not UTF-8 (`invalid_query_string`). */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description The log cannot be read, or its index is not ready. Retry later. */
            readonly 503: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErrorBody"];
                };
            };
        };
    };
}
