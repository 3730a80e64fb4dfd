import { expect, it } from "vitest";

import { clock, dayTitle, sameDay } from "../src/widget/calendar";

const MOSCOW = "Europe/Moscow";
const NOW = Date.parse("2026-11-22T09:00:00+03:00");

it.each([
  ["2026-11-22T00:10:00+03:00", "Сегодня"],
  ["2026-11-21T23:50:00+03:00", "Вчера"],
  ["2026-11-20T12:00:00+03:00", "20 ноября"],
  ["2025-12-31T12:00:00+03:00", "31 декабря 2025 г."],
])("the day of %s is «%s»", (at, expected) => {
  expect(dayTitle(Date.parse(at), NOW, MOSCOW)).toBe(expected);
});

it("days change at midnight of the reader", () => {
  const [before, after] = [Date.parse("2026-11-21T23:59:00+03:00"), Date.parse("2026-11-22T00:01:00+03:00")];
  expect(sameDay(before, after, MOSCOW)).toBe(false);
  expect(sameDay(before, after, "UTC")).toBe(true);
});

it("time has two digits", () => {
  expect(clock(Date.parse("2026-11-22T09:05:00+03:00"), MOSCOW)).toBe("09:05");
});
