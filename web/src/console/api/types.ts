/** Bodies of the desk's API for the staff; times are ISO 8601. See desk/console_api/, desk/access/, desk/figures/. */
export type Role = "operator" | "supervisor" | "administrator";
export type PresenceState = "online" | "no_new" | "break" | "offline";
export type Relation = "own" | "earlier" | "past" | "queue" | "bot" | "other";
export type Owner = "bot" | "queue" | "operator" | "closed";
export type Outcome = "booked" | "moved" | "cancelled" | "answered" | "callback" | "no_reply" | "other";

export interface Account {
  id: number;
  login: string;
  name: string;
  role: Role;
  skills: string[];
  cap: number;
  disabled: boolean;
}

/** Who is logged in; `csrf` goes with every changing call. */
export interface Me {
  account: Account;
  state: PresenceState;
  csrf: string;
}

export interface OwnState {
  state: PresenceState;
  beat_every: number;
}

export interface Person {
  id: number;
  name: string;
  role: Role;
  state: PresenceState;
}

/** A conversation in a list. `version`, `last_seq` and `changed` only grow. */
export interface Row {
  id: string;
  channel: string;
  relation: Relation;
  owner: Owner;
  operator_id: number | null;
  operator_name: string | null;
  version: number;
  priority: number;
  reason: string;
  topic: string;
  last_seq: number;
  changed: number;
  queued_at: string | null;
  assigned_at: string | null;
  accepted_at: string | null;
  first_reply_at: string | null;
  waiting_since: string | null;
  last_patient_at: string | null;
  snoozed_until: string | null;
  closed_at: string | null;
  promised_seconds: number | null;
  last_author: string | null;
  last_kind: string | null;
  last_text: string | null;
}

/** A picture of the patient, in pixels of the whole one. */
export interface Picture {
  id: string;
  width: number;
  height: number;
}

/** With a `picture`, `text` only stands for it. */
export interface Message {
  seq: number;
  author: "patient" | "bot" | "notice" | "operator";
  author_name: string | null;
  kind: string;
  text: string;
  buttons: string[];
  status: string;
  client_msg_id: string | null;
  ts: string;
  picture: Picture | null;
}

export interface Note {
  id: number;
  kind: string;
  author_name: string;
  text: string;
  ts: string;
}

/** Another conversation of the same patient. */
export interface Other {
  id: string;
  channel: string;
  owner: Owner;
  topic: string;
  reason: string;
  last_at: string;
}

export interface Briefing {
  reason: string;
  topic: string;
  summary: string;
  slots: Record<string, unknown>;
  understood: unknown[];
  visits: Record<string, unknown>[];
  position: number | null;
  promised_seconds: number | null;
  created_at: string;
}

export interface ThreadBody {
  conversation: Row;
  briefing: Briefing | null;
  messages: Message[];
  notes: Note[];
  others: Other[];
}

/** How one person stood when the routing chose; see desk/routing/decision.py. */
export interface Candidate {
  operator_id: number;
  fit: "chosen" | "fits" | "full" | "passed" | "skills" | "no_new" | "break" | "offline" | "heartbeat_lost";
  open: number;
  cap: number;
  load: number;
  idle_seconds: number | null;
}

/** Whom the routing chose and why. */
export interface Decision {
  operator_id: number;
  because: string;
  decided_at: string;
  candidates: Candidate[];
}

export interface Phrase {
  shortcut: string;
  title: string;
  text: string;
}

export interface Choice {
  id: string;
  name: string;
}

export interface Words {
  phrases: Phrase[];
  topics: { id: string; title: string }[];
}

export interface Choices {
  specialties: Choice[];
  services: Choice[];
  branches: Choice[];
}

/** A free time; `start` is the branch's own clock, `offer` is what books it in this conversation. */
export interface Free {
  offer: string;
  start: string;
  minutes: number;
  doctor_id: string;
  doctor: string;
  specialty: string | null;
  branch_id: string;
  branch: string;
  address: string;
  price: string | null;
}

export interface Found {
  free: Free[];
  silent_branches: string[];
}

/** What a branch tells of a service; `price` only with `told: "price"`, `old`: it has not answered lately. */
export interface BranchPrice {
  branch_id: string;
  branch: string;
  region: string;
  asked: boolean;
  told: "price" | "unknown" | "absent" | "silent";
  price: string | null;
  old: boolean;
}

export interface Prices {
  day: string;
  low: string | null;
  high: string | null;
  minutes: [number, number] | null;
  branches: BranchPrice[];
}

export interface Preparation {
  state: "rules" | "none" | "unknown" | "silent";
  title: string;
  rules: string[];
  bring: string[];
}

/** `prices` null: nobody answered. The words are ready for the patient; null: nothing sure to say. */
export interface ServiceFacts {
  id: string;
  name: string;
  prices: Prices | null;
  preparation: Preparation;
  price_words: string | null;
  preparation_words: string | null;
}

export interface Visit {
  /** null: made at the registry, nothing can be done with it here */
  booking_id: number | null;
  number: string;
  start: string;
  doctor: string;
  branch: string;
  patient: string;
  state: string;
}

export interface Visits {
  proved: boolean;
  visits: Visit[];
}

export interface CodeAsked {
  outcome: "sent" | "too_many" | "not_sent" | "bad_phone";
  message: string;
  again_at: string | null;
}

export interface CodeChecked {
  outcome: "proved" | "wrong" | "expired" | "no_code";
  message: string;
  tries_left: number | null;
}

export type Consent = "personal_data" | "personal_data_child" | "personal_data_other";

export interface PatientData {
  surname: string;
  given: string;
  patronymic: string;
  phone: string;
  birth_date: string;
}

/** How a step with a visit ended; only booked, moved and cancelled are done. */
export interface Done {
  outcome: string;
  message: string;
  booking_id: number | null;
  number: string | null;
  start: string | null;
}

export type FigureKey =
  | "in_queue"
  | "service_level"
  | "reply_time"
  | "speed_of_answer"
  | "abandonment"
  | "promises_kept"
  | "handling_time"
  | "open_to_close"
  | "done_by_bot"
  | "topics";
export type Period = "today" | "half_hour";
export type Behind =
  "in_queue" | "service_level" | "reply_time" | "abandonment" | "promises_kept" | "done_by_bot" | "topic";

export interface Share {
  value: number | null;
  part: number;
  whole: number;
}

/** Seconds. */
export interface Times {
  count: number;
  mean: number | null;
  p50: number | null;
  p90: number | null;
}

export interface PeriodFigures {
  since: string;
  offered: number;
  service_level: Share;
  reply_time: Share;
  speed_of_answer: Times;
  abandonment: Share;
  promises_kept: Share;
  handling_time: Times;
  open_to_close: Times;
  done_by_bot: Share;
  topics: { topic: string; count: number }[];
}

export interface Figures {
  at: string;
  queue: { waiting: number; longest_seconds: number | null; soon_late: number };
  periods: Record<Period, PeriodFigures>;
  operators: { id: number; name: string; state: PresenceState; since: string | null; load: number; cap: number }[];
  names: Record<FigureKey, { name: string; formula: string }>;
}

export interface Episode {
  conversation_id: string;
  queued_at: string;
  reason: string;
  topic: string;
  operator_id: number | null;
  wait_seconds: number | null;
  end: "closed" | "returned" | "left" | "nobody" | null;
}
