/** How a conversation stands to what the patient was promised: how long somebody waits, and its colour. */
import type { Row } from "./api/types";

/** The target of the service level, and the least that is ever promised. */
export const TARGET_SECONDS = 60;
/** The routing takes back what is not accepted in this time. */
export const ACCEPT_SECONDS = 30;
const SOON_SECONDS = 15;

export type Tone = "ok" | "soon" | "late" | "none";

export interface Wait {
  tone: Tone;
  /** How long the patient has been waiting; null when nobody waits. */
  seconds: number | null;
  /** What was promised, in seconds. */
  limit: number;
}

const NOBODY: Wait = { tone: "none", seconds: null, limit: TARGET_SECONDS };

/** Waits are promised in whole minutes, at least one. */
export function promised(row: Row): number {
  return row.promised_seconds === null ? TARGET_SECONDS : Math.max(1, Math.ceil(row.promised_seconds / 60)) * 60;
}

/** The wait that is running now: for the first human reply, then for each reply. `now` is the desk's clock, ms. */
export function waitOf(row: Row, now: number): Wait {
  if (row.owner !== "queue" && row.owner !== "operator") return NOBODY;
  if (isSnoozed(row, now)) return NOBODY;
  const first = row.owner === "queue" || row.first_reply_at === null;
  const since = first ? (row.queued_at ?? row.waiting_since ?? row.assigned_at) : row.waiting_since;
  if (since === null) return NOBODY;
  const limit = first ? promised(row) : TARGET_SECONDS;
  const seconds = Math.max(0, (now - Date.parse(since)) / 1000);
  const soon = Math.max(limit * 0.75, limit - 4 * SOON_SECONDS);
  return { seconds, limit, tone: seconds > limit ? "late" : seconds >= soon ? "soon" : "ok" };
}

export function isSnoozed(row: Row, now: number): boolean {
  return row.snoozed_until !== null && Date.parse(row.snoozed_until) > now;
}

/** Seconds left to accept what was assigned; null when it is accepted or not assigned. */
export function acceptLeft(row: Row, now: number): number | null {
  if (row.owner !== "operator" || row.accepted_at !== null || row.assigned_at === null) return null;
  return Math.max(0, ACCEPT_SECONDS - (now - Date.parse(row.assigned_at)) / 1000);
}

/** What needs the person first: to accept, urgent, waiting longest, answered, snoozed. */
export function byUrgency(now: number): (a: Row, b: Row) => number {
  const rank = (row: Row) => {
    if (isSnoozed(row, now)) return 4;
    if (row.accepted_at === null) return 0;
    return row.waiting_since !== null || row.first_reply_at === null ? 2 - Math.min(row.priority, 1) : 3;
  };
  const since = (row: Row) => Date.parse(row.waiting_since ?? row.queued_at ?? row.assigned_at ?? "") || 0;
  return (a, b) => rank(a) - rank(b) || b.priority - a.priority || since(a) - since(b) || a.id.localeCompare(b.id);
}
