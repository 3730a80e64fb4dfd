/** Why the routing gave a conversation to whom. */
import { ApiError, type Api } from "../api/client";
import type { Candidate, Decision } from "../api/types";

const AWAY = new Set<Candidate["fit"]>(["break", "offline"]);
const ORDER: Candidate["fit"][] = ["chosen", "fits", "full", "passed", "skills", "no_new", "heartbeat_lost"];

/** Who was there, the chosen one first and the others by their load; and how many were not. */
export function standings(decision: Decision): { there: Candidate[]; away: number } {
  const there = decision.candidates
    .filter((each) => !AWAY.has(each.fit))
    .sort((a, b) => ORDER.indexOf(a.fit) - ORDER.indexOf(b.fit) || a.load - b.load || a.operator_id - b.operator_id);
  return { there, away: decision.candidates.length - there.length };
}

export class Why {
  /** The newest first; null: not read yet. */
  decisions = $state.raw<readonly Decision[] | null>(null);
  problem = $state("");

  constructor(
    private readonly api: Pick<Api, "decisions">,
    private readonly conversation: string,
  ) {}

  async read(): Promise<void> {
    this.problem = "";
    try {
      this.decisions = await this.api.decisions(this.conversation);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.message;
    }
  }
}
