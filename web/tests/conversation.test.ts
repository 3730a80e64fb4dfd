import { describe, expect, it } from "vitest";

import {
  acknowledge,
  activeKey,
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

describe("activeKey", () => {
  it("is the newest message with replies", () => {
    const messages = [bot(1, "a", ["да"]), bot(2, "b", ["нет"])].reduce(receive, [] as Messages);
    expect(activeKey(messages)).toBe("seq-2");
  });

  it("stays when a notice or a text without replies follows", () => {
    const messages = receive(receive([], bot(1, "a", ["да"])), { ...bot(2, "b"), author: "notice" });
    expect(activeKey(messages)).toBe("seq-1");
  });

  it("is none once the patient has answered, even before the desk knows", () => {
    expect(activeKey(own(receive([], bot(1, "a", ["да"])), "да"))).toBeNull();
  });
});

it("chosenTitles remembers only a choice that answers the very message", () => {
  const history = [bot(1, "a", ["да", "нет"]), patient(2, "нет"), bot(3, "b", ["да"]), patient(4, "не знаю"), patient(5, "да")];
  expect([...chosenTitles(mergeHistory([], history))]).toEqual([["seq-1", "нет"]]);
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
