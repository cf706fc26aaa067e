import { useId } from "react";
import { formatExact } from "../../domain/dates.ts";
import { browserTimeZone } from "../../domain/time-zone.ts";
import { settingsStore } from "../../live/settings.ts";
import { useClock } from "../../ui/time.tsx";
import { useSettings } from "../../ui/use-settings.ts";
import { Section, Setting } from "./section.tsx";

const BROWSER = "";

/** Europe → Europe/Berlin and others; zones of no region last. */
function zonesByRegion(chosen: string | null): [region: string, zones: string[]][] {
  const regions = new Map<string, string[]>();
  const known = Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC");
  // An older name of a zone is not listed.
  const others = chosen === null || chosen === "UTC" || known.includes(chosen) ? [] : [chosen];
  for (const zone of [...known, ...others]) {
    const region = zone.includes("/") ? zone.slice(0, zone.indexOf("/")) : "Other";
    regions.set(region, [...(regions.get(region) ?? []), zone]);
  }
  return [...regions];
}

export function TimeZone() {
  const id = useId();
  const chosen = useSettings((settings) => settings.time_zone);
  return (
    <Section title="Dates and times">
      <Setting id={id} label="Time zone" help={<Now />}>
        <select
          id={id}
          aria-describedby={`${id}-help`}
          value={chosen ?? BROWSER}
          onChange={({ target }) =>
            settingsStore.set({ time_zone: target.value === BROWSER ? null : target.value })
          }
          className="h-8 max-w-full rounded-md border border-strong-edge bg-ground px-2 max-md:h-10 max-md:text-[1rem]"
        >
          <option value={BROWSER}>{`Browser’s (${browserTimeZone()})`}</option>
          <option value="UTC">UTC</option>
          {zonesByRegion(chosen).map(([region, zones]) => (
            <optgroup key={region} label={region}>
              {zones.map((zone) => (
                <option key={zone} value={zone}>
                  {zone.slice(zone.indexOf("/") + 1).replaceAll("_", " ")}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </Setting>
    </Section>
  );
}

function Now() {
  return <span className="tabular-nums">{formatExact(useClock())}</span>;
}
