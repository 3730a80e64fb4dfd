/** What the window reads once: ready phrases, topics, and what free times can be looked for. */
import { ApiError, type Api } from "../api/client";
import type { Choices, Words } from "../api/types";

export class Reference {
  words = $state.raw<Words | null>(null);
  choices = $state.raw<Choices | null>(null);

  constructor(private readonly api: Pick<Api, "words" | "choices">) {}

  /** Reads the words if they are not known yet; without an answer they are asked for again the next time. */
  async readWords(): Promise<void> {
    this.words ??= await unless(this.api.words);
  }

  async readChoices(): Promise<void> {
    this.choices ??= await unless(this.api.choices);
  }

  title = (topic: string): string | undefined => this.words?.topics.find((each) => each.id === topic)?.title;

  branch = (id: string): string => this.choices?.branches.find((each) => each.id === id)?.name ?? id;
}

async function unless<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return null;
  }
}
