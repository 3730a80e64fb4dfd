import { beforeEach, describe, expect, it } from "vitest";

import { ChatClient, TEXT_LIMIT, length, type Transport } from "../src/widget/client";
import type { OwnMessage } from "../src/widget/conversation";
import type { PictureDoor, UploadAnswer } from "../src/widget/pictures";
import type { ChatStore } from "../src/widget/storage";

interface Sent {
  event: string;
  data: Record<string, unknown>;
  answer: (value: unknown) => void;
  fail: () => void;
}

/** The other end of the wire, moved by hand. */
class Wire implements Transport {
  readonly sent: Sent[] = [];
  connects = 0;
  renewals = 0;
  readonly #handlers = new Map<string, (data: unknown) => void>();

  connect(): void {
    this.connects += 1;
  }

  disconnect(): void {
    this.arrive("disconnect");
  }

  renew(): void {
    this.renewals += 1;
    this.arrive("disconnect");
    this.arrive("connect");
  }

  on(event: string, handler: (data: unknown) => void): void {
    this.#handlers.set(event, handler);
  }

  emit(event: string, data: unknown): void {
    this.sent.push({ event, data: data as Record<string, unknown>, answer: () => {}, fail: () => {} });
  }

  request(event: string, data: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.sent.push({
        event,
        data: data as Record<string, unknown>,
        answer: resolve,
        fail: () => reject(new Error("timeout")),
      });
    });
  }

  arrive(event: string, data?: unknown): void {
    this.#handlers.get(event)?.(data);
  }

  uttered(): Sent[] {
    return this.sent.filter((sent) => sent.event === "user_uttered");
  }
}

class MemoryStore implements ChatStore {
  id: string | null = null;
  unsent: readonly OwnMessage[] = [];

  session = () => this.id;
  saveSession = (id: string | null) => void (this.id = id);
  outbox = () => [...this.unsent];
  saveOutbox = (messages: readonly OwnMessage[]) => void (this.unsent = messages);
  wasOpen = () => false;
  saveOpen = () => {};
}

class HandTimers {
  #pending: (() => void)[] = [];

  now = () => 1_000_000;
  after = (_ms: number, action: () => void) => {
    this.#pending.push(action);
    return () => {
      this.#pending = this.#pending.filter((other) => other !== action);
    };
  };
  ring = () => {
    const due = this.#pending;
    this.#pending = [];
    for (const action of due) action();
  };
}

/** The desk's door for pictures: each upload waits until it is answered by hand. */
class HandDoor implements PictureDoor {
  uploads: { session: string; id: string; answer: (answer: UploadAnswer) => void }[] = [];

  upload(session: string, id: string): Promise<UploadAnswer> {
    return new Promise((answer) => this.uploads.push({ session, id, answer }));
  }

  load = (session: string, id: string) => Promise.resolve(new Blob([`${session} ${id}`]));
}

let pictures: HandDoor;
let wire: Wire;
let store: MemoryStore;
let timers: HandTimers;

function newClient(): ChatClient {
  let counter = 0;
  return new ChatClient({ transport: wire, pictures, store, timers, newId: () => `m${(counter += 1)}` });
}

function online(session = "s1"): ChatClient {
  const client = newClient();
  client.start();
  wire.arrive("connect");
  wire.arrive("session_confirm", session);
  return client;
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const deliveries = (client: ChatClient) => client.state.messages.map((message) => message.delivery);
const texts = (client: ChatClient) => client.state.messages.map((message) => message.text);

beforeEach(() => {
  pictures = new HandDoor();
  wire = new Wire();
  store = new MemoryStore();
  timers = new HandTimers();
});

describe("session", () => {
  it("is asked for without an id first and then kept", () => {
    const client = online();
    expect(wire.sent[0]).toMatchObject({ event: "session_request", data: { session_id: null, after: null } });
    expect(store.id).toBe("s1");
    expect(client.state).toMatchObject({ connection: "online", restoring: false });
  });

  it("is continued after a reload and restores the history", () => {
    store.id = "s1";
    const client = newClient();
    client.start();
    expect(client.state.restoring).toBe(true);
    wire.arrive("connect");
    expect(wire.sent[0]?.data).toEqual({ session_id: "s1", after: null });
    wire.arrive("session_confirm", "s1");
    wire.arrive("history", [{ seq: 1, author: "patient", text: "да" }, { seq: 2, author: "bot", text: "Когда?" }]);
    expect(texts(client)).toEqual(["да", "Когда?"]);
    expect(client.state.restoring).toBe(false);
  });

  it("does not wait for ever for a history that never comes", () => {
    store.id = "s1";
    const client = online("s1");
    expect(client.state.restoring).toBe(true);
    timers.ring();
    expect(client.state.restoring).toBe(false);
  });

  it("is asked for again while the desk does not answer", () => {
    const client = newClient();
    client.start();
    wire.arrive("connect");
    timers.ring();
    timers.ring();
    expect(wire.sent).toHaveLength(3);
    wire.arrive("session_confirm", "s1");
    timers.ring();
    expect(wire.sent).toHaveLength(3);
  });

  it("asks after a gap only for what is missing", () => {
    online();
    wire.arrive("bot_uttered", { text: "a", seq: 4 });
    wire.arrive("disconnect");
    wire.arrive("connect");
    expect(wire.sent.at(-1)?.data).toEqual({ session_id: "s1", after: 4 });
  });

  it("that the desk does not accept takes its messages off the screen", async () => {
    const client = online();
    client.send("раз");
    wire.uttered()[0]!.answer({ ok: true, seq: 1 });
    await settle();
    wire.arrive("disconnect");
    client.send("два");
    wire.arrive("connect");
    wire.arrive("session_confirm", "s2");
    expect(texts(client)).toEqual(["два"]);
    expect(store.id).toBe("s2");
    expect(wire.uttered().at(-1)?.data).toMatchObject({ message: "два", session_id: "s2" });
  });
});

describe("sending", () => {
  it("waits for the receipt", async () => {
    const client = online();
    expect(client.send("  привет  ")).toBe(true);
    expect(wire.uttered()[0]?.data).toEqual({ message: "привет", session_id: "s1", client_msg_id: "m1" });
    expect(deliveries(client)).toEqual(["sending"]);
    expect(store.unsent).toHaveLength(1);
    wire.uttered()[0]!.answer({ ok: true, seq: 1 });
    await settle();
    expect(deliveries(client)).toEqual(["sent"]);
    expect(store.unsent).toEqual([]);
  });

  it("sends the token of a quick reply and shows its title", () => {
    const client = online();
    client.choose({ title: "Завтра", payload: "b:7" });
    expect(wire.uttered()[0]?.data.message).toBe("b:7");
    expect(texts(client)).toEqual(["Завтра"]);
  });

  it.each([[""], ["  \n "], ["ы".repeat(TEXT_LIMIT + 1)]])("refuses %#", (text) => {
    const client = online();
    expect(client.send(text)).toBe(false);
    expect(wire.uttered()).toEqual([]);
  });

  it("counts characters as people do", () => {
    expect(length("😀й")).toBe(2);
    expect(online().send("😀".repeat(TEXT_LIMIT))).toBe(true);
  });

  it("keeps what is written offline and sends it in order", () => {
    const client = newClient();
    client.send("раз");
    client.send("два");
    expect(wire.connects).toBe(1);
    expect(wire.uttered()).toEqual([]);
    wire.arrive("connect");
    wire.arrive("session_confirm", "s1");
    expect(wire.uttered().map((sent) => sent.data.message)).toEqual(["раз", "два"]);
  });

  it("repeats an unacknowledged message with the same id after a reconnect", async () => {
    const client = online();
    client.send("раз");
    wire.arrive("disconnect");
    expect(client.state.connection).toBe("offline");
    wire.arrive("connect");
    wire.arrive("session_confirm", "s1");
    wire.uttered()[0]!.fail();
    await settle();
    expect(wire.uttered().map((sent) => sent.data.client_msg_id)).toEqual(["m1", "m1"]);
    wire.uttered()[1]!.answer(undefined);
    await settle();
    expect(deliveries(client)).toEqual(["sent"]);
  });

  it("does not send a message twice while its receipt is on the way", () => {
    const client = online();
    client.send("раз");
    client.refresh();
    wire.arrive("session_confirm", "s1");
    expect(wire.uttered()).toHaveLength(1);
  });

  it("dials again when no receipt comes, and gives up after three attempts", async () => {
    const client = online();
    client.send("раз");
    for (const attempt of [1, 2, 3]) {
      wire.uttered().at(-1)!.fail();
      await settle();
      if (attempt < 3) wire.arrive("session_confirm", "s1");
    }
    expect(wire.uttered()).toHaveLength(3);
    expect(wire.renewals).toBe(2);
    expect(deliveries(client)).toEqual(["failed"]);
    client.retry("m1");
    expect(deliveries(client)).toEqual(["sending"]);
    expect(wire.uttered()).toHaveLength(4);
  });

  it("never repeats by itself what the desk refused", async () => {
    const client = online();
    client.send("раз");
    wire.uttered()[0]!.answer({ ok: false });
    await settle();
    expect(deliveries(client)).toEqual(["refused"]);
    wire.arrive("disconnect");
    wire.arrive("connect");
    wire.arrive("session_confirm", "s1");
    expect(wire.uttered()).toHaveLength(1);
  });

  it("finds unsent messages after a reload", () => {
    store.unsent = [{ clientMsgId: "old", text: "раз", payload: "b:1", at: 1 }];
    store.id = "s1";
    const client = online();
    expect(texts(client)).toEqual(["раз"]);
    expect(wire.uttered()[0]?.data).toMatchObject({ client_msg_id: "old", message: "b:1" });
  });
});

describe("words of the patient repeated by the desk", () => {
  it("appear in the other tabs and change nothing in this one", async () => {
    const client = online();
    client.send("раз");
    wire.arrive("patient_uttered", { text: "раз", seq: 1, author: "patient", client_msg_id: "m1" });
    wire.uttered()[0]!.answer({ ok: true, seq: 1 });
    await settle();
    wire.arrive("patient_uttered", { text: "из другой вкладки", seq: 2, author: "patient", client_msg_id: "z" });
    expect(texts(client)).toEqual(["раз", "из другой вкладки"]);
    expect(deliveries(client)).toEqual(["sent", "sent"]);
  });
});

describe("typing", () => {
  it("follows the desk and ends with an answer but not with a notice", () => {
    const client = online();
    wire.arrive("typing", { on: true });
    wire.arrive("bot_uttered", { text: "Секунду", author: "notice", seq: 1 });
    expect(client.state.typing).toBe(true);
    wire.arrive("bot_uttered", { text: "Нашла", seq: 2 });
    expect(client.state.typing).toBe(false);
    wire.arrive("typing", { on: true });
    wire.arrive("bot_uttered", { text: "Не вышло", author: "notice", kind: "failed", seq: 3 });
    expect(client.state.typing).toBe(false);
  });

  it("names the operator who is typing, until the answer", () => {
    const client = online();
    wire.arrive("typing", { on: true, by: "operator" });
    expect(client.state).toMatchObject({ typing: true, typist: "operator" });
    wire.arrive("bot_uttered", { text: "Добрый день", author: "operator", seq: 1 });
    wire.arrive("typing", { on: true });
    expect(client.state).toMatchObject({ typing: true, typist: "bot" });
  });

  it("what an operator said is told to have come, again after a break", () => {
    const client = online();
    const received = () => wire.sent.filter((sent) => sent.event === "received").map((sent) => sent.data);
    wire.arrive("bot_uttered", { text: "Когда вам удобно?", seq: 1 });
    expect(received()).toEqual([]);
    wire.arrive("bot_uttered", { text: "Добрый день", author: "operator", seq: 2 });
    wire.arrive("bot_uttered", { text: "Секунду", author: "notice", seq: 3 });
    expect(received()).toEqual([{ seq: 2 }]);
    wire.arrive("disconnect");
    wire.arrive("connect");
    wire.arrive("session_confirm", "s1");
    wire.arrive("history", { messages: [{ text: "Записала", author: "operator", seq: 4 }] });
    expect(received()).toEqual([{ seq: 2 }, { seq: 4 }]);
    expect(client.state.messages).toHaveLength(4);
  });

  it("is told to a person only, and now and then", () => {
    let now = 1_000_000;
    timers.now = () => now;
    const signals = () => wire.sent.filter((sent) => sent.event === "writing").length;
    const client = newClient();
    client.wrote();
    client.start();
    wire.arrive("connect");
    client.wrote();
    wire.arrive("session_confirm", "s1");
    client.wrote();
    wire.arrive("bot_uttered", { text: "Когда вам удобно?", seq: 1 });
    client.wrote();
    expect(signals()).toBe(0);
    wire.arrive("bot_uttered", { text: "Добрый день", author: "operator", seq: 2 });
    client.wrote();
    client.wrote();
    expect(signals()).toBe(1);
    now += 4_000;
    client.wrote();
    expect(signals()).toBe(2);
    wire.arrive("bot_uttered", { text: "Это снова я", seq: 3 });
    now += 4_000;
    client.wrote();
    expect(signals()).toBe(2);
  });

  it("ends by itself and with the connection", () => {
    const client = online();
    wire.arrive("typing", { on: true });
    timers.ring();
    expect(client.state.typing).toBe(false);
    wire.arrive("typing", { on: true });
    wire.arrive("disconnect");
    expect(client.state.typing).toBe(false);
  });
});

it("tells its listeners every state until they leave", () => {
  const client = newClient();
  const heard: string[] = [];
  const leave = client.subscribe((state) => heard.push(state.connection));
  client.start();
  wire.arrive("connect_error");
  leave();
  wire.arrive("connect");
  wire.arrive("session_confirm", "s1");
  expect(heard).toEqual(["idle", "connecting", "offline"]);
});

it("stop closes the connection and can be followed by a start", () => {
  const client = online();
  client.stop();
  expect(client.state.connection).toBe("idle");
  client.start();
  expect(wire.connects).toBe(2);
});

describe("pictures", () => {
  const photo = new Blob(["x"], { type: "image/jpeg" });

  it("are shown at once, sent with the session and numbered by the desk", async () => {
    const client = online();
    client.sendPicture(photo, "blob:1");
    expect(client.state.messages[0]).toMatchObject({ delivery: "sending", picture: { preview: "blob:1", id: null } });
    expect(pictures.uploads).toMatchObject([{ session: "s1", id: "m1" }]);
    pictures.uploads[0]!.answer({ state: "sent", seq: 4 });
    await settle();
    expect(client.state.messages[0]).toMatchObject({ delivery: "sent", seq: 4 });
    expect(wire.uttered()).toEqual([]);
  });

  it("wait for the connection and are sent again with the same id after a break", async () => {
    const client = newClient();
    client.sendPicture(photo, "blob:1");
    expect(pictures.uploads).toEqual([]);
    wire.arrive("connect");
    wire.arrive("session_confirm", "s1");
    wire.arrive("disconnect");
    wire.arrive("connect");
    wire.arrive("session_confirm", "s1");
    expect(pictures.uploads.map(({ id }) => id)).toEqual(["m1", "m1"]);
    pictures.uploads[0]!.answer({ state: "failed", problem: "" });
    await settle();
    expect(deliveries(client)).toEqual(["sending"]);
    pictures.uploads[1]!.answer({ state: "sent", seq: 1 });
    await settle();
    expect(deliveries(client)).toEqual(["sent"]);
  });

  it("that failed may be sent again, with the reason beside it until then", async () => {
    const client = online();
    client.sendPicture(photo, "blob:1");
    pictures.uploads[0]!.answer({ state: "failed", problem: "Подождите минуту" });
    await settle();
    expect(client.state.messages[0]).toMatchObject({ delivery: "failed", problem: "Подождите минуту" });
    client.retry("m1");
    expect(client.state.messages[0]).toMatchObject({ delivery: "sending", problem: undefined });
    expect(pictures.uploads).toHaveLength(2);
  });

  it("that were refused are not sent again by a reconnect", async () => {
    const client = online();
    client.sendPicture(photo, "blob:1");
    pictures.uploads[0]!.answer({ state: "refused", problem: "Файл повреждён" });
    await settle();
    wire.arrive("disconnect");
    wire.arrive("connect");
    wire.arrive("session_confirm", "s1");
    expect(pictures.uploads).toHaveLength(1);
    expect(client.state.messages[0]).toMatchObject({ delivery: "refused", problem: "Файл повреждён" });
  });

  it("never hold words up, and are never written into the browser's store", () => {
    const client = online();
    client.sendPicture(photo, "blob:1");
    client.send("болит в груди");
    expect(wire.uttered().map(({ data }) => data.message)).toEqual(["болит в груди"]);
    expect(store.unsent.map(({ text }) => text)).toEqual(["болит в груди"]);
  });

  it("come back with the history, and the own one is shown once", async () => {
    const client = online();
    client.sendPicture(photo, "blob:1");
    const stored = { seq: 1, author: "patient", text: "[фото]", picture: { id: "p1", width: 4, height: 3 } };
    wire.arrive("patient_uttered", { ...stored, client_msg_id: "m1" });
    pictures.uploads[0]!.answer({ state: "sent", seq: 1 });
    await settle();
    wire.arrive("patient_uttered", { ...stored, seq: 2, client_msg_id: "another tab's" });
    expect(client.state.messages.map(({ seq, text, picture }) => [seq, text, picture?.preview, picture?.id])).toEqual([
      [1, "", "blob:1", null],
      [2, "", undefined, "p1"],
    ]);
    expect(await (await client.loadPicture("p1")).text()).toBe("s1 p1");
  });
});
