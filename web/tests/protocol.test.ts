import { describe, expect, it } from "vitest";

import {
  decodeBotUttered,
  decodeHistory,
  decodeReceipt,
  decodeSession,
  decodeTyping,
  decodeTypist,
  timestamp,
} from "../src/widget/protocol";

const NOW = Date.UTC(2026, 10, 22, 9, 0);

describe("decodeBotUttered", () => {
  it("reads what a plain Rasa channel sends", () => {
    const replies = [{ content_type: "text", title: "Да", payload: "b:1" }];
    expect(decodeBotUttered({ text: "Привет", quick_replies: replies }, NOW)).toEqual({
      seq: null,
      author: "bot",
      text: "Привет",
      replies: [{ title: "Да", payload: "b:1" }],
      at: NOW,
      clientMsgId: null,
      pending: false,
    });
  });

  it("reads the additional fields of the desk", () => {
    const message = decodeBotUttered({ text: "Секунду", seq: 7, ts: "2026-11-22T08:00:00Z", author: "notice" }, NOW);
    expect(message).toMatchObject({ seq: 7, author: "notice", at: Date.UTC(2026, 10, 22, 8, 0) });
  });

  it.each([[null], ["text"], [[]], [{}], [{ text: "   " }], [{ text: 5 }]])("has nothing to show for %j", (data) => {
    expect(decodeBotUttered(data, NOW)).toBeNull();
  });

  it.each([
    [{ text: "a", quick_replies: "no" }],
    [{ text: "a", quick_replies: [null, 1, {}, { title: " " }] }],
  ])("drops unreadable replies of %j", (data) => {
    expect(decodeBotUttered(data, NOW)?.replies).toEqual([]);
  });

  it.each([
    [{ author: "notice" }, true],
    [{ author: "notice", kind: "wait" }, true],
    [{ author: "notice", kind: "failed" }, false],
    [{ author: "bot", kind: "wait" }, false],
  ])("%j is followed by more: %j", (extra, expected) => {
    expect(decodeBotUttered({ text: "a", ...extra }, NOW)?.pending).toBe(expected);
  });

  it.each([[-1], [1.5], ["3"], [NaN]])("does not believe the number %j", (seq) => {
    expect(decodeBotUttered({ text: "a", seq }, NOW)?.seq).toBeNull();
  });
});

describe("decodeHistory", () => {
  const stored = [
    { seq: 1, author: "patient", text: "да", client_msg_id: "x" },
    null,
    { seq: 2, author: "bot", text: "Когда?", buttons: [{ title: "Завтра", payload: "b:1" }] },
  ];

  it("takes a list or an object with messages, without unreadable entries", () => {
    expect(decodeHistory(stored, NOW)).toHaveLength(2);
    expect(decodeHistory({ messages: stored }, NOW)).toEqual(decodeHistory(stored, NOW));
    expect(decodeHistory(stored, NOW)[0]).toMatchObject({ author: "patient", clientMsgId: "x" });
    expect(decodeHistory(stored, NOW)[1]?.replies).toEqual([{ title: "Завтра", payload: "b:1" }]);
  });

  it("takes an author it does not know for the patient, never for the clinic", () => {
    expect(decodeHistory([{ author: "user", text: "да" }], NOW)[0]?.author).toBe("patient");
  });

  it.each([[null], ["x"], [{}], [{ messages: 1 }]])("is empty for %j", (data) => {
    expect(decodeHistory(data, NOW)).toEqual([]);
  });
});

it.each([
  ["2026-11-22T09:00:00+00:00", NOW],
  [NOW / 1000, NOW],
  [NOW, NOW],
  ["вчера", 1],
  [undefined, 1],
  [Infinity, 1],
])("timestamp of %j is %d", (value, expected) => {
  expect(timestamp(value, 1)).toBe(expected);
});

it.each([
  ["abc", "abc"],
  [{ session_id: "abc" }, "abc"],
  ["", null],
  [null, null],
  [5, null],
])("session of %j is %j", (value, expected) => {
  expect(decodeSession(value)).toBe(expected);
});

it.each([
  [undefined, { accepted: true, seq: null }],
  [{ ok: true, seq: 4 }, { accepted: true, seq: 4 }],
  [{ ok: false }, { accepted: false, seq: null }],
  [{ error: "too_long" }, { accepted: false, seq: null }],
])("receipt of %j is %j", (value, expected) => {
  expect(decodeReceipt(value)).toEqual(expected);
});

it("Мария types unless an operator is named", () => {
  const said = [{ on: true }, { on: true, by: "operator" }, { on: true, by: "x" }, null];
  expect(said.map(decodeTypist)).toEqual(["bot", "operator", "bot", "bot"]);
});

it("typing is on only when said so", () => {
  expect([{ on: true }, { on: false }, {}, null, true].map(decodeTyping)).toEqual([true, false, false, false, false]);
});
