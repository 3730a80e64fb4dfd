/** The patient proves a phone by a code while a person has the conversation. */
import { ApiError, type Api } from "../api/client";
import type { CodeAsked, CodeChecked } from "../api/types";

export class PhoneCode {
  asked = $state.raw<CodeAsked | null>(null);
  checked = $state.raw<CodeChecked | null>(null);
  busy = $state(false);
  problem = $state("");
  /** A code may be on its way: there is something to type in. It outlives a refusal of the next one. */
  awaited = $state(false);

  constructor(
    private readonly api: Pick<Api, "sendCode" | "checkCode">,
    readonly conversation: string,
    private readonly onproved: () => Promise<void>,
  ) {}

  /** What the desk said last. */
  get told(): { message: string; good: boolean } | null {
    if (this.checked) return { message: this.checked.message, good: this.checked.outcome === "proved" };
    return this.asked && { message: this.asked.message, good: this.asked.outcome === "sent" };
  }

  send = (phone: string) =>
    this.#run(async () => {
      this.asked = await this.api.sendCode(this.conversation, phone);
      this.checked = null;
      if (this.asked.outcome === "sent") this.awaited = true;
    });

  check = (code: string) =>
    this.#run(async () => {
      this.checked = await this.api.checkCode(this.conversation, code);
      if (this.checked.outcome === "proved") await this.onproved();
    });

  async #run(action: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = "";
    try {
      await action();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.message;
    } finally {
      this.busy = false;
    }
  }
}
