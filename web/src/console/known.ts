/** What the dialogue has learnt about the patient, read out of its slots (actions/booking/slots.py). Pure. */
import type { Choices, PatientData } from "./api/types";
import { date } from "./format";
import { TEXTS } from "./texts";

type Slots = Record<string, unknown>;

const fields = (value: unknown): Slots => (typeof value === "object" && value !== null ? (value as Slots) : {});
const text = (value: unknown): string => (typeof value === "string" || typeof value === "number" ? String(value) : "");
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text).filter(Boolean) : []);

/** The form of a booking, filled with what is known. */
export function patientOf(slots: Slots): PatientData {
  const name = fields(slots.booking__patient);
  return {
    surname: text(name.surname),
    given: text(name.given),
    patronymic: text(name.patronymic),
    phone: text(slots.booking__phone),
    birth_date: text(slots.booking__birth_date),
  };
}

/** «Илья Петрович», or the given name alone; empty when it is not known. */
export function addressOf(slots: Slots): string {
  const { given, patronymic } = patientOf(slots);
  return given && patronymic ? `${given} ${patronymic}` : given;
}

/** What is asked for, as ids of the catalogue to begin a search with. */
export function wantedOf(slots: Slots): { specialty: string; service: string; branch: string } {
  const what = fields(slots.booking__what);
  const place = fields(slots.booking__place);
  const [id = ""] = texts(what.ids);
  return {
    specialty: what.kind === "specialty" ? id : "",
    service: what.kind === "service" ? id : "",
    branch: place.kind === "branch" ? text(place.id) : "",
  };
}

/** The region that was spoken of; empty when it was a branch or nothing. */
export function regionOf(slots: Slots): string {
  const place = fields(slots.booking__place);
  return place.kind === "region" ? text(place.id) : "";
}

/** Lines «label: value» of the slots that tell a person something. */
export function knownLines(slots: Slots, choices: Choices | null): { label: string; value: string }[] {
  const names = new Map<string, string>();
  for (const group of choices ? [choices.specialties, choices.services, choices.branches] : []) {
    for (const each of group) names.set(each.id, each.name);
  }
  const word = (value: unknown) => TEXTS.slotValues[text(value)] ?? "";
  const patient = patientOf(slots);
  const whom = fields(slots.booking__for_whom);
  const age = text(whom.age);
  const values: Record<string, string> = {
    booking__patient: [patient.surname, patient.given, patient.patronymic].filter(Boolean).join(" "),
    booking__phone: patient.phone,
    booking__birth_date: date(patient.birth_date),
    booking__for_whom: [whom.who === undefined ? "" : word(whom.who) || TEXTS.slotValues.other, age && TEXTS.age(age)]
      .filter(Boolean)
      .join(", "),
    booking__what: texts(fields(slots.booking__what).ids)
      .map((id) => names.get(id) ?? "")
      .filter(Boolean)
      .join(", "),
    booking__place: names.get(text(fields(slots.booking__place).id)) ?? "",
    booking__payment: word(fields(slots.booking__payment).kind),
    booking__policy: policy(slots.booking__policy),
    booking__visit_kind: word(slots.booking__visit_kind),
  };
  return Object.entries(TEXTS.slots).flatMap(([key, label]) => (values[key] ? [{ label, value: values[key] }] : []));
}

function policy(value: unknown): string {
  return value === "not_needed" || value === "later" ? "" : text(value);
}
