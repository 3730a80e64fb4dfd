/** Everything one logged-in window knows and does; the views show it and call it. */
import { ApiError, type Api } from "../api/client";
import { Stream } from "../api/stream";
import type { Me, Row } from "../api/types";
import { valuesOf, type Values } from "../phrases";
import { Alerts } from "./alerts.svelte";
import { Drafts } from "./drafts.svelte";
import { Kept } from "./kept";
import { Lists, type View } from "./lists.svelte";
import { Outbox } from "./outbox.svelte";
import { Presence } from "./presence.svelte";
import { Reference } from "./reference.svelte";
import { Thread } from "./thread.svelte";
import { Time } from "./time.svelte";
import { Writing } from "./writing.svelte";

export type DialogName = "transfer" | "snooze" | "return" | "close" | "help";

export class Desk {
  readonly lists: Lists;
  readonly thread: Thread;
  readonly outbox: Outbox;
  readonly drafts: Drafts;
  readonly presence: Presence;
  readonly alerts: Alerts;
  readonly time: Time;
  readonly reference: Reference;
  readonly writing: Writing;
  view = $state<View>("mine");
  dialog = $state<DialogName | null>(null);
  connected = $state(true);
  /** What went wrong with the last step, for the person to read. */
  problem = $state("");
  /** A step that waits for the desk's answer. */
  stepping = $state(false);
  readonly #stream: Stream;
  readonly #worker: Worker | undefined;
  readonly #ended = new AbortController();

  constructor(
    readonly api: Api,
    readonly me: Me,
    onExpired: () => void,
  ) {
    const owner = me.account.id;
    this.lists = new Lists(new Kept(localStorage, "seen", owner, {}));
    this.drafts = new Drafts(new Kept(sessionStorage, "drafts", owner, {}));
    this.outbox = new Outbox({
      say: api.say,
      newId: () => crypto.randomUUID(),
      kept: new Kept(sessionStorage, "outbox", owner, []),
    });
    this.thread = new Thread(api, (ids) => this.outbox.seen(ids));
    this.alerts = new Alerts(new Kept(localStorage, "sound", owner, true), (id) => void this.open(id));
    this.presence = new Presence(api, () => this.alerts.sound && this.alerts.play("assigned"));
    this.presence.state = me.state;
    this.time = new Time(() => api.skew);
    this.reference = new Reference(api);
    this.writing = new Writing(api.writes, () => this.time.now);
    this.lists.onNews((news) => this.alerts.tell(news, this.#looksAt(news.row.id)));
    this.lists.onGone((row) => this.thread.left(row));
    this.#stream = new Stream((signal) => api.events(signal), {
      all: (rows) => {
        this.lists.all(rows);
        this.#follow();
        this.thread.again();
      },
      conversation: (row) => {
        if (row.last_seq > (this.lists.rows.get(row.id)?.last_seq ?? 0)) this.writing.wrote(row.id);
        this.lists.conversation(row);
        this.#follow();
      },
      gone: (row) => this.lists.gone(row),
      writing: (id) => this.writing.heard(id),
      delivered: (id) => this.thread.delivered(id),
      people: (people) => (this.lists.people = people),
      connected: (yes) => (this.connected = yes),
      expired: onExpired,
    });
    this.#worker =
      typeof Worker === "undefined"
        ? undefined
        : new Worker(new URL("../beat.worker.ts", import.meta.url), { type: "module" });
  }

  start(): void {
    const { signal } = this.#ended;
    this.time.start();
    this.#stream.start();
    this.outbox.start();
    if (this.#worker) this.#worker.onmessage = () => this.#beat();
    document.addEventListener("visibilitychange", () => this.#woken(), { signal });
    window.addEventListener("focus", () => this.#woken(), { signal });
    window.addEventListener("blur", () => this.#look(), { signal });
    window.addEventListener("online", () => this.#woken(), { signal });
    window.addEventListener("hashchange", () => this.#openHash(), { signal });
    void this.reference.readWords();
    this.#openHash();
  }

  stop(): void {
    this.#ended.abort();
    this.#stream.stop();
    this.#worker?.terminate();
    this.time.stop();
  }

  /** Takes patients' words off this computer. */
  forget(): void {
    this.drafts.forget();
    this.outbox.forget();
  }

  /** The conversation whose thread is open, as the list or else the thread knows it. */
  get selected(): Row | null {
    const { id } = this.thread;
    return (id && this.lists.rows.get(id)) || this.thread.row;
  }

  get rows(): Row[] {
    return this.lists.view(this.view, this.time.now);
  }

  get supervises(): boolean {
    return this.me.account.role !== "operator";
  }

  async open(id: string | null): Promise<void> {
    this.problem = "";
    const hash = id ? `#/${id}` : "#/";
    if (location.hash !== hash) history.replaceState(null, "", hash);
    const opened = this.thread.open(id);
    this.#look();
    await opened;
  }

  /** The next or the previous conversation of the list. */
  walk(by: 1 | -1): void {
    const { rows } = this;
    if (!rows.length) return;
    const index = rows.findIndex((row) => row.id === this.thread.id);
    const next = index < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(index + by, 0), rows.length - 1);
    void this.open(rows[next]?.id ?? null);
  }

  /** Runs a step and shows how the conversation is after it; false when the desk refused, with `problem` set. */
  async step(run: (row: Row) => Promise<Row>): Promise<boolean> {
    const row = this.selected;
    if (!row || this.stepping) return false;
    this.stepping = true;
    this.problem = "";
    try {
      const after = await run(row);
      if (after.owner === "operator" || after.owner === "queue") this.lists.conversation(after);
      else this.lists.gone(after);
      this.thread.follow(after);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.problem = error.message;
      return false;
    } finally {
      this.stepping = false;
    }
  }

  /** Accepts what was assigned, or takes it from the queue, the bot or a colleague. */
  async takeUp(): Promise<boolean> {
    const done = await this.step((row) => (row.relation === "own" ? this.api.accept(row) : this.api.take(row)));
    if (done) this.view = "mine";
    return done;
  }

  send(text: string): void {
    const { id } = this.thread;
    if (!id || !text.trim()) return;
    this.drafts.set(id, "");
    this.outbox.add(id, text.trim());
  }

  /** What the person types into the answer. */
  write(id: string, text: string): void {
    this.drafts.set(id, text);
    if (text.trim()) void this.writing.tell(id);
  }

  /** Puts words into the draft of the open conversation, after what is there. */
  insert(text: string): void {
    const { id } = this.thread;
    if (!id) return;
    const draft = this.drafts.of(id).trimEnd();
    const between = /\n/.test(draft + text) ? "\n" : " ";
    this.drafts.set(id, draft ? draft + between + text : text);
  }

  /** What ready phrases can be filled with in the open conversation. */
  get values(): Values {
    return valuesOf(this.me.account.name, this.thread.briefing, this.time.now);
  }

  #beat(): void {
    void this.presence.beat();
    void this.reference.readWords();
  }

  #woken(): void {
    this.#look();
    if (document.hidden) return;
    this.#stream.wake();
    void this.presence.beat();
  }

  #look(): void {
    this.lists.look(!document.hidden && document.hasFocus() ? this.thread.id : null);
  }

  #looksAt(id: string): boolean {
    return id === this.thread.id && !document.hidden && document.hasFocus();
  }

  #follow(): void {
    const row = this.thread.id ? this.lists.rows.get(this.thread.id) : undefined;
    if (row) this.thread.follow(row);
  }

  #openHash(): void {
    const id = /^#\/([\w-]+)$/.exec(location.hash)?.[1];
    if (id) void this.open(id);
  }
}
