/** Values for the tests of the staff's window. */
import { ApiError } from "../../src/console/api/client";
import type { Clockwork } from "../../src/console/api/stream";
import type { Message, Row } from "../../src/console/api/types";
import { Kept, type Store } from "../../src/console/state/kept";

export const T0 = Date.parse("2026-11-22T09:00:00Z");
export const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();

export function row(values: Partial<Row> = {}): Row {
  return {
    id: "a1b2",
    channel: "web",
    relation: "queue",
    owner: "queue",
    operator_id: null,
    operator_name: null,
    version: 1,
    priority: 0,
    reason: "asked",
    topic: "operator",
    last_seq: 5,
    changed: 10,
    queued_at: at(0),
    assigned_at: null,
    accepted_at: null,
    first_reply_at: null,
    waiting_since: null,
    last_patient_at: null,
    snoozed_until: null,
    closed_at: null,
    promised_seconds: null,
    last_author: "patient",
    last_text: null,
    last_kind: null,
    ...values,
  };
}

export const own = (values: Partial<Row> = {}) =>
  row({
    relation: "own",
    owner: "operator",
    operator_id: 7,
    assigned_at: at(0),
    accepted_at: at(5),
    first_reply_at: at(10),
    ...values,
  });

export function message(seq: number, values: Partial<Message> = {}): Message {
  return {
    seq,
    author: "patient",
    author_name: null,
    kind: "typed",
    text: `№ ${seq}`,
    buttons: [],
    status: "stored",
    client_msg_id: null,
    ts: at(seq),
    picture: null,
    ...values,
  };
}

export class MemoryStore implements Store {
  readonly values = new Map<string, string>();
  getItem = (key: string) => this.values.get(key) ?? null;
  setItem = (key: string, value: string) => void this.values.set(key, value);
  removeItem = (key: string) => void this.values.delete(key);
}

export const kept = <T>(empty: T, store: Store = new MemoryStore(), name = "x") => new Kept<T>(store, name, 7, empty);

/** A clock that goes only when it is told to. */
export class HandClock implements Clockwork {
  #now = T0;
  #timers: { due: number; action: () => void }[] = [];
  now = () => this.#now;

  after(ms: number, action: () => void): () => void {
    const timer = { due: this.#now + ms, action };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((each) => each !== timer));
  }

  async go(ms: number): Promise<void> {
    await settled();
    const until = this.#now + ms;
    for (let next; (next = this.#timers.toSorted((a, b) => a.due - b.due)[0]) && next.due <= until;) {
      this.#now = next.due;
      const due = next;
      this.#timers = this.#timers.filter((each) => each !== due);
      due.action();
      await settled();
    }
    this.#now = until;
    await settled();
  }
}

/** Lets everything that waits for nothing run on. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 30; i += 1) await Promise.resolve();
  await new Promise<void>((resolve) => setImmediate(resolve));
}

export const lost = () => new ApiError(0, "offline", "нет связи");
export const refused = (code = "not_possible_now", status = 409) => new ApiError(status, code, "нельзя");
