/** The search language, in a popup. */
import { Popover } from "@base-ui/react/popover";
import type { Trigger } from "../../ui/on-demand.tsx";

const LANGUAGE: readonly (readonly [string, string])[] = [
  ["npm test", "both words, ignoring case and accents"],
  ['"not found"', "exact phrase"],
  ["time*", "prefix"],
  ["-npm", "without this word"],
  ["error:timeout", "only in errors. Also: prompt:, command:, path:, output:, answer:, other:"],
  ["tool:Bash", "exact tool. Also: session:, type:, project:, agent:"],
  ["tool:mcp__*", "tools starting with mcp__"],
];

export function SearchHelp({ trigger }: { trigger: Trigger }) {
  return (
    <Popover.Root defaultOpen>
      <Popover.Trigger {...trigger} />
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="start" collisionPadding={8} className="z-30">
          <Popover.Popup className="w-[26rem] max-w-[calc(100vw-1rem)] rounded-lg border border-strong-edge bg-raised p-3 shadow-over outline-none">
            <Popover.Title className="font-semibold">How to search</Popover.Title>
            <Popover.Description className="mt-0.5 text-muted">
              Searches all events, including new ones. All terms must match.
            </Popover.Description>
            <dl className="mt-2 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
              {LANGUAGE.map(([term, meaning]) => (
                <div key={term} className="contents">
                  <dt className="font-mono text-xs">{term}</dt>
                  <dd className="text-muted">{meaning}</dd>
                </div>
              ))}
            </dl>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
