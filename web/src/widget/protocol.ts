/**
 * What travels between the widget and the desk. Nothing here trusts the other side:
 * every decoder returns a well-formed value or null.
 */

export type Author = "patient" | "bot" | "notice" | "operator";

export interface QuickReply {
  title: string;
  payload: string;
}

/** A message as the desk stores it. `seq` is null only for desks that do not number messages. */
export interface StoredMessage {
  seq: number | null;
  author: Author;
  text: string;
  replies: QuickReply[];
  at: number;
  clientMsgId: string | null;
  /** A picture of the patient, in pixels of the whole one; then `text` is empty. */
  picture?: { id: string; width: number; height: number } | undefined;
  /** More words about the same turn will follow: the clinic only says that it is still at work. */
  pending: boolean;
}

/** Answer of the desk to one `user_uttered`. */
export interface Receipt {
  accepted: boolean;
  seq: number | null;
}

type Fields = Record<string, unknown>;

const AUTHORS: readonly Author[] = ["bot", "notice", "operator"];
const PENDING_KINDS: readonly unknown[] = [undefined, "wait", "late", "red_flag"];

function fields(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function sequence(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Milliseconds from ISO text, epoch seconds or epoch milliseconds; `fallback` when it is none of them. */
export function timestamp(value: unknown, fallback: number): number {
  if (typeof value === "number" && Number.isFinite(value)) {
    return value < 1e11 ? Math.round(value * 1000) : Math.round(value);
  }
  if (typeof value === "string") {
    const parsed = Date.parse(value);
    if (!Number.isNaN(parsed)) return parsed;
  }
  return fallback;
}

function quickReplies(value: unknown): QuickReply[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => {
    const reply = fields(entry);
    if (!reply || typeof reply.title !== "string" || reply.title.trim() === "") return [];
    return [{ title: reply.title, payload: typeof reply.payload === "string" ? reply.payload : reply.title }];
  });
}

function author(value: unknown, absent: Author): Author {
  if (value === undefined || value === null) return absent;
  return AUTHORS.find((known) => known === value) ?? "patient";
}

function storedPicture(value: unknown): StoredMessage["picture"] {
  const data = fields(value);
  if (typeof data?.id !== "string" || data.id === "") return undefined;
  return { id: data.id, width: sequence(data.width) ?? 0, height: sequence(data.height) ?? 0 };
}

function storedMessage(value: unknown, now: number, absentAuthor: Author): StoredMessage | null {
  const data = fields(value);
  if (!data) return null;
  const text = typeof data.text === "string" ? data.text.trim() : "";
  const replies = quickReplies(data.quick_replies ?? data.buttons);
  const picture = storedPicture(data.picture);
  if (text === "" && replies.length === 0 && !picture) return null;
  const writer = author(data.author, absentAuthor);
  return {
    seq: sequence(data.seq),
    author: writer,
    // Its text only stands for the picture where none can be shown.
    text: picture ? "" : text,
    replies,
    ...(picture && { picture }),
    at: timestamp(data.ts, now),
    clientMsgId: typeof data.client_msg_id === "string" ? data.client_msg_id : null,
    pending: writer === "notice" && PENDING_KINDS.includes(data.kind),
  };
}

/** One `bot_uttered`; null when there is nothing to show. */
export function decodeBotUttered(value: unknown, now: number): StoredMessage | null {
  return storedMessage(value, now, "bot");
}

/** The `history` event: a list, or an object that carries it under `messages`. Unreadable entries are left out. */
export function decodeHistory(value: unknown, now: number): StoredMessage[] {
  const list = Array.isArray(value) ? value : fields(value)?.messages;
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry) => storedMessage(entry, now, "patient") ?? []);
}

/** Who is typing: Мария unless another one is named. */
export function decodeTypist(value: unknown): "bot" | "operator" {
  return fields(value)?.by === "operator" ? "operator" : "bot";
}

export function decodeTyping(value: unknown): boolean {
  return fields(value)?.on === true;
}

/** The id in `session_confirm`; null when it is no usable id. */
export function decodeSession(value: unknown): string | null {
  const id = typeof value === "string" ? value : fields(value)?.session_id;
  return typeof id === "string" && id !== "" ? id : null;
}

/** A desk that acknowledges without a body has taken the message. */
export function decodeReceipt(value: unknown): Receipt {
  const data = fields(value);
  return { accepted: data?.ok !== false && data?.error === undefined, seq: sequence(data?.seq) };
}
