/** An embedded image, from base64 or a data URL; its size for unusual types. Nothing is fetched. */
import { formatBytes } from "../../domain/format.ts";
import { Quiet } from "./parts.tsx";

const TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const SHOWN_CHARS = 12_000_000;
const DATA_URL = /^data:([\w/+.-]+);base64,/;

export function ImageOf({ data, type, name }: { data: string; type: string | null; name: string }) {
  const url = DATA_URL.exec(data.slice(0, 100));
  const kind = (url?.[1] ?? type ?? "image/png").toLowerCase();
  const letters = url === null ? data : data.slice(url[0].length);
  const size = formatBytes(Math.floor((letters.length * 3) / 4));
  const usable =
    TYPES.has(kind) &&
    letters.length < SHOWN_CHARS &&
    /^[\w+/=\s-]*$/.test(letters.slice(0, 1_000)) &&
    !letters.endsWith(" chars]");
  if (!usable) return <Quiet>{`Image (${kind}, ${size}), not shown`}</Quiet>;
  return (
    <figure className="min-w-0">
      <img
        src={`data:${kind};base64,${letters}`}
        alt={name}
        className="max-h-80 max-w-full rounded-md border border-edge bg-panel object-contain"
      />
      <figcaption className="mt-1 text-xs text-muted">{`${kind}, ${size}`}</figcaption>
    </figure>
  );
}
