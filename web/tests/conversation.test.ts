import { describe, expect, it } from "vitest";

import {
  acknowledge,
  activeKeys,
  addOwn,
  chosenTitles,
  lastSeq,
  mergeHistory,
  receive,
  setDelivery,
  waiting,
  type Messages,
} from "../src/widget/conversation";
import type { StoredMessage } from "../src/widget/protocol";

const bot = (seq: number | null, text: string, titles: string[] = []): StoredMessage => ({
  seq,
  author: "bot",
  text,
  replies: titles.map((title) => ({ title, payload: `b:${title}` })),
  at: 1000,
  clientMsgId: null,
  pending: false,
});
const notice = (seq: number | null, text: string, titles: string[] = []): StoredMessage => ({
  ...bot(seq, text, titles),
  author: "notice",
});
const patient = (seq: number, text: string, clientMsgId: string | null = null): StoredMessage => ({
  ...bot(seq, text),
  author: "patient",
  clientMsgId,
});
const own = (messages: Messages, clientMsgId: string, text = clientMsgId) =>
  addOwn(messages, { clientMsgId, text, payload: null, at: 1000 });
const texts = (messages: Messages) => messages.map((message) => message.text);

describe("receive", () => {
  it("ignores a number that is already shown", () => {
    const once = receive([], bot(1, "a"));
    expect(receive(once, bot(1, "a"))).toBe(once);
  });

  it("keeps the order of numbers whatever the order of arrival", () => {
    const messages = [bot(3, "c"), bot(1, "a"), bot(2, "b")].reduce(receive, [] as Messages);
    expect(texts(messages)).toEqual(["a", "b", "c"]);
  });

  it("puts an answer after the message that has not been acknowledged yet", () => {
    expect(texts(receive(own([], "вопрос"), bot(2, "ответ")))).toEqual(["вопрос", "ответ"]);
  });

  it("gives every unnumbered message its own key", () => {
    const messages = [bot(null, "a"), bot(null, "a")].reduce(receive, [] as Messages);
    expect(new Set(messages.map((message) => message.key)).size).toBe(2);
  });
});

describe("acknowledge", () => {
  it("marks the message and keeps its place", () => {
    const messages = acknowledge(receive(own([], "раз"), bot(2, "ответ")), "раз", 1);
    expect(texts(messages)).toEqual(["раз", "ответ"]);
    expect(messages[0]).toMatchObject({ delivery: "sent", seq: 1, key: "раз" });
  });

  it("moves the message behind what the desk stored before it", () => {
    expect(texts(acknowledge(receive(own([], "два"), bot(1, "раз")), "два", 2))).toEqual(["раз", "два"]);
  });

  it("drops the copy that history brought under the same number", () => {
    const twice = [...own([], "да"), ...mergeHistory([], [patient(5, "да")])];
    const messages = acknowledge(twice, "да", 5);
    expect(texts(messages)).toEqual(["да"]);
    expect(messages[0]?.key).toBe("да");
  });

  it("works without a number and for an unknown id", () => {
    const messages = own([], "да");
    expect(acknowledge(messages, "да", null)[0]).toMatchObject({ delivery: "sent", seq: null });
    expect(acknowledge(messages, "нет", 1)).toBe(messages);
  });
});

describe("mergeHistory", () => {
  it("recognises own messages by their id", () => {
    const messages = mergeHistory(own([], "x", "привет"), [patient(1, "привет", "x"), bot(2, "Здравствуйте")]);
    expect(texts(messages)).toEqual(["привет", "Здравствуйте"]);
    expect(messages[0]).toMatchObject({ seq: 1, delivery: "sent", key: "x" });
  });

  it("recognises acknowledged messages by their text when the desk tells no id", () => {
    const sent = acknowledge(own([], "x", "привет"), "x", null);
    expect(texts(mergeHistory(sent, [patient(1, "привет")]))).toEqual(["привет"]);
  });

  it("does not take an unsent repetition for the stored message", () => {
    const messages = mergeHistory(own([], "x", "да"), [patient(1, "да"), bot(2, "Хорошо")]);
    expect(texts(messages)).toEqual(["да", "Хорошо", "да"]);
    expect(waiting(messages)).toHaveLength(1);
  });

  it("puts what was missed before what waits to be sent", () => {
    const shown = receive([], bot(1, "a"));
    const messages = mergeHistory(own(shown, "ждёт"), [bot(2, "b"), bot(3, "c")]);
    expect(texts(messages)).toEqual(["a", "b", "c", "ждёт"]);
  });

  it("changes nothing the second time", () => {
    const history = [patient(1, "да", "x"), bot(2, "Когда?")];
    const messages = mergeHistory([], history);
    expect(mergeHistory(messages, history)).toEqual(messages);
  });
});

describe("activeKeys", () => {
  const shown = (...stored: StoredMessage[]) => stored.reduce(receive, [] as Messages);
  const press = (messages: Messages, title: string) =>
    addOwn(messages, { clientMsgId: "tap", text: title, payload: `b:${title}`, at: 1000 });
  const active = (messages: Messages) => [...activeKeys(messages)];

  it("has the newest question only", () => {
    expect(active(shown(bot(1, "a", ["да"]), bot(2, "b", ["нет"])))).toEqual(["seq-2"]);
  });

  it("keeps the question when words without replies follow", () => {
    expect(active(shown(bot(1, "a", ["да"]), notice(2, "b"), bot(3, "c")))).toEqual(["seq-1"]);
  });

  it("is empty once a reply was pressed, even before the desk knows", () => {
    expect(active(press(shown(bot(1, "a", ["да", "нет"])), "да"))).toEqual([]);
  });

  it("keeps the question open while the patient asks something else", () => {
    const asked = receive(own(shown(bot(1, "a", ["10:30"])), "сколько стоит"), bot(3, "1 800 ₽"));
    expect(active(asked)).toEqual(["seq-1"]);
    expect(active(press(asked, "10:30"))).toEqual([]);
  });

  it("is empty when the patient typed the very words of a reply", () => {
    expect(active(own(shown(bot(1, "a", ["да"])), "да"))).toEqual([]);
  });

  it("lets a notice stand beside the question until the bot speaks again", () => {
    const messages = shown(bot(1, "a", ["да"]), notice(2, "Не вышло", ["Повторить"]));
    expect(active(messages)).toEqual(["seq-2", "seq-1"]);
    expect(active(press(messages, "Повторить"))).toEqual(["seq-1"]);
    expect(active(receive(messages, bot(3, "Нашла")))).toEqual(["seq-1"]);
  });
});

describe("chosenTitles", () => {
  it("remembers only a choice that answers the very message", () => {
    const history = [bot(1, "a", ["да", "нет"]), patient(2, "нет"), bot(3, "b", ["1"]), patient(4, "да")];
    expect([...chosenTitles(mergeHistory([], history))]).toEqual([["seq-1", "нет"]]);
  });
});

it("the same notice outside the history is shown once in a row", () => {
  const once = receive([], notice(null, "Подождите"));
  expect(receive(once, notice(null, "Подождите"))).toBe(once);
  expect(receive(receive(once, bot(1, "a")), notice(null, "Подождите"))).toHaveLength(3);
});

it("lastSeq counts what the desk sent, not what it acknowledged", () => {
  const messages = acknowledge(own(receive([], bot(4, "a")), "x"), "x", 6);
  expect(lastSeq(messages)).toBe(4);
  expect(lastSeq([])).toBeNull();
});

it("waiting leaves out refused and sent messages", () => {
  let messages = own(own(own([], "1"), "2"), "3");
  messages = setDelivery(setDelivery(messages, "1", "failed"), "2", "refused");
  expect(waiting(messages).map((message) => message.clientMsgId)).toEqual(["1", "3"]);
});
