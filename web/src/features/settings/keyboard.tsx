import { useId } from "react";
import { settingsStore } from "../../live/settings.ts";
import { useSettings } from "../../ui/use-settings.ts";
import { Section, Setting } from "./section.tsx";
import { SwitchButton } from "./switch-button.tsx";

export function Keyboard() {
  const id = useId();
  const on = useSettings((settings) => settings.single_keys);
  return (
    <Section title="Keyboard">
      <Setting
        id={id}
        label="Single-key shortcuts"
        help="Letters, digits and signs, such as J, / and ?. Turn them off if you use speech input. Ctrl K (⌘K on a Mac), Enter, Esc and the arrow keys always work."
      >
        <SwitchButton
          id={id}
          on={on}
          onChange={(next) => settingsStore.set({ single_keys: next })}
        />
      </Setting>
    </Section>
  );
}
