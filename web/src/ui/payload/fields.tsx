/**
 * Any object: short fields as facts, long texts in boxes, the rest as a tree. No field is hidden.
 */
import { JsonTree } from "../json-tree.tsx";
import { UNKNOWN } from "../../domain/format.ts";
import type { Fields } from "../../domain/read.ts";
import { Block, FactList, LongText, Stack } from "./parts.tsx";
import { scalar } from "../../domain/payload/values.ts";

const SHORT_CHARS = 240;
const FACTS_MAX = 60;

export function FieldsOf({ given }: { given: Fields }) {
  const entries = Object.entries(given);
  const short = entries.filter(([, value]) => isShort(value)).slice(0, FACTS_MAX);
  const names = new Set(short.map(([name]) => name));
  const long = entries.filter(([name]) => !names.has(name));
  const texts = long
    .filter((entry): entry is [string, string] => typeof entry[1] === "string")
    .slice(0, FACTS_MAX);
  const taken = new Set(texts.map(([name]) => name));
  const deep = long.filter(([name]) => !taken.has(name));
  return (
    <Stack>
      <FactList facts={short.map(([name, value]) => [name, scalar(value) ?? UNKNOWN])} />
      {texts.map(([name, value]) => (
        <Block key={name} title={name}>
          <LongText text={value} colours label={name} />
        </Block>
      ))}
      {deep.length === 0 ? null : <JsonTree value={Object.fromEntries(deep)} />}
    </Stack>
  );
}

function isShort(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "string"
    ? value.length <= SHORT_CHARS && !value.includes("\n")
    : typeof value !== "object";
}
