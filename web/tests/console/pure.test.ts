import { describe, expect, it } from "vitest";

import {
  dateField,
  greeting,
  lasts,
  money,
  moment,
  percent,
  stopwatch,
  wallDay,
  wallTime,
} from "../../src/console/format";
import { commandOf, type Press } from "../../src/console/keys";
import { addressOf, knownLines, patientOf, wantedOf } from "../../src/console/known";
import { topicName } from "../../src/console/names";
import { blankIn, fillPhrase, findPhrases } from "../../src/console/phrases";
import { acceptLeft, byUrgency, waitOf } from "../../src/console/promise";
import { onTarget } from "../../src/console/board/tiles";
import { at, own, row, T0 } from "./build";

describe("times and numbers", () => {
  it.each([
    [0, "0 с"],
    [59.9, "59 с"],
    [60, "1 мин"],
    [3900, "1 ч 05 мин"],
    [200_000, "2 дн"],
  ])("%d s last «%s»", (seconds, words) => {
    expect(lasts(seconds)).toBe(words);
  });

  it.each([
    [4.6, "0:05"],
    [65, "1:05"],
    [3723, "1:02:03"],
  ])("%d s on a stopwatch are %s", (seconds, words) => {
    expect(stopwatch(seconds)).toBe(words);
  });

  it("a share of nothing is a dash", () => {
    expect([percent(null), percent(0.934)]).toEqual(["—", "93,4 %"]);
  });

  it("a visit is told by the clock of its place", () => {
    expect([wallTime("2026-11-23T10:30:00+07:00"), wallDay("2026-11-23T10:30:00+07:00")]).toEqual([
      "10:30",
      "пн, 23 ноября",
    ]);
  });

  it("another day is named", () => {
    expect(moment(at(0), T0 + 60_000, "UTC")).toBe("09:00");
    expect(moment(at(0), T0 + 86_400_000, "UTC")).toBe("22 ноября, 09:00");
  });

  it("a date field goes over the end of a month", () => {
    expect(dateField(new Date(2026, 10, 28, 23, 30).getTime(), 7)).toBe("2026-12-05");
  });

  it("sums have no empty cents", () => {
    expect(money("2500.00").replace(/\s/g, " ")).toBe("2 500");
  });

  it("the greeting follows the hour", () => {
    expect([4, 5, 12, 18].map(greeting)).toEqual(["Добрый вечер", "Доброе утро", "Добрый день", "Добрый вечер"]);
  });
});

describe("the promise", () => {
  it.each([
    [44, "ok"],
    [45, "soon"],
    [60, "soon"],
    [61, "late"],
  ])("without a promise %d s in the queue are %s", (seconds, tone) => {
    expect(waitOf(row(), T0 + seconds * 1000).tone).toBe(tone);
  });

  it("a promise counts in whole minutes", () => {
    const promised = row({ promised_seconds: 130 });
    expect(waitOf(promised, T0 + 175_000)).toEqual({ seconds: 175, limit: 180, tone: "soon" });
    expect(waitOf(promised, T0 + 181_000).tone).toBe("late");
  });

  it("after the first reply each unanswered message has a minute", () => {
    expect(waitOf(own(), T0 + 999_000).tone).toBe("none");
    expect(waitOf(own({ waiting_since: at(100) }), T0 + 161_000)).toEqual({ seconds: 61, limit: 60, tone: "late" });
  });

  it("nobody waits in a snoozed, closed or returned conversation", () => {
    expect(waitOf(own({ waiting_since: at(0), snoozed_until: at(500) }), T0 + 400_000).seconds).toBeNull();
    expect(waitOf(row({ owner: "bot" }), T0 + 400_000).seconds).toBeNull();
  });

  it("what is assigned must be accepted in half a minute", () => {
    expect(acceptLeft(own({ accepted_at: null }), T0 + 10_000)).toBe(20);
    expect(acceptLeft(own(), T0)).toBeNull();
  });

  it("the most urgent stands first", () => {
    const rows = [
      own({ id: "snoozed", snoozed_until: at(900) }),
      own({ id: "answered" }),
      own({ id: "later", waiting_since: at(50) }),
      own({ id: "sooner", waiting_since: at(20) }),
      own({ id: "danger", waiting_since: at(90), priority: 2 }),
      own({ id: "new", accepted_at: null, first_reply_at: null }),
    ];
    expect(rows.sort(byUrgency(T0 + 100_000)).map((each) => each.id)).toEqual([
      "new",
      "danger",
      "sooner",
      "later",
      "answered",
      "snoozed",
    ]);
  });
});

describe("ready phrases", () => {
  const phrases = [
    { shortcut: "запись", title: "Напомнить", text: "{patient}, ваша запись: {visit}" },
    { shortcut: "здесь", title: "Вы здесь?", text: "Вы на связи?" },
    { shortcut: "пока", title: "Попрощаться", text: "Будьте здоровы. Запись сохранена." },
  ];

  it("a shortcut comes before a word of the text", () => {
    expect(findPhrases(phrases, "/запис").map((each) => each.shortcut)).toEqual(["запись", "пока"]);
    expect(findPhrases(phrases, "").length).toBe(3);
    expect(findPhrases(phrases, "щщщ")).toEqual([]);
  });

  it("what is not known is left to be filled in", () => {
    const filled = fillPhrase(phrases[0]!.text, { patient: "Илья Петрович", visit: "" });
    expect(filled).toBe("Илья Петрович, ваша запись: ‹день, время и врач›");
    expect(blankIn(filled)).toEqual([28, filled.length]);
    expect(blankIn("Илья Петрович, ждём вас")).toBeNull();
  });
});

describe("keys", () => {
  const press = (key: string, code: string, more: Partial<Press> = {}): Press => ({
    key,
    code,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...more,
  });

  it.each([
    [press("j", "KeyJ"), "next"],
    [press("о", "KeyJ"), "next"],
    [press("л", "KeyK"), "previous"],
    [press("/", "Slash"), "phrases"],
    [press(".", "Slash"), "phrases"],
    [press("/", "Backslash", { shiftKey: true }), "phrases"],
    [press("?", "Digit7", { shiftKey: true }), "help"],
    [press("c", "KeyC", { ctrlKey: true }), null],
    [press("C", "KeyC", { shiftKey: true }), null],
    [press("x", "KeyX"), null],
  ])("%o", (pressed, command) => {
    expect(commandOf(pressed)).toBe(command);
  });
});

describe("what the dialogue knows", () => {
  const slots = {
    booking__patient: { surname: "Берёзов", given: "Илья", patronymic: "Петрович" },
    booking__phone: "+79161234567",
    booking__birth_date: "1985-03-12",
    booking__what: { kind: "specialty", ids: ["ent"], child: false },
    booking__place: { kind: "branch", id: "leninsky" },
    booking__for_whom: { who: "self" },
    booking__payment: { kind: "dms" },
    booking__policy: "not_needed",
  };
  const choices = {
    specialties: [{ id: "ent", name: "Лор" }],
    services: [],
    branches: [{ id: "leninsky", name: "Ленинский" }],
  };

  it("fills the form and the search", () => {
    expect(patientOf(slots)).toMatchObject({ surname: "Берёзов", phone: "+79161234567", birth_date: "1985-03-12" });
    expect(wantedOf(slots)).toEqual({ specialty: "ent", service: "", branch: "leninsky" });
    expect(addressOf(slots)).toBe("Илья Петрович");
  });

  it("is told in words", () => {
    const lines = Object.fromEntries(knownLines(slots, choices).map(({ label, value }) => [label, value]));
    expect(lines).toEqual({
      Пациент: "Берёзов Илья Петрович",
      Телефон: "+79161234567",
      "Дата рождения": "12.03.1985",
      "Кто придёт": "сам пациент",
      "К кому или на что": "Лор",
      Где: "Ленинский",
      Оплата: "полис ДМС",
    });
  });

  it("nothing and nonsense give nothing", () => {
    const odd = {
      booking__patient: null,
      booking__what: "x",
      booking__place: [1],
      booking__for_whom: 5,
      booking__policy: "later",
    };
    expect(knownLines(odd, null)).toEqual([]);
    expect(addressOf(odd)).toBe("");
  });
});

it("a topic without a name is told by the reason", () => {
  const title = (id: string) => (id === "book" ? "Записаться к врачу" : undefined);
  expect([topicName("book", "asked", title), topicName("q7", "complaint", title), topicName("", "", title)]).toEqual([
    "Записаться к врачу",
    "Жалоба",
    "Без темы",
  ]);
});

it("a figure without a target or a value misses nothing", () => {
  expect([
    onTarget(null, { least: 1 }),
    onTarget(0.1),
    onTarget(0.89, { least: 0.9 }),
    onTarget(0.03, { most: 0.025 }),
    onTarget(0.9, { least: 0.9 }),
  ]).toEqual([true, true, false, false, true]);
});
