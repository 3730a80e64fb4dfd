/** Ready phrases: found by what is typed, filled with what is known. Pure. */
import type { Briefing, Phrase } from "./api/types";
import { greeting, wallDay, wallTime } from "./format";
import { addressOf } from "./known";
import { TEXTS } from "./texts";

export type Values = Partial<Record<keyof typeof TEXTS.phrases.unknown, string>>;

/** Phrases for what was typed: shortcuts that begin with it first, then titles and texts that hold it. */
export function findPhrases(phrases: readonly Phrase[], typed: string): Phrase[] {
  const wanted = typed.trim().toLowerCase().replace(/^[/.]/, "");
  if (!wanted) return [...phrases];
  const rank = (phrase: Phrase) => {
    if (phrase.shortcut.startsWith(wanted)) return 0;
    if (phrase.title.toLowerCase().includes(wanted)) return 1;
    return phrase.text.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return phrases
    .map((phrase) => [rank(phrase), phrase] as const)
    .filter(([found]) => found < 3)
    .sort(([a], [b]) => a - b)
    .map(([, phrase]) => phrase);
}

/** The text with its values; what is not known stays as ‹a word› for the person to replace. */
export function fillPhrase(text: string, values: Values): string {
  return text.replace(
    /\{(\w+)\}/g,
    (_, name: keyof Values) => values[name] || `‹${TEXTS.phrases.unknown[name] ?? name}›`,
  );
}

/** Where the first ‹word› stands; null when nothing is left to fill in. */
export function blankIn(text: string): [number, number] | null {
  const found = /‹[^›]*›/.exec(text);
  return found ? [found.index, found.index + found[0].length] : null;
}

/** What is known for the phrases of one conversation; `now` is told on the reader's clock. */
export function valuesOf(operator: string, briefing: Briefing | null, now: number): Values {
  const start = briefing?.visits.map((each) => each.start).find((each) => typeof each === "string") ?? "";
  return {
    greeting: greeting(new Date(now).getHours()),
    operator,
    patient: addressOf(briefing?.slots ?? {}),
    visit: start && `${wallDay(start)}, ${wallTime(start)}`,
  };
}
