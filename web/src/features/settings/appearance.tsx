import { DENSITIES, settingsStore, THEMES, type Density, type Theme } from "../../live/settings.ts";
import { Segmented } from "../../ui/segmented.tsx";
import { useSettings } from "../../ui/use-settings.ts";
import { Section, Setting } from "./section.tsx";

const THEME_NAMES: Record<Theme, string> = { system: "System", light: "Light", dark: "Dark" };
const DENSITY_NAMES: Record<Density, string> = {
  compact: "Compact",
  comfortable: "Comfortable",
  spacious: "Spacious",
};

export function Appearance() {
  const theme = useSettings((settings) => settings.theme);
  const density = useSettings((settings) => settings.density);
  return (
    <Section title="Appearance">
      <Setting label="Theme" help="System follows your device.">
        <Segmented
          label="Theme"
          segments={THEMES.map((value) => ({ value, label: THEME_NAMES[value] }))}
          value={theme}
          onValue={(next) => settingsStore.set({ theme: next })}
        />
      </Setting>
      <Setting label="Density" help="How much fits on the screen: the size of text and rows.">
        <Segmented
          label="Density"
          segments={DENSITIES.map((value) => ({ value, label: DENSITY_NAMES[value] }))}
          value={density}
          onValue={(next) => settingsStore.set({ density: next })}
        />
      </Setting>
    </Section>
  );
}
