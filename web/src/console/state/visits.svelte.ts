/** Looking for free times and changing visits in one conversation. */
import type { Api, SlotWish } from "../api/client";
import type { Consent, Done, Found, Free, PatientData, Visit, Visits } from "../api/types";
import { Step } from "./step.svelte";

export type Shown = "visits" | "search" | "book";
const DONE = new Set(["booked", "moved", "cancelled"]);
/** Done in part, or not known: a person has to go on. */
const CAREFUL = new Set(["clash", "moved_old_stands", "unknown", "being_checked", "double"]);

/** How an outcome is shown. */
export function toneOf(outcome: string): "good" | "careful" | "bad" {
  return DONE.has(outcome) ? "good" : CAREFUL.has(outcome) ? "careful" : "bad";
}

export class VisitDesk extends Step {
  shown = $state<Shown>("visits");
  visits = $state.raw<Visits | null>(null);
  found = $state.raw<Found | null>(null);
  chosen = $state.raw<Free | null>(null);
  /** The visit that gets a new time; null when a new one is booked. */
  moving = $state.raw<Visit | null>(null);
  done = $state.raw<Done | null>(null);
  /** The key of a step stays the same until its outcome is known: repeated, it does nothing twice. */
  #keys = new Map<string, string>();

  constructor(
    private readonly api: Pick<Api, "visits" | "slots" | "book" | "cancel" | "move">,
    readonly conversation: string,
    private readonly newKey: () => string = () => crypto.randomUUID(),
  ) {
    super();
  }

  look = () => this.run(async () => void (this.visits = await this.api.visits(this.conversation)));

  search(wish: SlotWish): Promise<void> {
    this.found = null;
    return this.run(async () => void (this.found = await this.api.slots(this.conversation, wish)));
  }

  begin(moving: Visit | null = null): void {
    this.moving = moving;
    this.found = this.chosen = this.done = null;
    this.problem = "";
    this.shown = "search";
  }

  choose(free: Free): void {
    this.chosen = free;
    this.done = null;
    this.problem = "";
    this.shown = "book";
  }

  back(): void {
    this.problem = "";
    this.shown = this.shown === "book" ? "search" : "visits";
  }

  book(patient: PatientData, consent: Consent, allowDouble: boolean): Promise<void> {
    const free = this.chosen;
    if (!free) return Promise.resolve();
    const about = JSON.stringify([free.offer, patient]);
    return this.#finish(about, (key) =>
      this.api.book(this.conversation, { offer: free.offer, patient, consent, key, allow_double: allowDouble }),
    );
  }

  move(): Promise<void> {
    const { chosen, moving } = this;
    const id = moving?.booking_id;
    if (!chosen || !id) return Promise.resolve();
    return this.#finish(`move ${id} ${chosen.offer}`, (key) =>
      this.api.move(this.conversation, id, chosen.offer, key),
    );
  }

  cancel(visit: Visit): Promise<void> {
    const id = visit.booking_id;
    if (!id) return Promise.resolve();
    return this.#finish(`cancel ${id}`, (key) =>
      this.api.cancel(this.conversation, id, key),
    );
  }

  #finish(about: string, run: (key: string) => Promise<Done>): Promise<void> {
    const key = this.#keys.get(about) ?? this.newKey();
    this.#keys.set(about, key);
    return this.run(async () => {
      this.done = null;
      const done = await run(key);
      this.done = done;
      // The patient's yes to a second visit belongs to the same booking.
      if (done.outcome !== "double" && done.outcome !== "busy") this.#keys.delete(about);
      if (toneOf(done.outcome) === "good") {
        this.shown = "visits";
        if (this.visits?.proved) this.visits = await this.api.visits(this.conversation);
      }
    });
  }
}
