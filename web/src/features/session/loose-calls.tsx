/** Calls from before the first known prompt, shown like a turn. */
import { useCallback, useMemo } from "react";
import type { AgentRow, CallRow } from "../../api/client.ts";
import { CallList, CallsContext } from "./call-list.tsx";
import { nest } from "./nest.ts";

interface LooseCallsProps {
  calls: readonly CallRow[];
  agents: readonly AgentRow[];
  open: ReadonlySet<string>;
  onCall: (turnId: number, call: CallRow) => void;
}

export function LooseCalls({ calls, agents, open, onCall }: LooseCallsProps) {
  const items = useMemo(() => nest(calls, agents), [calls, agents]);
  const onToggle = useCallback((call: CallRow) => onCall(0, call), [onCall]);
  const state = useMemo(() => ({ open, onToggle, hereId: null }), [open, onToggle]);
  return (
    <article className="min-w-0 border-b border-edge px-3 py-2">
      <h2 className="mb-1 text-muted italic">Before the first prompt</h2>
      <CallsContext value={state}>
        <CallList items={items} label="Calls before the first prompt" />
      </CallsContext>
    </article>
  );
}
