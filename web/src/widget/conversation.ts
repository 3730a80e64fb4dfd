/** The list of messages on the screen, as pure functions: each returns a new list and leaves the old one alone. */
import type { StoredMessage } from "./protocol";

export type Delivery = "sending" | "sent" | "failed" | "refused";

/** `id` is null until the desk has it; `preview` is the patient's own file while the page lives. */
export interface ShownPicture {
  id: string | null;
  width: number;
  height: number;
  preview?: string;
}

export interface Message extends Omit<StoredMessage, "picture"> {
  picture?: ShownPicture | undefined;
  /** Why a picture was not taken, in the desk's words. */
  problem?: string | undefined;
  /** Stable for the life of the page: the key of the element on the screen. */
  key: string;
  delivery: Delivery;
  /** What is sent instead of the text when a quick reply was pressed. */
  payload: string | null;
}

export type Messages = readonly Message[];

export interface OwnMessage {
  clientMsgId: string;
  text: string;
  payload: string | null;
  at: number;
  picture?: ShownPicture;
}

const unsent = (message: Message) => message.delivery !== "sent";

export function addOwn(messages: Messages, own: OwnMessage): Messages {
  const message: Message = {
    ...own,
    key: own.clientMsgId,
    seq: null,
    author: "patient",
    replies: [],
    pending: false,
    delivery: "sending",
  };
  return [...messages, message];
}

/** Messages the desk has not acknowledged yet, in the order they were written. */
export function waiting(messages: Messages): Messages {
  return messages.filter((message) => message.delivery === "sending" || message.delivery === "failed");
}

/** The number of the last thing an operator said; null when there is none. */
export function lastOfOperator(messages: Messages): number | null {
  return messages.findLast((message) => message.author === "operator" && message.seq !== null)?.seq ?? null;
}

export function setDelivery(messages: Messages, clientMsgId: string, delivery: Delivery, problem?: string): Messages {
  return messages.map((message) => (message.clientMsgId === clientMsgId ? { ...message, delivery, problem } : message));
}

/** Marks an own message as taken by the desk and moves it to where its number belongs. */
export function acknowledge(messages: Messages, clientMsgId: string, seq: number | null): Messages {
  const own = messages.find((message) => message.clientMsgId === clientMsgId);
  if (!own) return messages;
  const sent: Message = { ...own, delivery: "sent", seq: own.seq ?? seq };
  const others = messages.filter((message) => message !== own && (seq === null || message.seq !== seq));
  if (sent.seq === null) return messages.map((message) => (message === own ? sent : message));
  return insert(others, sent, Math.min(messages.indexOf(own), others.length));
}

/** One message that has just arrived; a number already shown, or a notice said twice in a row, changes nothing. */
export function receive(messages: Messages, incoming: StoredMessage): Messages {
  const last = messages.at(-1);
  const known =
    incoming.seq === null
      ? incoming.author === "notice" && last?.author === "notice" && last.text === incoming.text
      : messages.some((message) => message.seq === incoming.seq);
  if (known) return messages;
  return insert(messages, fromDesk(incoming, messages.length), messages.length);
}

/**
 * Joins stored messages with those on the screen. Own messages are recognised by `client_msg_id`, those
 * without one by their text; what the desk has not seen yet stays at the end.
 */
export function mergeHistory(messages: Messages, history: readonly StoredMessage[]): Messages {
  let merged = messages;
  for (const stored of history) {
    if (stored.seq !== null && merged.some((message) => message.seq === stored.seq)) continue;
    const own = stored.author === "patient" ? ownCopy(merged, stored) : undefined;
    if (own) {
      const known: Message = { ...own, seq: stored.seq, at: stored.at, delivery: "sent" };
      const rest = merged.filter((message) => message !== own);
      merged = insert(rest, known, Math.min(merged.indexOf(own), rest.length));
    } else {
      const end = merged.findIndex(unsent);
      merged = insert(merged, fromDesk(stored, merged.length), end === -1 ? merged.length : end);
    }
  }
  return merged;
}

function ownCopy(messages: Messages, stored: StoredMessage): Message | undefined {
  if (stored.clientMsgId !== null) {
    return messages.find((message) => message.clientMsgId === stored.clientMsgId);
  }
  return messages.find(
    (message) =>
      message.author === "patient" &&
      message.seq === null &&
      message.delivery === "sent" &&
      message.text === stored.text,
  );
}

function fromDesk(stored: StoredMessage, position: number): Message {
  const key = stored.seq === null ? `at-${stored.at}-${position}` : `seq-${stored.seq}`;
  return { ...stored, key, delivery: "sent", payload: null };
}

/** Puts a message at `wanted`, or where its number belongs when a neighbour's number says otherwise. */
function insert(messages: Messages, message: Message, wanted: number): Messages {
  let position = wanted;
  const seq = message.seq;
  if (seq !== null) {
    const later = messages.findIndex((other) => other.seq !== null && other.seq > seq);
    if (later !== -1) position = Math.min(position, later);
    for (let index = messages.length - 1; index >= position; index -= 1) {
      const other = messages[index]?.seq ?? null;
      if (other !== null && other < seq) {
        position = index + 1;
        break;
      }
    }
  }
  return [...messages.slice(0, position), message, ...messages.slice(position)];
}

/**
 * Keys of the messages whose quick replies may be pressed: the bot's newest question, and a notice of the
 * desk as long as the bot has said nothing since. A choice closes its message, typed words do not: a patient
 * may ask something in between and still press a button.
 */
export function activeKeys(messages: Messages): ReadonlySet<string> {
  const chosen = chosenTitles(messages);
  const active = new Set<string>();
  let noticeCounts = true;
  for (let index = messages.length - 1; index >= 0; index -= 1) {
    const message = messages[index]!;
    const notice = message.author === "notice";
    if (message.replies.length > 0 && (!notice || noticeCounts)) {
      if (!chosen.has(message.key)) active.add(message.key);
      if (!notice) break;
      noticeCounts = false;
    }
    if (message.author === "bot" || message.author === "operator") noticeCounts = false;
  }
  return active;
}

/** Title of the quick reply that the patient chose under each message, by message key. */
export function chosenTitles(messages: Messages): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  messages.forEach((message, position) => {
    if (message.author !== "patient") return;
    const questions = messages.slice(0, position).filter((earlier) => earlier.replies.length > 0);
    if (message.payload === null) {
      const question = questions.at(-1);
      const reply = question?.replies.find(({ title }) => title === message.text);
      if (question && reply) chosen.set(question.key, reply.title);
      return;
    }
    const pressed = questions.findLast(({ replies }) => replies.some(({ payload }) => payload === message.payload));
    if (pressed) chosen.set(pressed.key, message.text);
  });
  return chosen;
}

/** Highest number among the messages the desk sent; where a reconnect continues. */
export function lastSeq(messages: Messages): number | null {
  let last: number | null = null;
  for (const { seq, clientMsgId, key } of messages) {
    if (seq !== null && clientMsgId !== key && (last === null || seq > last)) last = seq;
  }
  return last;
}
