/** What was begun and not sent, by conversation. */
import type { Kept } from "./kept";

export class Drafts {
  #texts = $state.raw<Record<string, string>>({});

  constructor(private readonly kept: Kept<Record<string, string>>) {
    this.#texts = kept.read();
  }

  of(conversation: string): string {
    return this.#texts[conversation] ?? "";
  }

  set(conversation: string, text: string): void {
    const { [conversation]: _, ...others } = this.#texts;
    this.#texts = text ? { ...others, [conversation]: text } : others;
    this.kept.write(this.#texts);
  }

  forget(): void {
    this.#texts = {};
    this.kept.forget();
  }
}
