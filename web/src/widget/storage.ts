/** What the widget keeps in the browser. A browser that forbids storage costs only the memory, never the chat. */
import type { OwnMessage } from "./conversation";

export interface ChatStore {
  session(): string | null;
  saveSession(id: string | null): void;
  /** Messages written but not yet acknowledged; they live as long as the tab. */
  outbox(): OwnMessage[];
  saveOutbox(messages: readonly OwnMessage[]): void;
  wasOpen(): boolean;
  saveOpen(open: boolean): void;
}

export class BrowserStore implements ChatStore {
  readonly #prefix: string;
  readonly #lasting: Storage | null;
  readonly #tab: Storage | null;

  constructor(server: string) {
    this.#prefix = `maria-chat:${server}:`;
    this.#lasting = reachable(() => window.localStorage);
    this.#tab = reachable(() => window.sessionStorage);
  }

  session(): string | null {
    return read(this.#lasting, `${this.#prefix}session`);
  }

  saveSession(id: string | null): void {
    write(this.#lasting, `${this.#prefix}session`, id);
  }

  outbox(): OwnMessage[] {
    try {
      const parsed: unknown = JSON.parse(read(this.#tab, `${this.#prefix}outbox`) ?? "[]");
      return Array.isArray(parsed) ? parsed.filter(isOwnMessage) : [];
    } catch {
      return [];
    }
  }

  saveOutbox(messages: readonly OwnMessage[]): void {
    write(this.#tab, `${this.#prefix}outbox`, messages.length > 0 ? JSON.stringify(messages) : null);
  }

  wasOpen(): boolean {
    return read(this.#tab, `${this.#prefix}open`) === "yes";
  }

  saveOpen(open: boolean): void {
    write(this.#tab, `${this.#prefix}open`, open ? "yes" : null);
  }
}

function isOwnMessage(value: unknown): value is OwnMessage {
  const own = value as Partial<OwnMessage> | null;
  return (
    typeof own === "object" &&
    own !== null &&
    typeof own.clientMsgId === "string" &&
    typeof own.text === "string" &&
    typeof own.at === "number" &&
    (own.payload === null || typeof own.payload === "string")
  );
}

function reachable(storage: () => Storage): Storage | null {
  try {
    return storage();
  } catch {
    return null;
  }
}

function read(storage: Storage | null, key: string): string | null {
  try {
    return storage?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

function write(storage: Storage | null, key: string, value: string | null): void {
  try {
    if (value === null) storage?.removeItem(key);
    else storage?.setItem(key, value);
  } catch {
    // A full or forbidden storage: the chat goes on without it.
  }
}
