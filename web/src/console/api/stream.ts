/** The desk's stream of events, kept open: after a break it begins with the whole list, so nothing is lost. */
import { ApiError } from "./client";
import type { Person, Row } from "./types";

/** The desk says something at least every 15 s; longer silence is a dead connection. */
const SILENCE_MS = 35_000;
/** After a sleep the connection is not trusted if it has been silent for longer than one beat. */
const SUSPECT_MS = 17_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export interface Heard {
  all(rows: Row[]): void;
  conversation(row: Row): void;
  gone(row: { id: string } & Partial<Row>): void;
  people(people: Person[]): void;
  /** The patient of this conversation is writing just now. */
  writing(id: string): void;
  /** The patient's side has got words of an operator. */
  delivered(id: string): void;
  connected(yes: boolean): void;
  expired(): void;
}

export interface Clockwork {
  now(): number;
  /** Runs `action` later; the returned function cancels it. */
  after(ms: number, action: () => void): () => void;
}

export const CLOCKWORK: Clockwork = {
  now: () => Date.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};

/** Server-Sent Events out of pieces of text; comments give nothing. */
export class SseParser {
  #rest = "";

  push(text: string): { event: string; data: string }[] {
    const blocks = (this.#rest + text).replaceAll("\r\n", "\n").split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      let event = "message";
      const data: string[] = [];
      for (const line of block.split("\n")) {
        if (line.startsWith("event:")) event = line.slice(6).trim();
        else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
      }
      return data.length ? [{ event, data: data.join("\n") }] : [];
    });
  }
}

export class Stream {
  #stopped = true;
  #abort = new AbortController();
  #failures = 0;
  #heardAt = 0;
  #cancelPause: () => void = () => {};
  #cancelWatch: () => void = () => {};

  constructor(
    private readonly open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>,
    private readonly heard: Heard,
    private readonly clockwork: Clockwork = CLOCKWORK,
  ) {}

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#break();
    this.#cancelPause();
  }

  /** The laptop woke up or the network came back: dials at once unless the stream is evidently alive. */
  wake(): void {
    if (this.#stopped) return;
    if (this.clockwork.now() - this.#heardAt < SUSPECT_MS && this.#failures === 0) return;
    this.#break();
    this.#cancelPause();
    void this.#run();
  }

  async #run(): Promise<void> {
    const abort = (this.#abort = new AbortController());
    const mine = () => !this.#stopped && this.#abort === abort;
    this.#watch(abort);
    try {
      const body = await this.open(abort.signal);
      const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
      const parser = new SseParser();
      while (mine()) {
        const { done, value } = await reader.read();
        if (done || !mine()) break;
        this.#watch(abort);
        for (const each of parser.push(value)) if (mine()) this.#tell(each.event, each.data);
      }
    } catch (error) {
      if (mine() && error instanceof ApiError && error.status === 401) return this.#expire();
    }
    if (mine()) this.#later();
  }

  #tell(event: string, text: string): void {
    const data = JSON.parse(text);
    if (event === "all") {
      this.#failures = 0;
      this.heard.connected(true);
      this.heard.all(data.conversations);
    } else if (event === "conversation") this.heard.conversation(data);
    else if (event === "gone") this.heard.gone(data);
    else if (event === "writing") this.heard.writing(data.id);
    else if (event === "delivered") this.heard.delivered(data.id);
    else if (event === "people") this.heard.people(data.people);
    else if (event === "ended") this.#expire();
  }

  #expire(): void {
    this.stop();
    this.heard.expired();
  }

  #later(): void {
    this.#break();
    this.heard.connected(false);
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    this.#cancelPause = this.clockwork.after(pause, () => void this.#run());
  }

  #watch(abort: AbortController): void {
    this.#heardAt = this.clockwork.now();
    this.#cancelWatch();
    this.#cancelWatch = this.clockwork.after(SILENCE_MS, () => {
      if (this.#abort === abort && !this.#stopped) this.#later();
    });
  }

  #break(): void {
    this.#cancelWatch();
    const abort = this.#abort;
    // What the old connection still says is nobody's any more.
    this.#abort = new AbortController();
    abort.abort();
  }
}
