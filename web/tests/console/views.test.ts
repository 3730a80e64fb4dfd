/** The views as they are drawn for what the stores hold, without a browser. */
import type { Component } from "svelte";
import { render } from "svelte/server";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { Api } from "../../src/console/api/client";
import type { Briefing, Figures, Free, Me, Share, Times } from "../../src/console/api/types";
import Behind from "../../src/console/board/Behind.svelte";
import Operators from "../../src/console/board/Operators.svelte";
import Topics from "../../src/console/board/Topics.svelte";
import BookForm from "../../src/console/parts/BookForm.svelte";
import CloseForm from "../../src/console/parts/CloseForm.svelte";
import ListRow from "../../src/console/parts/ListRow.svelte";
import MessageItem from "../../src/console/parts/MessageItem.svelte";
import Gate from "../../src/console/parts/Gate.svelte";
import SlotSearch from "../../src/console/parts/SlotSearch.svelte";
import SnoozeForm from "../../src/console/parts/SnoozeForm.svelte";
import TransferForm from "../../src/console/parts/TransferForm.svelte";
import { Desk } from "../../src/console/state/desk.svelte";
import { Board } from "../../src/console/state/figures.svelte";
import { Session } from "../../src/console/state/session.svelte";
import { VisitDesk } from "../../src/console/state/visits.svelte";
import Window from "../../src/console/Window.svelte";
import { at, MemoryStore, message, own, row } from "./build";

const account = {
  id: 7,
  login: "anna",
  name: "Анна",
  role: "supervisor" as const,
  skills: [],
  cap: 4,
  disabled: false,
};
const me: Me = { account, state: "online", csrf: "token" };
const briefing: Briefing = {
  reason: "asked",
  topic: "book",
  summary: "Запись: лор\nПочему: пациент просит человека",
  slots: { booking__patient: { surname: "Берёзов", given: "Илья" }, booking__phone: "+79161234567" },
  understood: [],
  visits: [],
  position: 1,
  promised_seconds: 120,
  created_at: at(0),
};

const body = <Props extends Record<string, unknown>>(component: Component<Props>, props: Props) =>
  render(component as Component, { props })
    .body.replace(/<!--.*?-->/g, "")
    .replace(/\s+/g, " ");

let desk: Desk;

beforeEach(() => {
  vi.stubGlobal("localStorage", new MemoryStore());
  vi.stubGlobal("sessionStorage", new MemoryStore());
  desk = new Desk(new Api(), me, () => {});
  desk.reference.words = { phrases: [], topics: [{ id: "book", title: "Записаться к врачу" }] };
});

function openOwn() {
  const mine = own({ topic: "book", waiting_since: at(0) });
  desk.lists.all([mine, row({ id: "q", reason: "complaint", topic: "" })]);
  desk.thread.id = mine.id;
  desk.thread.row = mine;
  desk.thread.briefing = briefing;
  desk.thread.messages = [
    message(1, { text: "<b>болит</b> ухо" }),
    message(2, { author: "bot", buttons: ["Завтра, 10:30", "Другое"] }),
    message(3, { author: "operator", author_name: "Анна", status: "delivered" }),
  ];
  desk.thread.notes = [{ id: 1, kind: "transfer", author_name: "Вера", text: "Перезвонить", ts: at(0) }];
}

describe("the window", () => {
  it("says what it waits for, and that nothing is there", () => {
    expect(body(Window, { desk, onleave: () => {} })).toContain('aria-busy="true"');
    desk.lists.all([]);
    expect(body(Window, { desk, onleave: () => {} })).toContain("У вас пока нет разговоров");
  });

  it("shows who said what, what is known, and takes no words for markup", () => {
    openOwn();
    const drawn = body(Window, { desk, onleave: () => {} });
    for (const words of [
      "&lt;b>болит",
      "Мария",
      "Завтра, 10:30 · Другое",
      "Вы (Анна)",
      "доставлено",
      "Берёзов Илья",
      "до 2 мин",
      "Вера при передаче",
      "Записаться к врачу",
      "Завершить",
    ]) {
      expect(drawn).toContain(words);
    }
  });

  it("a failed message has its reason and can be sent again", () => {
    openOwn();
    desk.outbox.items = [
      { id: "c-1", conversation: "a1b2", text: "Добрый день", state: "failed", error: "нет связи", at: 0 },
    ];
    const drawn = body(Window, { desk, onleave: () => {} });
    expect(drawn).toContain("нет связи");
    expect(drawn).toContain("Отправить ещё раз");
  });

  it("who does not have the conversation has no field to write in", () => {
    const theirs = row({ relation: "other", owner: "operator", operator_id: 9, operator_name: "Вера" });
    desk.lists.all([theirs]);
    desk.thread.id = theirs.id;
    const drawn = body(Window, { desk, onleave: () => {} });
    expect(drawn).toContain("Разговор ведёт Вера");
    expect(drawn).not.toContain('id="composer"');
    expect(drawn).toContain("Забрать себе");
  });

  it("who sent the form of the site is called: there is nobody to write to", () => {
    openOwn();
    const request = own({ channel: "request", reason: "site_request", topic: "" });
    desk.lists.all([request]);
    desk.thread.row = request;
    const drawn = body(Window, { desk, onleave: () => {} });
    expect(drawn).toContain("Заявка с сайта");
    expect(drawn).toContain('href="tel:+79161234567"');
    expect(drawn).not.toContain('id="composer"');
    expect(drawn).not.toContain("Вернуть Марии");
    expect(drawn).toContain("Завершить");
  });

  it("a request left in a chat leads to the chat, which can be taken from Мария", () => {
    openOwn();
    const request = own({ channel: "request", reason: "left_request", topic: "" });
    desk.lists.all([request]);
    desk.thread.row = request;
    const chat = { id: "c0ffee", channel: "web", owner: "bot", topic: "", reason: "", last_at: request.last_patient_at };
    desk.thread.others = [chat] as never;
    const drawn = body(Window, { desk, onleave: () => {} });
    expect(drawn).toContain("Заявка из чата");
    expect(drawn).toContain("Другие разговоры пациента");
    expect(drawn).toContain("Открыть чат");
    const theirs = row({ id: "c0ffee", relation: "earlier", owner: "bot" });
    desk.thread.id = theirs.id;
    desk.thread.row = theirs;
    const taken = body(Window, { desk, onleave: () => {} });
    expect(taken).toContain("Забрать");
    expect(taken).not.toContain('id="composer"');
  });

  it("a lost connection and a lost place on line are told", () => {
    desk.connected = false;
    expect(body(Window, { desk, onleave: () => {} })).toContain("Нет связи");
    desk.connected = true;
    desk.presence.state = "offline";
    desk.presence.lost = true;
    expect(body(Window, { desk, onleave: () => {} })).toContain("вернулись в очередь");
  });
});

describe("forms", () => {
  it("closing suggests the topic and asks for the outcome", () => {
    openOwn();
    const drawn = body(CloseForm, { desk });
    expect(drawn).toMatch(/<option value="book" selected[^>]*>Записаться к врачу/);
    expect(drawn).toMatch(/<button class="button primary" disabled[^>]*>Завершить/);
  });

  it("a transfer offers who is on line, but not the one who has it", () => {
    openOwn();
    const person = (id: number, name: string, state: "online" | "break") => ({
      id,
      name,
      state,
      role: "operator" as const,
    });
    desk.lists.people = [person(7, "Анна", "online"), person(8, "Вера", "online"), person(9, "Глеб", "break")];
    const drawn = body(TransferForm, { desk });
    expect(drawn).toContain("Вера");
    expect(drawn).not.toContain("Глеб");
    expect(drawn).not.toContain(">Анна");
    expect(body(SnoozeForm, { desk })).toContain("На 15 минут");
  });

  it("free times and the form of a booking begin with what is known", () => {
    openOwn();
    const free: Free = {
      offer: "x.y",
      start: "2026-11-23T10:30:00+07:00",
      minutes: 30,
      doctor_id: "d",
      doctor: "Лисов П. П.",
      specialty: "ent",
      branch_id: "b",
      branch: "Ленинский",
      address: "ул. Мира, 1",
      price: "2500.00",
    };
    const visits = new VisitDesk(desk.api, "a1b2");
    visits.begin();
    visits.found = { free: [free], silent_branches: ["b"] };
    const found = body(SlotSearch, { desk, visits });
    expect(found).toContain("пн, 23 ноября, 10:30");
    expect(found).toContain("Не ответили филиалы: b.");
    visits.choose(free);
    const form = body(BookForm, { desk, visits, onfinish: () => {} });
    expect(form).toContain('value="Берёзов"');
    expect(form).not.toContain("вторая запись");
    visits.done = { outcome: "double", message: "", booking_id: 1, number: null, start: null };
    expect(body(BookForm, { desk, visits, onfinish: () => {} })).toContain("вторая запись");
  });
});

describe("the gate", () => {
  it("asks for a login only when no session is open", () => {
    const session = new Session(new Api());
    expect(body(Gate, { session })).not.toContain("Пароль");
    session.status = "out";
    expect(body(Gate, { session })).toContain("Пароль");
  });
});

describe("the live page", () => {
  const share: Share = { value: 0.5, part: 1, whole: 2 };
  const times: Times = { count: 0, mean: null, p50: null, p90: null };
  const period: Figures["periods"]["today"] = {
    since: at(0),
    offered: 2,
    service_level: share,
    reply_time: share,
    speed_of_answer: times,
    abandonment: share,
    promises_kept: share,
    handling_time: times,
    open_to_close: times,
    done_by_bot: share,
    topics: [{ topic: "complaint", count: 2 }],
  };

  it("names people and topics", () => {
    const operators = [
      { id: 1, name: "Вера", state: "offline" as const, since: null, load: 0, cap: 4 },
      { id: 2, name: "Анна", state: "online" as const, since: at(-120), load: 2, cap: 4 },
    ];
    const drawn = body(Operators, { operators, at: at(0) });
    expect(drawn.indexOf("Анна")).toBeLessThan(drawn.indexOf("Вера"));
    expect(drawn).toContain("2 мин");
    const name = { name: "Темы", formula: "Тема" };
    expect(body(Topics, { name, period, title: () => undefined, onlook: () => {} })).toContain("Жалоба");
  });

  it("leads from a number to its conversations", () => {
    const board = new Board(new Api());
    board.question = { figure: "abandonment", period: "today" };
    expect(body(Behind, { board, title: () => undefined })).toContain("Загружаю");
    board.episodes = [
      {
        conversation_id: "a1b2",
        queued_at: at(0),
        reason: "asked",
        topic: "",
        operator_id: null,
        wait_seconds: null,
        end: "left",
      },
    ];
    const drawn = body(Behind, { board, title: () => undefined });
    expect(drawn).toContain('href="/console/#/a1b2"');
    expect(drawn).toContain("пациент ушёл");
  });
});

describe("a photo of the patient", () => {
  const picture = { id: "p/1", width: 1280, height: 960 };

  it("is shown small with its words for those who do not see it, and its text is not", () => {
    const shown = message(3, { kind: "picture", text: "[фото]", picture });
    const html = body(MessageItem, { message: shown, conversation: "c1", now: Date.parse(at(3)), me: "Анна" });
    expect(html).toContain('src="/api/conversations/c1/pictures/p%2F1?size=thumbnail"');
    expect(html).toContain('alt="Фото от пациента,');
    // Its place is kept before it has come.
    expect(html).toContain('width="320" height="240"');
    expect(html).not.toContain("[фото]");
  });

  it("is «Фото» in the list", () => {
    const last = own({ last_text: "[фото]", last_kind: "picture" });
    expect(body(ListRow, { desk, row: last })).toMatch(/row-text[^>]*>Фото</);
    const typed = own({ last_text: "[фото]", last_kind: "typed" });
    expect(body(ListRow, { desk, row: typed })).toContain("[фото]");
  });
});
