/**
 * The conversation with the desk: session, sending with acknowledgement, resending, history after a gap.
 * Knows neither the page nor socket.io: transport, storage and timers come from outside.
 */
import {
  acknowledge,
  addOwn,
  lastOfOperator,
  lastSeq,
  mergeHistory,
  receive,
  setDelivery,
  waiting,
  type Messages,
  type OwnMessage,
} from "./conversation";
import type { PictureDoor } from "./pictures";
import {
  decodeBotUttered,
  decodeHistory,
  decodeReceipt,
  decodeSession,
  decodeTyping,
  decodeTypist,
  type QuickReply,
  type Receipt,
} from "./protocol";
import type { ChatStore } from "./storage";

export const TEXT_LIMIT = 1000;
const RECEIPT_TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;
const TYPING_TIMEOUT_MS = { bot: 30_000, operator: 8_000 };
/** How often an operator is told that the patient goes on writing. */
const WRITING_EVERY_MS = 4_000;
const HISTORY_TIMEOUT_MS = 3_000;
const SESSION_RETRY_MS = 10_000;

export interface Transport {
  connect(): void;
  disconnect(): void;
  on(event: string, handler: (data: unknown) => void): void;
  /** Drops the present connection and dials again: it may be dead without having noticed. */
  renew(): void;
  emit(event: string, data: unknown): void;
  /** Resolves with the acknowledgement; rejects when none came within `timeoutMs`. */
  request(event: string, data: unknown, timeoutMs: number): Promise<unknown>;
}

export interface Timers {
  now(): number;
  /** Runs `action` later; the returned function cancels it. */
  after(ms: number, action: () => void): () => void;
}

export type Connection = "idle" | "connecting" | "online" | "offline";

export interface ChatState {
  messages: Messages;
  connection: Connection;
  typing: boolean;
  typist: "bot" | "operator";
  /** The stored conversation is still on its way. */
  restoring: boolean;
}

export interface ChatParts {
  transport: Transport;
  pictures: PictureDoor;
  store: ChatStore;
  timers: Timers;
  newId: () => string;
}

export class ChatClient {
  readonly #parts: ChatParts;
  readonly #listeners = new Set<(state: ChatState) => void>();
  readonly #underway = new Set<string>();
  /** Pictures that the desk has not got yet, by the id of their message. They live as long as the page. */
  readonly #files = new Map<string, Blob>();
  /** How often each message has gone unanswered, over reconnects. */
  readonly #attempts = new Map<string, number>();
  #state: ChatState = { messages: [], connection: "idle", typing: false, typist: "bot", restoring: false };
  #session: string | null;
  #confirmed = false;
  /** Counts connections: an answer that belongs to an earlier one is ignored. */
  #epoch = 0;
  #cancelTyping = () => {};
  #wroteAt = -Infinity;
  #cancelRestoring = () => {};
  #cancelAsking = () => {};

  constructor(parts: ChatParts) {
    this.#parts = parts;
    this.#session = parts.store.session();
    for (const own of parts.store.outbox()) {
      this.#state = { ...this.#state, messages: addOwn(this.#state.messages, own) };
    }
    const { transport } = parts;
    transport.on("connect", () => this.#connected());
    transport.on("disconnect", () => this.#lost());
    transport.on("connect_error", () => this.#lost());
    transport.on("session_confirm", (data) => this.#sessionConfirmed(data));
    transport.on("history", (data) => this.#historyArrived(data));
    transport.on("bot_uttered", (data) => this.#botUttered(data));
    transport.on("patient_uttered", (data) => this.#patientUttered(data));
    transport.on("typing", (data) => this.#setTyping(decodeTyping(data), decodeTypist(data)));
  }

  get state(): ChatState {
    return this.#state;
  }

  /** Calls `listener` now and after every change, until the returned function is called. */
  subscribe(listener: (state: ChatState) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#state);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the connection; may be called any number of times. */
  start(): void {
    if (this.#state.connection !== "idle") return;
    this.#update({ connection: "connecting", restoring: this.#session !== null });
    this.#parts.transport.connect();
  }

  stop(): void {
    this.#epoch += 1;
    this.#confirmed = false;
    this.#underway.clear();
    this.#cancelTyping();
    this.#cancelRestoring();
    this.#cancelAsking();
    this.#parts.transport.disconnect();
    this.#update({ connection: "idle", typing: false, restoring: false });
  }

  /** Asks for what was said meanwhile, for example in another tab. */
  refresh(): void {
    if (this.#confirmed) this.#requestSession();
  }

  /** Sends typed text. False when it is empty or too long. */
  send(text: string): boolean {
    const trimmed = text.trim();
    if (trimmed === "" || length(trimmed) > TEXT_LIMIT) return false;
    this.#say(trimmed, null);
    return true;
  }

  /** Sends a picture; `preview` is an address under which the page shows it. */
  sendPicture(file: Blob, preview: string): void {
    const { newId, timers } = this.#parts;
    const picture = { id: null, width: 0, height: 0, preview };
    const own: OwnMessage = { clientMsgId: newId(), text: "", payload: null, at: timers.now(), picture };
    this.#files.set(own.clientMsgId, file);
    this.#setMessages(addOwn(this.#state.messages, own));
    this.start();
    void this.#deliver(own.clientMsgId);
  }

  /** The thumbnail of a picture of this conversation; rejects when it cannot be had. */
  loadPicture(id: string): Promise<Blob> {
    return this.#parts.pictures.load(this.#session ?? "", id);
  }

  /** The patient is writing: shown to the person they talk with, if it is one. */
  wrote(): void {
    const { transport, timers } = this.#parts;
    const last = this.#state.messages.findLast((message) => message.author !== "patient");
    if (!this.#confirmed || last === undefined || last.author === "bot") return;
    if (timers.now() - this.#wroteAt < WRITING_EVERY_MS) return;
    this.#wroteAt = timers.now();
    transport.emit("writing", {});
  }

  choose(reply: QuickReply): void {
    this.#say(reply.title, reply.payload);
  }

  retry(clientMsgId: string): void {
    this.#setMessages(setDelivery(this.#state.messages, clientMsgId, "sending"));
    void this.#deliver(clientMsgId);
  }

  #say(text: string, payload: string | null): void {
    const { newId, timers } = this.#parts;
    const own: OwnMessage = { clientMsgId: newId(), text, payload, at: timers.now() };
    this.#setMessages(addOwn(this.#state.messages, own));
    this.start();
    void this.#deliver(own.clientMsgId);
  }

  async #deliver(clientMsgId: string): Promise<void> {
    const message = this.#state.messages.find((candidate) => candidate.clientMsgId === clientMsgId);
    if (!message || !this.#confirmed || this.#underway.has(clientMsgId)) return;
    const epoch = this.#epoch;
    this.#underway.add(clientMsgId);
    const file = this.#files.get(clientMsgId);
    if (file) return this.#upload(clientMsgId, file, epoch);
    const body = {
      message: message.payload ?? message.text,
      session_id: this.#session,
      client_msg_id: clientMsgId,
    };
    let receipt: Receipt;
    try {
      const answer = await this.#parts.transport.request("user_uttered", body, RECEIPT_TIMEOUT_MS);
      if (epoch !== this.#epoch) return;
      receipt = decodeReceipt(answer);
    } catch {
      if (epoch === this.#epoch) this.#unanswered(clientMsgId);
      return;
    }
    this.#underway.delete(clientMsgId);
    this.#attempts.delete(clientMsgId);
    this.#setMessages(
      receipt.accepted
        ? acknowledge(this.#state.messages, clientMsgId, receipt.seq)
        : setDelivery(this.#state.messages, clientMsgId, "refused"),
    );
  }

  async #upload(clientMsgId: string, file: Blob, epoch: number): Promise<void> {
    const answer = await this.#parts.pictures.upload(this.#session ?? "", clientMsgId, file);
    // After a reconnect it is sent again with the same id, which the desk takes once.
    if (epoch !== this.#epoch) return;
    this.#underway.delete(clientMsgId);
    if (answer.state !== "failed") this.#files.delete(clientMsgId);
    this.#setMessages(
      answer.state === "sent"
        ? acknowledge(this.#state.messages, clientMsgId, answer.seq)
        : setDelivery(this.#state.messages, clientMsgId, answer.state, answer.problem),
    );
  }

  #unanswered(clientMsgId: string): void {
    const attempts = (this.#attempts.get(clientMsgId) ?? 0) + 1;
    this.#underway.delete(clientMsgId);
    if (attempts < ATTEMPTS) {
      this.#attempts.set(clientMsgId, attempts);
      this.#parts.transport.renew();
    } else {
      this.#attempts.delete(clientMsgId);
      this.#setMessages(setDelivery(this.#state.messages, clientMsgId, "failed"));
    }
  }

  #connected(): void {
    this.#epoch += 1;
    this.#requestSession();
  }

  #requestSession(): void {
    const { transport, timers } = this.#parts;
    const epoch = this.#epoch;
    const after = lastSeq(this.#state.messages);
    transport.emit("session_request", { session_id: this.#session, after });
    // A desk that is busy or has lost its database answers nothing: ask again while it matters.
    this.#cancelAsking();
    this.#cancelAsking = timers.after(SESSION_RETRY_MS, () => {
      if (epoch === this.#epoch && !this.#confirmed) this.#requestSession();
    });
  }

  #lost(): void {
    this.#epoch += 1;
    this.#confirmed = false;
    this.#underway.clear();
    this.#setTyping(false);
    this.#update({ connection: "offline", restoring: false });
  }

  #sessionConfirmed(data: unknown): void {
    const id = decodeSession(data);
    if (id === null) return;
    const { store, timers } = this.#parts;
    const known = this.#session === id;
    if (!known) {
      // The desk did not accept the stored id: what it belonged to is not ours to show any more.
      if (this.#session !== null) this.#setMessages(waiting(this.#state.messages));
      this.#session = id;
      store.saveSession(id);
    }
    this.#confirmed = true;
    this.#cancelAsking();
    const empty = this.#state.messages.every((message) => message.delivery !== "sent");
    this.#update({ connection: "online", restoring: known && empty && this.#state.restoring });
    if (this.#state.restoring) {
      this.#cancelRestoring();
      this.#cancelRestoring = timers.after(HISTORY_TIMEOUT_MS, () => this.#update({ restoring: false }));
    }
    for (const message of waiting(this.#state.messages)) {
      if (message.clientMsgId === null) continue;
      this.#setMessages(setDelivery(this.#state.messages, message.clientMsgId, "sending"));
      void this.#deliver(message.clientMsgId);
    }
  }

  #historyArrived(data: unknown): void {
    this.#cancelRestoring();
    const history = decodeHistory(data, this.#parts.timers.now());
    this.#setMessages(mergeHistory(this.#state.messages, history));
    this.#update({ restoring: false });
    this.#tellReceived();
  }

  #botUttered(data: unknown): void {
    const message = decodeBotUttered(data, this.#parts.timers.now());
    if (!message) return;
    if (!message.pending) this.#setTyping(false);
    this.#setMessages(receive(this.#state.messages, message));
    if (message.author === "operator") this.#tellReceived();
  }

  /** The operator sees that the words have come. */
  #tellReceived(): void {
    const seq = lastOfOperator(this.#state.messages);
    if (seq !== null) this.#parts.transport.emit("received", { seq });
  }

  /** The desk repeats what the patient says to all tabs of the conversation. */
  #patientUttered(data: unknown): void {
    const history = decodeHistory([data], this.#parts.timers.now());
    this.#setMessages(mergeHistory(this.#state.messages, history));
  }

  #setTyping(on: boolean, typist: ChatState["typist"] = "bot"): void {
    this.#cancelTyping();
    if (on) {
      this.#cancelTyping = this.#parts.timers.after(TYPING_TIMEOUT_MS[typist], () => this.#setTyping(false));
    }
    if (on !== this.#state.typing || typist !== this.#state.typist) this.#update({ typing: on, typist });
  }

  #setMessages(messages: Messages): void {
    if (messages === this.#state.messages) return;
    this.#update({ messages });
    this.#parts.store.saveOutbox(
      waiting(messages).flatMap(({ clientMsgId, text, payload, at, picture }) =>
        clientMsgId === null || picture ? [] : [{ clientMsgId, text, payload, at }],
      ),
    );
  }

  #update(change: Partial<ChatState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener(this.#state);
  }
}

/** Number of characters as a person counts them, so that «😀» is one. */
export function length(text: string): number {
  return [...text].length;
}
