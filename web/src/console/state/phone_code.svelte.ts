/** The patient proves a phone by a code while a person has the conversation. */
import type { Api } from "../api/client";
import type { CodeAsked, CodeChecked } from "../api/types";
import { Step } from "./step.svelte";

export class PhoneCode extends Step {
  asked = $state.raw<CodeAsked | null>(null);
  checked = $state.raw<CodeChecked | null>(null);
  /** A code may be on its way: there is something to type in. It outlives a refusal of the next one. */
  awaited = $state(false);

  constructor(
    private readonly api: Pick<Api, "sendCode" | "checkCode">,
    readonly conversation: string,
    private readonly onproved: () => Promise<void>,
  ) {
    super();
  }

  /** What the desk said last. */
  get told(): { message: string; good: boolean } | null {
    if (this.checked) return { message: this.checked.message, good: this.checked.outcome === "proved" };
    return this.asked && { message: this.asked.message, good: this.asked.outcome === "sent" };
  }

  send = (phone: string) =>
    this.run(async () => {
      this.asked = await this.api.sendCode(this.conversation, phone);
      this.checked = null;
      if (this.asked.outcome === "sent") this.awaited = true;
    });

  check = (code: string) =>
    this.run(async () => {
      this.checked = await this.api.checkCode(this.conversation, code);
      if (this.checked.outcome === "proved") await this.onproved();
    });
}
