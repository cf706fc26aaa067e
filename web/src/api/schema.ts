/** Generated from openapi.json by `npm run api`. Change the server's structs, not this file. */

export interface paths {
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * ListEvents
         * @description Return the newest events that match, payloads over 32 KiB clipped.
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
         * @description Return one event with its payload whole.
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
         * @description Return the values there are to filter by, with counts over the newest events.
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
         * @description Return how the log, the follower and ingestd are.
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
    "/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * OpenStream
         * @description Stream events as server-sent events: those after a rowid, then each as it comes.
         *
         *     Messages: `hello` (version, last_id, after) first; then one default message an event, its id
         *     the rowid; `unsaved` for an event ingestd holds in memory because it cannot write, and `saved`
         *     when those are over. `Last-Event-ID` wins over `after`, for a browser that reconnects repeats
         *     the address it first asked for.
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
        /** Count */
        Count: {
            count: number;
            value: string;
        };
        /** ErrorBody */
        ErrorBody: {
            error: components["schemas"]["ErrorDetail"];
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
            next_before: number | null;
        };
        /** FilterValues */
        FilterValues: {
            /** @default [] */
            agent_ids: components["schemas"]["Count"][];
            /** @default 0 */
            counted: number;
            /** @default [] */
            event_types: components["schemas"]["Count"][];
            /** @default [] */
            sessions: components["schemas"]["SessionCount"][];
            /** @default [] */
            source_apps: components["schemas"]["Count"][];
            /** @default [] */
            tool_names: components["schemas"]["Count"][];
        };
        /** FollowState */
        FollowState: {
            last_wake_at: number | null;
            watching: boolean;
        };
        /** Health */
        Health: {
            follow: components["schemas"]["FollowState"];
            ingestd: components["schemas"]["IngestState"];
            last_id: number;
            log: components["schemas"]["LogState"];
            sources: components["schemas"]["Source"][];
            /** @enum {string} */
            status: "ok" | "degraded";
            streams: number;
            version: string;
        };
        /** Hello */
        Hello: {
            after: number;
            last_id: number;
            version: string;
        };
        /** IngestState */
        IngestState: {
            /** @default false */
            alive: boolean;
            can_write: boolean | null;
            error: string | null;
            events_per_second: number | null;
            last_id: number | null;
            unsaved: number | null;
        };
        /** LogState */
        LogState: {
            db_bytes: number;
            exists: boolean;
            wal_bytes: number;
        };
        /** Saved */
        Saved: {
            saved: boolean;
        };
        /** SessionCount */
        SessionCount: {
            count: number;
            last_event_at: number;
            source_app: string | null;
            value: string;
        };
        /** Source */
        Source: {
            last_event_at: number;
            source_app: string | null;
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
    ApiEventsListEvents: {
        parameters: {
            query?: {
                /** @description Any of these values; repeat it for several. */
                session_id?: string[] | null;
                /** @description Any of these values; repeat it for several. */
                event_type?: string[] | null;
                /** @description Any of these values; repeat it for several. */
                tool_name?: string[] | null;
                /** @description Any of these values; repeat it for several. */
                source_app?: string[] | null;
                /** @description Any of these values; repeat it for several. */
                agent_id?: string[] | null;
                /** @description ms since the epoch, included. */
                since?: number | null;
                /** @description ms since the epoch, included. */
                until?: number | null;
                /** @description How many at the most. */
                limit?: number;
                /** @description A rowid, excluded. */
                before?: number | null;
                /** @description A rowid, excluded. */
                after?: number | null;
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
            /** @description A parameter is wrong. */
            400: {
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
            /** @description A parameter is wrong. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorBody"];
                };
            };
            /** @description There is no such thing. */
            404: {
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
            /** @description A parameter is wrong. */
            400: {
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
            /** @description A parameter is wrong. */
            400: {
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
                /** @description Any of these values; repeat it for several. */
                session_id?: string[] | null;
                /** @description Any of these values; repeat it for several. */
                event_type?: string[] | null;
                /** @description Any of these values; repeat it for several. */
                tool_name?: string[] | null;
                /** @description Any of these values; repeat it for several. */
                source_app?: string[] | null;
                /** @description Any of these values; repeat it for several. */
                agent_id?: string[] | null;
                /** @description ms since the epoch, included. */
                since?: number | null;
                /** @description ms since the epoch, included. */
                until?: number | null;
                /** @description A rowid, excluded. */
                after?: number | null;
            };
            header?: {
                "Last-Event-ID"?: number | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The data of each message, by its name: `hello`, none, `saved`. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Hello"] | components["schemas"]["Event"] | components["schemas"]["Saved"];
                };
            };
            /** @description A parameter is wrong. */
            400: {
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
