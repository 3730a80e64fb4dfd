/** The figures of the live page, read again and again while somebody looks. */
import { ApiError, type Api } from "../api/client";
import type { Behind, Episode, Figures, Period } from "../api/types";
import { CLOCKWORK, type Clockwork } from "../api/stream";

/** Together with a second of the desk's own the page is never more than two seconds behind. */
const EVERY_MS = 900;
const SLOWEST_MS = 10_000;

export interface Question {
  figure: Behind;
  period: Period;
  topic?: string;
}

export class Board {
  figures = $state.raw<Figures | null>(null);
  stale = $state(false);
  error = $state("");
  question = $state.raw<Question | null>(null);
  episodes = $state.raw<Episode[] | null>(null);
  behindError = $state("");
  #stopped = false;
  #failures = 0;
  #cancel: () => void = () => {};

  constructor(
    private readonly api: Pick<Api, "figures" | "behind">,
    private readonly clockwork: Clockwork = CLOCKWORK,
  ) {}

  async start(): Promise<void> {
    this.#stopped = false;
    await this.read();
    if (!this.#stopped)
      this.#cancel = this.clockwork.after(
        Math.min(EVERY_MS * 2 ** this.#failures, SLOWEST_MS),
        () => void this.start(),
      );
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  async read(): Promise<void> {
    try {
      this.figures = await this.api.figures();
      this.stale = false;
      this.error = "";
      this.#failures = 0;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#failures += 1;
      this.stale = true;
      this.error = error.message;
    }
  }

  /** The conversations behind a number. */
  async ask(question: Question | null): Promise<void> {
    this.question = question;
    this.episodes = null;
    this.behindError = "";
    if (!question) return;
    try {
      const found = await this.api.behind(question.figure, question.period, question.topic);
      if (this.question === question) this.episodes = found.toReversed();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (this.question === question) this.behindError = error.message;
    }
  }
}
