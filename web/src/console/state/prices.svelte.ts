/** What a service costs and how to prepare for it, looked for by words. */
import { ApiError, type Api, type Place } from "../api/client";
import type { Choice, ServiceFacts } from "../api/types";

export class PriceDesk {
  found = $state.raw<readonly Choice[] | null>(null);
  /** The service of the list that is open. */
  chosen = $state("");
  facts = $state.raw<ServiceFacts | null>(null);
  busy = $state(false);
  problem = $state("");
  /** An answer to what is no longer asked is nobody's. */
  #asked = 0;

  constructor(private readonly api: Pick<Api, "services" | "service">) {}

  /** Looks for services; the only one is opened at once. */
  async find(text: string, place: Place): Promise<void> {
    const wanted = text.trim();
    if (!wanted) return;
    this.#close();
    this.found = null;
    const found = await this.#ask(() => this.api.services(wanted));
    if (!found) return;
    this.found = found;
    if (found.length === 1) await this.open(found[0]!.id, place);
  }

  async open(id: string, place: Place): Promise<void> {
    this.#close();
    this.chosen = id;
    const facts = await this.#ask(() => this.api.service(id, place));
    if (facts) this.facts = facts;
  }

  /** Opens the service, or closes the one that is open. */
  toggle(id: string, place: Place): Promise<void> {
    if (this.chosen !== id) return this.open(id, place);
    this.#close();
    return Promise.resolve();
  }

  /** The same service at another place. */
  move(place: Place): Promise<void> {
    return this.chosen ? this.open(this.chosen, place) : Promise.resolve();
  }

  #close(): void {
    this.#asked += 1;
    this.chosen = this.problem = "";
    this.facts = null;
    this.busy = false;
  }

  async #ask<T>(call: () => Promise<T>): Promise<T | null> {
    const number = (this.#asked += 1);
    this.busy = true;
    try {
      const answer = await call();
      return number === this.#asked ? answer : null;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (number === this.#asked) this.problem = error.message;
      return null;
    } finally {
      if (number === this.#asked) this.busy = false;
    }
  }
}
