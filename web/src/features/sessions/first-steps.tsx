/**
 * Lead a newcomer to the first event: connect, then use Claude Code. In: whether Claude Code's
 * settings have our hooks, whether an event arrived that is no sample. Out: a step each, green once
 * it is done.
 */
import { CircleCheck, CircleDashed } from "lucide-react";
import type { ReactNode } from "react";
import { Command } from "../../ui/states.tsx";
import { useCommands, useInstallation } from "../../ui/use-installation.ts";

const EVERY_MS = 2000;

export function FirstSteps({ received }: { received: boolean }) {
  const hooks = useInstallation(received ? false : EVERY_MS)?.installed.hooks ?? [];
  const { connectAll } = useCommands();
  const connected = received || hooks.length > 0;
  return (
    <ol aria-label="First steps" className="flex flex-col gap-3">
      <SetupStep
        name="connect"
        done={connected}
        words={connected ? "Connected" : "Connect Claude Code"}
      >
        {connected ? null : (
          <div className="-mt-4">
            <Command
              title="Run this. You’ll see the changes before they’re written."
              text={connectAll}
            />
          </div>
        )}
      </SetupStep>
      <SetupStep
        name="event"
        done={received}
        words={received ? "First event received" : "Waiting for the first event"}
      >
        {received ? null : (
          <p>Send a prompt in Claude Code. Running sessions report from their next turn.</p>
        )}
      </SetupStep>
    </ol>
  );
}

interface SetupStepProps {
  name: string;
  done: boolean;
  words: string;
  children: ReactNode;
}

function SetupStep({ name, done, words, children }: SetupStepProps) {
  const Icon = done ? CircleCheck : CircleDashed;
  return (
    <li
      data-step={name}
      data-done={done}
      className={`flex gap-2.5 ${done ? "tone-ok" : "tone-quiet"}`}
    >
      <Icon aria-hidden size={16} className="toned mt-0.5 shrink-0" />
      <div className="min-w-0 grow">
        <p role="status" className={done ? "toned font-medium" : "font-medium text-ink"}>
          {words}
        </p>
        {children}
      </div>
    </li>
  );
}
