/** A button that hides sample sessions, or shows them again; absent when there are none. */
import { Eye, EyeOff } from "lucide-react";
import { sampleStore } from "../../live/samples.ts";
import { Button } from "../states.tsx";
import { useSamples } from "./hooks.ts";

export function RemoveSamples({ known = false }: { known?: boolean }) {
  const { hiddenUntil, sentAt } = useSamples();
  if (hiddenUntil === 0 && sentAt === 0 && !known) return null;
  return hiddenUntil === 0 ? (
    <Button onClick={sampleStore.remove}>
      <EyeOff aria-hidden size={13} /> Remove samples from the screen
    </Button>
  ) : (
    <Button onClick={sampleStore.restore}>
      <Eye aria-hidden size={13} /> Show samples again
    </Button>
  );
}
