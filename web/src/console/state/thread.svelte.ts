/** The conversation that is open: read whole once, then only what it lacks. */
import { ApiError, type Api } from "../api/client";
import type { Briefing, Message, Note, Other, Row } from "../api/types";

const PAGE = 50;
/** How far back a delivery may still change. */
const WATCHED = 20;

const isUndelivered = (each: Message) => each.author === "operator" && each.status !== "delivered";

/** Both lists by number, the newer state of a message counting, in whatever order they were read. */
export function merge(known: readonly Message[], fresh: readonly Message[]): Message[] {
  const by = new Map(known.map((each) => [each.seq, each]));
  for (const each of fresh)
    if (each.status === "delivered" || by.get(each.seq)?.status !== "delivered") by.set(each.seq, each);
  return [...by.values()].sort((a, b) => a.seq - b.seq);
}

/** The number to read on from: the last one, or the one before an operator's message that is not delivered yet. */
export function readFrom(messages: readonly Message[]): number {
  const waiting = messages.slice(-WATCHED).find(isUndelivered);
  return waiting ? Math.max(waiting.seq - 1, 1) : (messages.at(-1)?.seq ?? 0);
}

export class Thread {
  id = $state<string | null>(null);
  row = $state.raw<Row | null>(null);
  briefing = $state.raw<Briefing | null>(null);
  messages = $state.raw<readonly Message[]>([]);
  notes = $state.raw<readonly Note[]>([]);
  /** The patient's other conversations. */
  others = $state.raw<readonly Other[]>([]);
  loading = $state(false);
  error = $state("");
  earlier = $state(false);
  #reading = false;
  #again = false;

  constructor(
    private readonly api: Api,
    /** Ids of our own messages that the thread has now. */
    private readonly onRead: (ids: ReadonlySet<string>) => void,
  ) {}

  async open(id: string | null): Promise<void> {
    if (id === this.id && !this.error) return;
    this.id = id;
    this.row = this.briefing = null;
    this.messages = this.notes = this.others = [];
    this.earlier = false;
    this.error = "";
    this.loading = id !== null;
    if (id !== null) await this.#readWhole(id);
  }

  /** The list tells how the conversation is now; reads what is missing here. */
  follow(row: Row): void {
    if (row.id !== this.id || this.loading) return;
    const before = this.row;
    if (before && row.version < before.version) return;
    this.row = row;
    if (!before || row.relation !== before.relation) void this.#readWhole(row.id);
    else if (row.last_seq > (this.messages.at(-1)?.seq ?? 0)) void this.readOn();
    // Something happened that is no message, such as a colleague's note.
    else if (row.changed > before.changed && row.last_seq === before.last_seq) void this.#readWhole(row.id);
  }

  /** It is nobody's of ours any more. */
  left(row: { id: string } & Partial<Row>): void {
    if (row.id === this.id && this.row)
      this.row = { ...this.row, relation: "past", owner: "bot", operator_id: null, ...row };
  }

  /** Reads new messages, and the deliveries of the last ones. */
  async readOn(): Promise<void> {
    const id = this.id;
    if (id === null) return;
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      do {
        this.#again = false;
        const fresh = await this.api.messagesAfter(id, readFrom(this.messages));
        if (id !== this.id) return;
        this.#have(fresh);
        if (fresh.length >= PAGE) this.#again = true;
      } while (this.#again);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The next event, or the list after the break, brings us here again.
    } finally {
      this.#reading = false;
    }
  }

  async readEarlier(): Promise<void> {
    const [id, first] = [this.id, this.messages[0]];
    if (id === null || !first) return;
    const page = await this.api.messagesBefore(id, first.seq);
    if (id !== this.id) return;
    this.earlier = page.length >= PAGE;
    this.messages = merge(this.messages, page);
  }

  /** The patient's side has got words of an operator, perhaps some that are only being read. */
  delivered(id: string): void {
    if (id === this.id) void this.readOn();
  }

  /** After a break, which may have hidden a delivery. */
  again(): void {
    if (this.loading || this.messages.slice(-WATCHED).some(isUndelivered)) void this.readOn();
  }

  async #readWhole(id: string): Promise<void> {
    try {
      const body = await this.api.thread(id);
      if (id !== this.id) return;
      if (!this.row || body.conversation.version >= this.row.version) this.row = body.conversation;
      this.briefing = body.briefing;
      this.notes = body.notes;
      this.others = body.others;
      if (this.loading) this.earlier = body.messages.length >= PAGE;
      this.#have(body.messages);
      this.error = "";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (id === this.id && this.messages.length === 0) this.error = error.message;
    } finally {
      if (id === this.id) this.loading = false;
    }
  }

  #have(fresh: readonly Message[]): void {
    this.messages = merge(this.messages, fresh);
    this.onRead(new Set(fresh.flatMap((each) => each.client_msg_id ?? [])));
  }
}
