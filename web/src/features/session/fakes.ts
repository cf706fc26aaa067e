import type { AgentRow, CallRow, TurnRow } from "../../api/client.ts";

const THEN = 1_700_000_000_000;

export function makeCall(id: number, fields: Partial<CallRow> = {}): CallRow {
  return {
    id,
    session_id: "s",
    tool_use_id: `toolu_${id}`,
    tool_name: "Bash",
    mcp_server: null,
    target: "ls",
    agent_id: null,
    agent_type: null,
    prompt_id: "p",
    source_app: null,
    model_name: null,
    outcome: "succeeded",
    started_at: THEN + id,
    ended_at: THEN + id,
    asked_at: null,
    duration_ms: 5,
    waiting_ms: 0,
    error: null,
    first_event_id: id,
    last_event_id: id,
    ...fields,
  };
}

export function makeAgent(agent_id: string, fields: Partial<AgentRow> = {}): AgentRow {
  return {
    agent_id,
    agent_type: "Explore",
    description: null,
    status: "done",
    status_since: THEN,
    status_reason: null,
    status_source: "hook",
    tool_use_id: null,
    parent_agent_id: null,
    current_tool: null,
    last_answer: null,
    event_count: 1,
    tool_count: 0,
    failure_count: 0,
    first_event_at: THEN,
    last_event_at: THEN,
    ended_at: THEN,
    context: null,
    cost: null,
    tokens: null,
    model_name: null,
    ...fields,
  };
}

export function makeTurn(id: number, fields: Partial<TurnRow> = {}): TurnRow {
  return {
    id,
    prompt_id: `p${id}`,
    kind: "prompt",
    prompt: "Fix it",
    answer: null,
    outcome: "done",
    started_at: THEN + id,
    ended_at: THEN + id,
    tool_count: 0,
    failure_count: 0,
    last_event_id: id,
    ...fields,
  };
}
