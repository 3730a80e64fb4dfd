/** Typed calls of the desk's API. Every failure is an ApiError with words for the person. */
import { TEXTS } from "../texts";
import type {
  Behind,
  Choice,
  Choices,
  CodeAsked,
  CodeChecked,
  Consent,
  Decision,
  Done,
  Episode,
  Figures,
  Found,
  Me,
  Message,
  Note,
  Outcome,
  OwnState,
  PatientData,
  Period,
  PresenceState,
  Row,
  ServiceFacts,
  ThreadBody,
  Visits,
  Words,
} from "./types";

const PATIENCE_MS = 15_000;
/** A booking waits for the medical system. */
const LONG_PATIENCE_MS = 40_000;

/** `status` 0: no answer came, nobody knows whether it was done. `code` is the desk's name of the refusal. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: readonly string[] = [],
  ) {
    super(message);
  }

  /** Whether the same call may succeed when it is made again. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface SlotWish {
  since: string;
  until: string;
  specialty?: string;
  service?: string;
  branch?: string;
  age?: string;
}

/** Nothing given is the whole network. */
export interface Place {
  branch?: string;
  region?: string;
}

export class Api {
  #csrf = "";
  /** The session is over: the person has to log in again. */
  onExpired: () => void = () => {};
  /** The desk's clock minus ours, in ms. */
  skew = 0;

  constructor(private readonly fetcher: typeof fetch = (input, init) => fetch(input, init)) {}

  async login(login: string, password: string): Promise<Me> {
    return this.#remember(await this.#call<Me>("POST", "/api/login", { login, password }));
  }

  async me(): Promise<Me> {
    return this.#remember(await this.#call<Me>("GET", "/api/me"));
  }

  logout = () => this.#call<void>("POST", "/api/logout", {});
  words = () => this.#call<Words>("GET", "/api/words");
  setPresence = (state: PresenceState) => this.#call<OwnState>("PUT", "/api/presence", { state });
  beat = () => this.#call<OwnState>("POST", "/api/heartbeat", {});
  thread = (id: string) => this.#call<ThreadBody>("GET", path(id));
  messagesAfter = (id: string, after: number) => this.#call<Message[]>("GET", path(id, `messages?after=${after}`));
  messagesBefore = (id: string, before: number) => this.#call<Message[]>("GET", path(id, `messages?before=${before}`));
  decisions = (id: string) => this.#call<Decision[]>("GET", path(id, "decisions"));
  accept = (row: Row) => this.#step(row, "accept");
  take = (row: Row) => this.#step(row, "take");
  decline = (row: Row) => this.#step(row, "decline");
  transfer = (row: Row, to: number | null, note: string) => this.#step(row, "transfer", { to, note });
  snooze = (row: Row, until: string) => this.#step(row, "snooze", { until });
  returnToBot = (row: Row, note: string, did: string) => this.#step(row, "return", { note, did });
  close = (row: Row, topic: string, outcome: Outcome, note: string) =>
    this.#step(row, "close", { topic, outcome, note });
  say = (id: string, text: string, client_msg_id: string) =>
    this.#call<{ seq: number }>("POST", path(id, "messages"), { text, client_msg_id });
  writes = (id: string) => this.#call<{ repeat_seconds: number }>("POST", path(id, "writing"), {});
  note = (id: string, text: string) => this.#call<Note[]>("POST", path(id, "notes"), { text });
  choices = () => this.#call<Choices>("GET", "/api/catalogue");
  services = (text: string) => this.#call<Choice[]>("GET", `/api/services?${new URLSearchParams({ text })}`);
  service = (id: string, place: Place) =>
    this.#call<ServiceFacts>("GET", `/api/services/${encodeURIComponent(id)}?${new URLSearchParams({ ...place })}`);
  visits = (id: string) => this.#call<Visits>("GET", path(id, "visits"), undefined, LONG_PATIENCE_MS);
  sendCode = (id: string, phone: string) =>
    this.#call<CodeAsked>("POST", path(id, "phone-code"), { phone });
  checkCode = (id: string, code: string) =>
    this.#call<CodeChecked>("POST", path(id, "phone-code/check"), { code });
  slots = (id: string, wish: SlotWish) =>
    this.#call<Found>("GET", path(id, `slots?${new URLSearchParams({ ...wish })}`), undefined, LONG_PATIENCE_MS);
  book = (
    id: string,
    body: { offer: string; patient: PatientData; consent: Consent; key: string; allow_double: boolean },
  ) => this.#call<Done>("POST", path(id, "visits"), body, LONG_PATIENCE_MS);
  cancel = (id: string, booking: number, key: string) =>
    this.#call<Done>("POST", path(id, `visits/${booking}/cancel`), { key }, LONG_PATIENCE_MS);
  move = (id: string, booking: number, offer: string, key: string) =>
    this.#call<Done>("POST", path(id, `visits/${booking}/move`), { offer, key }, LONG_PATIENCE_MS);
  figures = () => this.#call<Figures>("GET", "/api/figures");
  behind = (figure: Behind, period: Period, topic?: string) =>
    this.#call<Episode[]>(
      "GET",
      `/api/figures/${figure}?${new URLSearchParams({ period, ...(topic ? { topic } : {}) })}`,
    );

  /** Opens the stream of events; rejects with ApiError. */
  async events(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#fetch("/api/events", { signal });
    if (!response.body) throw new ApiError(0, "offline", TEXTS.errors.offline);
    return response.body;
  }

  #step(row: Row, name: string, body: object = {}): Promise<Row> {
    return this.#call<Row>("POST", path(row.id, name), { version: row.version, ...body });
  }

  #remember(me: Me): Me {
    this.#csrf = me.csrf;
    return me;
  }

  async #call<T>(method: string, url: string, body?: object, patience = PATIENCE_MS): Promise<T> {
    const headers: Record<string, string> = {};
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method !== "GET" && this.#csrf) headers["X-CSRF-Token"] = this.#csrf;
    const signal = AbortSignal.timeout(patience);
    const response = await this.#fetch(url, { method, headers, signal, body: body && JSON.stringify(body) });
    if (response.status === 204) return undefined as T;
    try {
      return (await response.json()) as T;
    } catch {
      throw new ApiError(0, "offline", TEXTS.errors.offline);
    }
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await this.fetcher(url, { credentials: "same-origin", ...init });
    } catch {
      throw new ApiError(0, "offline", TEXTS.errors.offline);
    }
    const date = Date.parse(response.headers.get("date") ?? "");
    // The header has whole seconds: half of one is the likeliest rest.
    if (!Number.isNaN(date)) this.skew = date + 500 - Date.now();
    if (response.ok) return response;
    const told = (await response.json().catch(() => ({}))) as { error?: string; message?: string; fields?: string[] };
    const error = new ApiError(response.status, told.error ?? "", told.message ?? TEXTS.errors.unknown, told.fields);
    if (error.code === "not_logged_in") this.onExpired();
    throw error;
  }
}

/** Where the picture is; the browser fetches it with the cookie of the session. */
export function pictureUrl(conversation: string, picture: string, size: "full" | "thumbnail"): string {
  return path(conversation, `pictures/${encodeURIComponent(picture)}?size=${size}`);
}

function path(id: string, rest = ""): string {
  return `/api/conversations/${encodeURIComponent(id)}${rest && `/${rest}`}`;
}
