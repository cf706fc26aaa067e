/** The bars above every view, the most severe first. */
import { DamageBar } from "./damage-bar.tsx";
import { DisconnectedBar } from "./disconnected-bar.tsx";
import { RecordingBar } from "./recording-bar.tsx";

export function Bars() {
  return (
    <>
      <DisconnectedBar />
      <RecordingBar />
      <DamageBar />
    </>
  );
}
