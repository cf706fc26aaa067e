/**
 * Each project has one of eight colours, in the order in which projects appear in this browser. None
 * is the colour of a state. A project keeps its colour; from the ninth on they repeat.
 */
import { createStored, type Stored } from "./stored.ts";

export const COLOURS = 8;
const REMEMBERED = 400;

export function createProjectColours(store: Stored) {
  const numbers = new Map(read(store.get()).map((project, number) => [project, number]));
  return (project: string): number => {
    let number = numbers.get(project);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(project, number);
      if (number < REMEMBERED) store.set(JSON.stringify([...numbers.keys()]));
    }
    return number % COLOURS;
  };
}

export const colourOf = createProjectColours(createStored("hookwatch.projects"));

function read(text: string | null): string[] {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(value)
      ? value.filter((one): one is string => typeof one === "string")
      : [];
  } catch {
    return [];
  }
}
