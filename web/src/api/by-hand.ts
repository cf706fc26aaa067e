/**
 * Shapes of the usage routes by hand, until they are generated. In: the contract. Out: types.
 */
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export interface Context {
  used_tokens: number;
  window_tokens: number | null;
  used_percent: number | null;
  source: string;
  at: number;
  peak_tokens: number;
  compact_at_tokens: number | null;
  exceeds_window: boolean;
}

export interface OtherCost {
  source: string;
  usd: number;
}

export interface Cost {
  usd: number | null;
  source: string;
  others: OtherCost[];
  disagrees: boolean;
  unpriced_requests: number;
}

export type AgentRow = Schemas["AgentRow"] & { context: Context | null; cost: Cost | null; tokens: Schemas["Tokens"] | null; model_name: string | null };
export type SessionRow = Omit<Schemas["SessionRow"], "context" | "cost" | "agents"> & { context: Context | null; cost: Cost | null; agents: AgentRow[]; compactions: Compaction[] };
export interface Compaction {
  at: number;
  before_tokens: number | null;
  after_tokens: number | null;
  next_tokens: number | null;
  trigger: string | null;
}
export type SessionDetail = Omit<Schemas["SessionDetail"], "session" | "agents"> & { session: SessionRow; agents: AgentPage };
export type SessionPage = Omit<Schemas["SessionPage"], "sessions"> & { sessions: SessionRow[] };
export type AgentPage = Omit<Schemas["AgentPage"], "agents"> & { agents: AgentRow[] };

export interface UsageFigures {
  cost_usd: number | null;
  cost_source: string | null;
  requests: number;
  input: number;
  output: number;
  cache_read: number;
  cache_creation: number;
  cache_hit_ratio: number | null;
  unpriced_requests: number;
  errors: number;
}

export interface UsageRow extends UsageFigures {
  key: string | null;
  label: string;
}

export interface UsagePoint {
  at: number;
  until: number;
  model: string | null;
  cost_usd: number | null;
  input: number;
  output: number;
  cache_read: number;
  cache_creation: number;
  requests: number;
}

export interface Usage {
  by: string;
  since: number;
  until: number;
  rows: UsageRow[];
  total: UsageFigures;
  bucket_ms: number;
  series: UsagePoint[];
  next: string | null;
}

export interface Limit {
  used_percent: number | null;
  resets_at: number | null;
  as_of: number;
  reaches_full_at: number | null;
  expired: boolean;
  name: string;
  session_id: string;
  used_usd: number | null;
  limit_usd: number | null;
}

export interface Limits {
  five_hour: Limit | null;
  seven_day: Limit | null;
  other: Limit[];
  as_of: number | null;
  session_id: string | null;
}

export interface Spread {
  p50_ms: number | null;
  p90_ms: number | null;
  p99_ms: number | null;
}

export interface ApiErrorKind {
  kind: string;
  count: number;
  last_at: number;
  event_id: number;
}

export interface ApiModel {
  model: string | null;
  requests: number;
  errors: number;
  latency: Spread | null;
  ttft: Spread | null;
  cache_hit_ratio: number | null;
}

export interface ApiHealth {
  since: number;
  until: number;
  requests: number;
  errors: number;
  retries_exhausted: number;
  by_error: ApiErrorKind[];
  latency: Spread | null;
  ttft: Spread | null;
  cache_hit_ratio: number | null;
  by_model: ApiModel[];
  bucket_ms: number;
  series: { at: number; until: number; requests: number; errors: number }[];
}
