import { describe, expect, it } from "vitest";

import { segments } from "../src/widget/links";

const DESK = "https://chat.clinic.example";
const hrefs = (text: string) => segments(text, DESK).flatMap((part) => (part.kind === "text" ? [] : [part.href]));
const shown = (text: string) =>
  segments(text, DESK)
    .map((part) => (part.kind === "calendar" ? "[ics]" : part.text))
    .join("");

describe("segments", () => {
  it.each([
    ["смотрите https://a.example/x.", ["https://a.example/x"]],
    ["(https://a.example/x)", ["https://a.example/x"]],
    ["https://a.example/w_(b)!", ["https://a.example/w_(b)"]],
    ["«https://a.example»", ["https://a.example/"]],
    ["http://a.example и https://b.example", ["http://a.example/", "https://b.example/"]],
    ["Файл: /visits/abc-1_2.ics.", [`${DESK}/visits/abc-1_2.ics`]],
    [`${DESK}/visits/abc.ics`, [`${DESK}/visits/abc.ics`]],
  ])("finds the links of %j", (text, expected) => {
    expect(hrefs(text)).toEqual(expected);
  });

  it.each([
    ["javascript:alert(1)"],
    ["data:text/html,<b>x</b>"],
    ["ftp://a.example"],
    ["//evil.example/x"],
    ["https://user:secret@evil.example/"],
    ["/visits/../admin.ics"],
    ["/visits/a/b.ics"],
    ["https:///"],
    ["обычный текст 10:30"],
    ["/visits/a.icsx"],
    [""],
  ])("leaves %j as text", (text) => {
    expect(hrefs(text)).toEqual([]);
    expect(shown(text)).toBe(text);
  });

  it("treats a calendar file of another site as an ordinary link", () => {
    expect(segments("https://evil.example/visits/abc.ics", DESK)[0]?.kind).toBe("link");
  });

  it("loses no character around the links", () => {
    expect(shown("до /visits/a.ics,\nпосле https://a.example.")).toBe("до [ics],\nпосле https://a.example.");
  });

  it("shortens only what is shown of a long address", () => {
    const address = `https://a.example/${"x".repeat(100)}`;
    expect(hrefs(address)).toEqual([address]);
    expect(shown(address)).toHaveLength(60);
  });
});
