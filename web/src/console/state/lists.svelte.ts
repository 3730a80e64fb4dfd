/** The conversations this person may see, what is new in them, and who of the staff is there. */
import type { Person, Row } from "../api/types";
import { byUrgency } from "../promise";
import type { Kept } from "./kept";

export type View = "mine" | "queue" | "others";
/** What the person should hear of. */
export type News = { kind: "assigned" | "message" | "urgent"; row: Row };

const URGENT = 2;

export class Lists {
  rows = $state.raw<ReadonlyMap<string, Row>>(new Map());
  people = $state.raw<readonly Person[]>([]);
  /** False until the first list has come. */
  loaded = $state(false);
  #seen = $state.raw<Record<string, number>>({});
  #looking: string | null = null;
  readonly #listeners = new Set<(news: News) => void>();
  readonly #gone = new Set<(row: { id: string } & Partial<Row>) => void>();

  constructor(private readonly kept: Kept<Record<string, number>>) {
    this.#seen = kept.read();
  }

  onNews(listener: (news: News) => void): void {
    this.#listeners.add(listener);
  }

  onGone(listener: (row: { id: string } & Partial<Row>) => void): void {
    this.#gone.add(listener);
  }

  /** The whole list, at the start and after every break. */
  all(rows: Row[]): void {
    const before = this.rows;
    this.rows = new Map(rows.map((row) => [row.id, row]));
    const first = !this.loaded;
    this.loaded = true;
    for (const row of rows) if (!first) this.#compare(before.get(row.id), row);
    for (const id of before.keys()) if (!this.rows.has(id)) for (const tell of this.#gone) tell({ id });
    this.#seen = Object.fromEntries(Object.entries(this.#seen).filter(([id]) => this.rows.has(id)));
    for (const row of rows)
      if (row.relation === "own") this.#seen[row.id] ??= row.waiting_since ? row.last_seq - 1 : row.last_seq;
    this.#look();
  }

  /** One conversation as it is now; an older state than the known one is ignored. */
  conversation(row: Row): void {
    const before = this.rows.get(row.id);
    if (before && (row.version < before.version || row.last_seq < before.last_seq || row.changed < before.changed))
      return;
    this.rows = new Map(this.rows).set(row.id, row);
    this.#compare(before, row);
    this.#look();
  }

  gone(row: { id: string } & Partial<Row>): void {
    const rows = new Map(this.rows);
    rows.delete(row.id);
    this.rows = rows;
    for (const tell of this.#gone) tell(row);
  }

  view(view: View, now: number): Row[] {
    const rows = [...this.rows.values()];
    if (view === "mine") return rows.filter((row) => row.relation === "own").sort(byUrgency(now));
    if (view === "others")
      return rows.filter((row) => row.relation === "other" && row.owner === "operator").sort(byUrgency(now));
    // The order of the queue is the desk's: priority, what came back, the longest wait.
    const since = (row: Row) => Date.parse(row.queued_at ?? "") || 0;
    return rows.filter((row) => row.owner === "queue").sort((a, b) => b.priority - a.priority || since(a) - since(b));
  }

  /** How much the patient has written since the person looked. */
  unread(row: Row): number {
    if (row.relation !== "own" || row.waiting_since === null) return 0;
    return Math.max(0, row.last_seq - (this.#seen[row.id] ?? 0));
  }

  get unreadConversations(): number {
    let count = 0;
    for (const row of this.rows.values())
      if (this.unread(row) || (row.relation === "own" && !row.accepted_at)) count += 1;
    return count;
  }

  /** The person looks at this conversation now; null when at none, or at another window. */
  look(conversation: string | null): void {
    this.#looking = conversation;
    this.#look();
  }

  #look(): void {
    const row = this.#looking === null ? undefined : this.rows.get(this.#looking);
    if (!row || this.#seen[row.id] === row.last_seq) return this.kept.write(this.#seen);
    this.#seen = { ...this.#seen, [row.id]: row.last_seq };
    this.kept.write(this.#seen);
  }

  #compare(before: Row | undefined, row: Row): void {
    const tell = (kind: News["kind"]) => this.#listeners.forEach((listener) => listener({ kind, row }));
    const urgent = row.priority >= URGENT && (before?.priority ?? 0) < URGENT;
    if (urgent) tell("urgent");
    else if (row.relation === "own" && !row.accepted_at && before?.operator_id !== row.operator_id) tell("assigned");
    else if (
      row.relation === "own" &&
      before &&
      row.last_seq > before.last_seq &&
      row.waiting_since &&
      row.last_author !== "operator"
    )
      tell("message");
  }
}
