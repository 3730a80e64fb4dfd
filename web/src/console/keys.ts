/** What a key press means. Letters are told by their place on the keyboard, so they act in the Russian layout too. */
export type Command =
  | "next"
  | "previous"
  | "enter"
  | "phrases"
  | "help"
  | "accept"
  | "decline"
  | "transfer"
  | "snooze"
  | "return"
  | "close"
  | "note"
  | "find"
  | "prices"
  | "mine"
  | "queue"
  | "others";

export interface Press {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

const LETTERS: Record<string, Command> = {
  KeyJ: "next",
  ArrowDown: "next",
  KeyK: "previous",
  ArrowUp: "previous",
  Enter: "enter",
  KeyA: "accept",
  KeyD: "decline",
  KeyT: "transfer",
  KeyS: "snooze",
  KeyB: "return",
  KeyC: "close",
  KeyN: "note",
  KeyF: "find",
  KeyP: "prices",
  Digit1: "mine",
  Digit2: "queue",
  Digit3: "others",
};

/** The command of a press outside fields and dialogs; null when it means nothing. */
export function commandOf(press: Press): Command | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.key === "?" || (press.code === "Slash" && press.shiftKey)) return "help";
  if (press.key === "/" || press.code === "Slash") return "phrases";
  return press.shiftKey ? null : (LETTERS[press.code] ?? null);
}

/** Whether the press belongs to what has the focus: a field, a button that Enter activates, a dialog. */
export function isTaken(target: EventTarget | null, press: Press): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog, input, textarea, select, [contenteditable]")) return true;
  const acts = target.closest("a, button, summary, [role=tab]");
  return acts !== null && (press.key === "Enter" || press.key.startsWith("Arrow"));
}
