import { describe, expect, it, vi } from "vitest";

import type { Api } from "../../src/console/api/client";
import type { Message } from "../../src/console/api/types";
import { Drafts } from "../../src/console/state/drafts.svelte";
import { Lists, type News } from "../../src/console/state/lists.svelte";
import { Outbox, type Pending } from "../../src/console/state/outbox.svelte";
import { Presence } from "../../src/console/state/presence.svelte";
import { merge, readFrom, Thread } from "../../src/console/state/thread.svelte";
import { Writing } from "../../src/console/state/writing.svelte";
import { PhoneCode } from "../../src/console/state/phone_code.svelte";
import { toneOf, VisitDesk } from "../../src/console/state/visits.svelte";
import { at, HandClock, kept, lost, MemoryStore, message, own, refused, row, settled, T0 } from "./build";

describe("the outbox", () => {
  function outbox(
    say: (conversation: string, text: string, id: string) => Promise<{ seq: number }>,
    store = new MemoryStore(),
  ) {
    let id = 0;
    const clockwork = new HandClock();
    return {
      clockwork,
      store,
      box: new Outbox({ say, newId: () => `c-${(id += 1)}`, kept: kept<Pending[]>([], store), clockwork }),
    };
  }

  it("repeats with the same id until the desk answers", async () => {
    const say = vi.fn().mockRejectedValueOnce(lost()).mockResolvedValue({ seq: 9 });
    const { box, clockwork } = outbox(say);
    box.add("a", "Добрый день");
    expect(box.of("a").map((each) => each.state)).toEqual(["sending"]);
    await clockwork.go(1000);
    expect(say.mock.calls).toEqual([
      ["a", "Добрый день", "c-1"],
      ["a", "Добрый день", "c-1"],
    ]);
    expect(box.of("a")[0]?.state).toBe("sent");
    box.seen(new Set(["c-1"]));
    expect(box.items).toEqual([]);
  });

  it("keeps the order: nothing overtakes what failed", async () => {
    const say = vi.fn().mockRejectedValueOnce(refused());
    const { box } = outbox(say);
    box.add("a", "раз");
    box.add("a", "два");
    await settled();
    expect(box.of("a").map((each) => [each.state, each.error])).toEqual([
      ["failed", "нельзя"],
      ["failed", "нельзя"],
    ]);
    say.mockResolvedValue({ seq: 9 });
    box.retry("a");
    await settled();
    expect(say.mock.calls.map(([, text]) => text)).toEqual(["раз", "раз", "два"]);
  });

  it("conversations do not hold each other up", async () => {
    const say = vi.fn((conversation: string) =>
      conversation === "a" ? new Promise<never>(() => {}) : Promise.resolve({ seq: 1 }),
    );
    const { box } = outbox(say);
    box.add("a", "раз");
    box.add("b", "два");
    await settled();
    expect(box.of("b")[0]?.state).toBe("sent");
  });

  it("gives up after four tries and says why", async () => {
    const say = vi.fn().mockRejectedValue(lost());
    const { box, clockwork } = outbox(say);
    box.add("a", "раз");
    await clockwork.go(60_000);
    expect(say).toHaveBeenCalledTimes(4);
    expect(box.of("a")[0]).toMatchObject({ state: "failed", error: "нет связи" });
  });

  it("goes on after a reload with the same id", async () => {
    const { box, store } = outbox(() => new Promise<never>(() => {}));
    box.add("a", "раз");
    const say = vi.fn().mockResolvedValue({ seq: 1 });
    const again = outbox(say, store).box;
    again.start();
    await settled();
    expect(say).toHaveBeenCalledWith("a", "раз", "c-1");
    again.forget();
    expect(store.values.size).toBe(0);
  });
});

it("drafts are kept by conversation and go at the logout", () => {
  const store = new MemoryStore();
  const drafts = new Drafts(kept({}, store));
  drafts.set("a", "Добрый");
  drafts.set("b", "Да");
  drafts.set("b", "");
  expect([new Drafts(kept({}, store)).of("a"), new Drafts(kept({}, store)).of("b")]).toEqual(["Добрый", ""]);
  drafts.forget();
  expect(store.values.size).toBe(0);
});

it("a broken or full storage costs nothing but the memory", () => {
  const broken = {
    getItem: () => "{",
    setItem: () => {
      throw new Error("full");
    },
    removeItem: () => {},
  };
  const drafts = new Drafts(kept({}, broken));
  drafts.set("a", "Добрый");
  expect(drafts.of("a")).toBe("Добрый");
});

describe("who is writing", () => {
  it("a patient is forgotten after a while, or when the message has come", () => {
    let now = T0;
    const writing = new Writing(vi.fn(), () => now);
    expect(writing.is("a")).toBe(false);
    writing.heard("a");
    writing.heard("b");
    now += 7_999;
    expect([writing.is("a"), writing.is("b")]).toEqual([true, true]);
    writing.wrote("a");
    expect([writing.is("a"), writing.is("b")]).toEqual([false, true]);
    now += 1;
    expect(writing.is("b")).toBe(false);
  });

  it("the patient is told of us now and then; a lost signal is no trouble", async () => {
    let now = T0;
    const writes = vi.fn().mockRejectedValue(lost());
    const writing = new Writing(writes, () => now);
    await writing.tell("a");
    now += 3_999;
    await writing.tell("a");
    await writing.tell("b");
    now += 1;
    await writing.tell("a");
    expect(writes.mock.calls).toEqual([["a"], ["b"], ["a"]]);
  });
});

describe("the lists", () => {
  function lists() {
    const made = new Lists(kept<Record<string, number>>({}));
    const news: News[] = [];
    made.onNews((each) => news.push(each));
    return { lists: made, told: () => news.splice(0).map((each) => `${each.kind} ${each.row.id}`) };
  }

  it("tells what was assigned, written and urgent, and nothing at the first list", () => {
    const { lists: l, told } = lists();
    l.all([row({ id: "q" }), own({ id: "o" })]);
    expect(told()).toEqual([]);
    l.conversation(own({ id: "q", version: 2, changed: 11, accepted_at: null, first_reply_at: null }));
    l.conversation(own({ id: "o", last_seq: 6, changed: 11, waiting_since: at(30) }));
    l.conversation(row({ id: "d", priority: 2 }));
    expect(told()).toEqual(["assigned q", "message o", "urgent d"]);
    l.conversation(own({ id: "o", last_seq: 7, changed: 12, last_author: "operator" }));
    expect(told()).toEqual([]);
  });

  it("after a break tells what was missed, once", () => {
    const { lists: l, told } = lists();
    l.all([own()]);
    l.all([own({ last_seq: 8, changed: 14, waiting_since: at(40) })]);
    l.all([own({ last_seq: 8, changed: 14, waiting_since: at(40) })]);
    expect(told()).toEqual(["message a1b2"]);
  });

  it("an older state than the known one changes nothing", () => {
    const { lists: l } = lists();
    l.all([own({ version: 4, changed: 20 })]);
    l.conversation(row({ version: 3, changed: 15 }));
    expect(l.rows.get("a1b2")?.relation).toBe("own");
  });

  it("counts what is unread until somebody looks", () => {
    const { lists: l } = lists();
    l.all([own()]);
    l.conversation(own({ last_seq: 7, changed: 12, waiting_since: at(30) }));
    expect([l.unread(l.rows.get("a1b2")!), l.unreadConversations]).toEqual([2, 1]);
    l.look("a1b2");
    expect(l.unread(l.rows.get("a1b2")!)).toBe(0);
    l.look(null);
    l.conversation(own({ last_seq: 8, changed: 13, waiting_since: at(30) }));
    expect(l.unread(l.rows.get("a1b2")!)).toBe(1);
  });

  it("what is gone leaves the lists, also when the break hid it", () => {
    const { lists: l } = lists();
    const left: string[] = [];
    l.onGone((each) => left.push(each.id));
    l.all([own({ id: "a" }), own({ id: "b" })]);
    l.gone({ id: "a" });
    l.all([]);
    expect([left, l.rows.size]).toEqual([["a", "b"], 0]);
  });

  it("the queue stands by priority, then by the wait", () => {
    const { lists: l } = lists();
    l.all([
      row({ id: "new", queued_at: at(9) }),
      row({ id: "old" }),
      row({ id: "danger", queued_at: at(20), priority: 2 }),
      own({ id: "mine" }),
    ]);
    expect(l.view("queue", T0).map((each) => each.id)).toEqual(["danger", "old", "new"]);
    expect(l.view("mine", T0).map((each) => each.id)).toEqual(["mine"]);
  });
});

describe("the thread", () => {
  it("reads on from an operator's message that is not delivered yet", () => {
    const told = [message(1), message(2, { author: "operator" }), message(3)];
    expect([
      readFrom(told),
      readFrom([message(1), message(2, { author: "operator", status: "delivered" })]),
      readFrom([]),
    ]).toEqual([1, 2, 0]);
  });

  const delivered = message(1, { author: "operator", status: "delivered" });

  function threadOf(...answers: Message[][]) {
    const messagesAfter = vi.fn(async (_id: string, _after: number) => answers.shift() ?? []);
    const opened = new Thread({ messagesAfter } as unknown as Api, () => {});
    opened.id = "a";
    return { opened, messagesAfter };
  }

  it("a delivery is read when it is told", async () => {
    const { opened, messagesAfter } = threadOf([delivered]);
    opened.messages = [message(1, { author: "operator" }), message(2)];
    opened.delivered("b");
    expect(messagesAfter).not.toHaveBeenCalled();
    opened.delivered("a");
    await vi.waitFor(() => expect(opened.messages[0]?.status).toBe("delivered"));
  });

  it("a delivery that is told while its message is being read is read after it", async () => {
    const { opened } = threadOf([message(1, { author: "operator" })], [delivered]);
    void opened.readOn();
    opened.delivered("a");
    await vi.waitFor(() => expect(opened.messages[0]?.status).toBe("delivered"));
  });

  it("after a break only what waits for a delivery is read again", async () => {
    const { opened, messagesAfter } = threadOf([delivered]);
    opened.messages = [message(1, { author: "operator" })];
    opened.again();
    await vi.waitFor(() => expect(opened.messages[0]?.status).toBe("delivered"));
    opened.again();
    expect(messagesAfter).toHaveBeenCalledOnce();
  });

  it("what was read earlier and comes later takes no delivery back", () => {
    expect(merge([delivered], [message(1, { author: "operator" })])).toEqual([delivered]);
  });

  it("the newer state of a message counts, and no message stands twice", () => {
    const merged = merge(
      [message(1), message(2, { status: "stored" })],
      [message(2, { status: "delivered" }), message(3)],
    );
    expect(merged.map((each) => [each.seq, each.status])).toEqual([
      [1, "stored"],
      [2, "delivered"],
      [3, "stored"],
    ]);
  });

  it("reads the whole once, then only what is new, and tells what has arrived", async () => {
    const thread = vi.fn().mockResolvedValue({
      conversation: own({ last_seq: 2 }),
      briefing: null,
      messages: [message(1), message(2)],
      notes: [],
      others: [],
    });
    const messagesAfter = vi.fn().mockResolvedValue([message(3, { author: "operator", client_msg_id: "c-1" })]);
    const read: string[] = [];
    const opened = new Thread({ thread, messagesAfter } as unknown as Api, (ids) => read.push(...ids));
    await opened.open("a1b2");
    opened.follow(own({ last_seq: 3, changed: 11 }));
    await settled();
    expect([thread.mock.calls.length, messagesAfter.mock.calls, opened.messages.length, read]).toEqual([
      1,
      [["a1b2", 2]],
      3,
      ["c-1"],
    ]);
  });

  it("an answer for a conversation that is not open any more is dropped", async () => {
    let answer: (body: unknown) => void = () => {};
    const thread = vi
      .fn()
      .mockReturnValueOnce(new Promise((resolve) => (answer = resolve)))
      .mockResolvedValue({ conversation: own({ id: "b" }), briefing: null, messages: [message(7)], notes: [], others: [] });
    const opened = new Thread({ thread } as unknown as Api, () => {});
    const first = opened.open("a1b2");
    await opened.open("b");
    answer({ conversation: own(), briefing: null, messages: [message(1)], notes: [], others: [] });
    await first;
    expect(opened.messages.map((each) => each.seq)).toEqual([7]);
  });

  it("what could not be read can be tried again", async () => {
    const thread = vi
      .fn()
      .mockRejectedValueOnce(lost())
      .mockResolvedValue({ conversation: own(), briefing: null, messages: [], notes: [], others: [] });
    const opened = new Thread({ thread } as unknown as Api, () => {});
    await opened.open("a1b2");
    expect(opened.error).toBe("нет связи");
    await opened.open("a1b2");
    expect([opened.error, opened.row?.id]).toEqual(["", "a1b2"]);
  });
});

describe("presence", () => {
  it("a lost heartbeat is told, a chosen state is not", async () => {
    const onLost = vi.fn();
    const beat = vi.fn().mockResolvedValue({ state: "offline" });
    const presence = new Presence({ beat, setPresence: async (state) => ({ state, beat_every: 5 }) }, onLost);
    await presence.choose("online");
    await presence.beat();
    expect([presence.state, presence.lost, onLost.mock.calls.length]).toEqual(["offline", true, 1]);
    await presence.choose("online");
    expect(presence.lost).toBe(false);
  });
});

describe("visits", () => {
  const free = {
    offer: "x.y",
    start: at(0),
    minutes: 30,
    doctor_id: "d",
    doctor: "Лисов",
    specialty: "ent",
    branch_id: "b",
    branch: "Ленинский",
    address: "ул. Мира, 1",
    price: null,
  };
  const patient = {
    surname: "Берёзов",
    given: "Илья",
    patronymic: "",
    phone: "+79161234567",
    birth_date: "1985-03-12",
  };
  const done = (outcome: string) => ({ outcome, message: outcome, booking_id: 1, number: "7", start: at(0) });

  function desk(book: unknown) {
    let key = 0;
    const visits = new VisitDesk({ book } as unknown as Api, "a1b2", () => `key-${(key += 1)}`);
    visits.begin();
    visits.choose(free);
    return visits;
  }

  it("a repeated call after a lost answer has the same key", async () => {
    const book = vi.fn().mockRejectedValueOnce(lost()).mockResolvedValue(done("booked"));
    const visits = desk(book);
    await visits.book(patient, "personal_data", false);
    expect(visits.problem).toBe("нет связи");
    await visits.book(patient, "personal_data", false);
    expect(book.mock.calls.map(([, body]) => body.key)).toEqual(["key-1", "key-1"]);
    expect([visits.done?.outcome, visits.shown]).toEqual(["booked", "visits"]);
  });

  it("the patient's yes to a second visit belongs to the same booking", async () => {
    const book = vi.fn().mockResolvedValueOnce(done("double")).mockResolvedValue(done("booked"));
    const visits = desk(book);
    await visits.book(patient, "personal_data", false);
    expect(visits.shown).toBe("book");
    await visits.book(patient, "personal_data", true);
    expect(book.mock.calls.map(([, body]) => [body.key, body.allow_double])).toEqual([
      ["key-1", false],
      ["key-1", true],
    ]);
  });

  it("only what the medical system has confirmed looks done", () => {
    expect(["booked", "moved", "cancelled", "unknown", "clash", "gone", "something new"].map(toneOf)).toEqual([
      "good",
      "good",
      "good",
      "careful",
      "careful",
      "bad",
      "bad",
    ]);
  });
});

describe("the code that proves a phone", () => {
  const sent = { outcome: "sent", message: "отправлен", again_at: null };
  const answer = (outcome: string) => ({ outcome, message: outcome, tries_left: null });

  it("opens the visits once it is right, and not before", async () => {
    const checkCode = vi.fn().mockResolvedValueOnce(answer("wrong")).mockResolvedValue(answer("proved"));
    const look = vi.fn().mockResolvedValue(undefined);
    const proof = new PhoneCode({ sendCode: vi.fn().mockResolvedValue(sent), checkCode }, "a1b2", look);
    await proof.send("+79161234567");
    expect([proof.awaited, proof.told]).toEqual([true, { message: "отправлен", good: true }]);
    await proof.check("000000");
    expect([proof.told?.good, look.mock.calls.length]).toEqual([false, 0]);
    await proof.check("012345");
    expect([proof.told?.good, look.mock.calls.length]).toEqual([true, 1]);
    expect(checkCode.mock.calls).toEqual([
      ["a1b2", "000000"],
      ["a1b2", "012345"],
    ]);
  });

  it("an earlier code can be typed in when another is refused", async () => {
    const sendCode = vi.fn().mockResolvedValueOnce(sent).mockResolvedValue({ ...sent, outcome: "too_many" });
    const proof = new PhoneCode({ sendCode, checkCode: vi.fn() }, "a1b2", vi.fn());
    await proof.send("+79161234567");
    await proof.send("+79161234567");
    expect([proof.awaited, proof.told?.good]).toEqual([true, false]);
  });

  it("there is nothing to type in where no code was sent", async () => {
    const sendCode = vi.fn().mockResolvedValueOnce({ ...sent, outcome: "bad_phone" }).mockRejectedValue(lost());
    const proof = new PhoneCode({ sendCode, checkCode: vi.fn() }, "a1b2", vi.fn());
    await proof.send("нет");
    expect([proof.awaited, proof.told?.good]).toEqual([false, false]);
    await proof.send("+79161234567");
    expect([proof.problem, proof.busy]).toEqual(["нет связи", false]);
  });
});
