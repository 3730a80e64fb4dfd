/** Who is writing just now: the patients of our conversations, and ourselves for them. */
import { ApiError } from "../api/client";

/** The same as in desk/writing.py: said again so often, forgotten after twice as long. */
const REPEAT_MS = 4_000;
const FORGOTTEN_MS = 2 * REPEAT_MS;

export class Writing {
  #until = $state.raw<Readonly<Record<string, number>>>({});
  readonly #told = new Map<string, number>();

  constructor(
    private readonly writes: (conversation: string) => Promise<unknown>,
    private readonly now: () => number,
  ) {}

  /** The patient is writing. */
  heard(conversation: string): void {
    this.#until = { ...this.#until, [conversation]: this.now() + FORGOTTEN_MS };
  }

  /** Something was said there: it is no longer being written. */
  wrote(conversation: string): void {
    const { [conversation]: _, ...others } = this.#until;
    this.#until = others;
  }

  is(conversation: string): boolean {
    return (this.#until[conversation] ?? 0) > this.now();
  }

  /** We are writing to the patient; told now and then. */
  async tell(conversation: string): Promise<void> {
    if (this.now() - (this.#told.get(conversation) ?? -Infinity) < REPEAT_MS) return;
    this.#told.set(conversation, this.now());
    try {
      await this.writes(conversation);
    } catch (error) {
      // A signal that is lost costs nothing: the next one comes in seconds.
      if (!(error instanceof ApiError)) throw error;
    }
  }
}
