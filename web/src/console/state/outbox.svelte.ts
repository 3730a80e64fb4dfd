/** Messages on their way to the desk: shown at once, sent in order, repeated with the same id until answered. */
import { ApiError } from "../api/client";
import { CLOCKWORK, type Clockwork } from "../api/stream";
import type { Kept } from "./kept";

const ATTEMPTS = 4;
const PAUSE_MS = 1000;

/** `sent`: the desk has it, the thread has not been read yet. */
export interface Pending {
  id: string;
  conversation: string;
  text: string;
  state: "sending" | "failed" | "sent";
  error: string;
  at: number;
}

export interface OutboxParts {
  say: (conversation: string, text: string, id: string) => Promise<{ seq: number }>;
  newId: () => string;
  kept: Kept<Pending[]>;
  clockwork?: Clockwork;
}

export class Outbox {
  items = $state.raw<readonly Pending[]>([]);
  readonly #parts: OutboxParts;
  readonly #clockwork: Clockwork;
  readonly #busy = new Set<string>();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#clockwork = parts.clockwork ?? CLOCKWORK;
    this.items = parts.kept.read().filter((each) => each.state !== "sent");
  }

  /** Goes on with what a reload has interrupted. */
  start(): void {
    for (const each of new Set(this.items.map((item) => item.conversation))) void this.#pump(each);
  }

  of(conversation: string): Pending[] {
    return this.items.filter((each) => each.conversation === conversation);
  }

  add(conversation: string, text: string): void {
    const id = this.#parts.newId();
    this.#set([...this.items, { id, conversation, text, state: "sending", error: "", at: this.#clockwork.now() }]);
    void this.#pump(conversation);
  }

  /** Sends everything that failed in the conversation once more, in its order. */
  retry(conversation: string): void {
    this.#set(
      this.items.map((each) =>
        each.conversation === conversation && each.state === "failed" ? { ...each, state: "sending", error: "" } : each,
      ),
    );
    void this.#pump(conversation);
  }

  drop(id: string): void {
    this.#set(this.items.filter((each) => each.id !== id));
  }

  /** The thread has been read: these need not be shown twice. */
  seen(ids: ReadonlySet<string>): void {
    if (this.items.some((each) => ids.has(each.id))) this.#set(this.items.filter((each) => !ids.has(each.id)));
  }

  forget(): void {
    this.items = [];
    this.#parts.kept.forget();
  }

  async #pump(conversation: string): Promise<void> {
    if (this.#busy.has(conversation)) return;
    this.#busy.add(conversation);
    try {
      for (let next; (next = this.of(conversation).find((each) => each.state === "sending"));) {
        const error = await this.#send(next);
        if (error === null) {
          this.#change(next.id, { state: "sent" });
          continue;
        }
        // Those behind it must not overtake it.
        this.#set(
          this.items.map((each) =>
            each.conversation === conversation && each.state === "sending" ? { ...each, state: "failed", error } : each,
          ),
        );
      }
    } finally {
      this.#busy.delete(conversation);
    }
  }

  async #send(pending: Pending): Promise<string | null> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#parts.say(pending.conversation, pending.text, pending.id);
        return null;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const left = attempt < ATTEMPTS && this.items.some((each) => each.id === pending.id);
        if (!error.passing || !left) return error.message;
      }
      await new Promise<void>((resolve) => this.#clockwork.after(PAUSE_MS * 2 ** (attempt - 1), resolve));
    }
  }

  #change(id: string, change: Partial<Pending>): void {
    this.#set(this.items.map((each) => (each.id === id ? { ...each, ...change } : each)));
  }

  #set(items: readonly Pending[]): void {
    this.items = items;
    this.#parts.kept.write([...items]);
  }
}
