/** Words for days and times of messages, in the reader's own time zone unless another is given. */

function dayKey(at: number, timeZone?: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

export function sameDay(first: number, second: number, timeZone?: string): boolean {
  return dayKey(first, timeZone) === dayKey(second, timeZone);
}

/** «Сегодня», «Вчера», «20 ноября», and with the year when it is another one. */
export function dayTitle(at: number, now: number, timeZone?: string): string {
  const day = dayKey(at, timeZone);
  const today = dayKey(now, timeZone);
  if (day === today) return "Сегодня";
  const daysApart = Math.round((Date.parse(today) - Date.parse(day)) / 86_400_000);
  if (daysApart === 1) return "Вчера";
  const year = day.slice(0, 4) === today.slice(0, 4) ? undefined : "numeric";
  return new Intl.DateTimeFormat("ru-RU", { timeZone, day: "numeric", month: "long", year }).format(at);
}

/** «09:05». */
export function clock(at: number, timeZone?: string): string {
  return new Intl.DateTimeFormat("ru-RU", { timeZone, hour: "2-digit", minute: "2-digit" }).format(at);
}
