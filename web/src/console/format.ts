/** Times, lengths and numbers as Russian readers expect them. Pure: "now" and the zone are arguments. */
const MINUTE = 60;
const HOUR = 3600;

/** «45 с», «3 мин», «1 ч 05 мин», «2 дн»: how long something lasts. */
export function lasts(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} с`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} мин`;
  if (whole < 24 * HOUR) {
    return `${Math.floor(whole / HOUR)} ч ${String(Math.floor((whole % HOUR) / MINUTE)).padStart(2, "0")} мин`;
  }
  return `${Math.floor(whole / (24 * HOUR))} дн`;
}

/** «0:45», «12:05», «1:02:03»: for measured times and countdowns. */
export function stopwatch(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / HOUR), Math.floor((whole % HOUR) / MINUTE), whole % MINUTE];
  const two = (value: number) => String(value).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** «93,4 %»; null is «—». */
export function percent(value: number | null): string {
  if (value === null) return "—";
  return `${(value * 100).toLocaleString("ru-RU", { maximumFractionDigits: 1 })} %`;
}

/** «09:05» on the reader's clock. */
export function clock(iso: string, zone?: string): string {
  return new Date(iso).toLocaleTimeString("ru-RU", { hour: "2-digit", minute: "2-digit", timeZone: zone });
}

/** «09:05» today, «21 ноября, 09:05» on another day. */
export function moment(iso: string, now: number, zone?: string): string {
  const day = (at: number) => new Date(at).toLocaleDateString("ru-RU", { timeZone: zone });
  const at = Date.parse(iso);
  if (day(at) === day(now)) return clock(iso, zone);
  const date = new Date(at).toLocaleDateString("ru-RU", { day: "numeric", month: "long", timeZone: zone });
  return `${date}, ${clock(iso, zone)}`;
}

/** The wall clock written in the text itself, whatever zone it names: visits are told in the branch's time. */
function wall(iso: string): Date {
  return new Date(`${iso.slice(0, 16)}:00Z`);
}

/** «пн, 23 ноября» by the clock of the place. */
export function wallDay(iso: string): string {
  return wall(iso).toLocaleDateString("ru-RU", { weekday: "short", day: "numeric", month: "long", timeZone: "UTC" });
}

/** «10:30» by the clock of the place. */
export function wallTime(iso: string): string {
  return wall(iso).toLocaleTimeString("ru-RU", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
}

/** «2026-11-23» on the reader's calendar, `days` from now: the value of a date field. */
export function dateField(now: number, days = 0): string {
  const at = new Date(now);
  const local = new Date(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate() + days));
  return local.toISOString().slice(0, 10);
}

/** «12.03.1985» of «1985-03-12»; anything else as it is. */
export function date(text: string): string {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return found ? `${found[3]}.${found[2]}.${found[1]}` : text;
}

/** «2 500» of «2500.00». */
export function money(amount: string): string {
  return Number(amount).toLocaleString("ru-RU", { maximumFractionDigits: 2 });
}

/** «1,5» of 1.5. */
export function number(value: number): string {
  return value.toLocaleString("ru-RU", { maximumFractionDigits: 1 });
}

/** «Доброе утро», «Добрый день» or «Добрый вечер» for the hour of the reader. */
export function greeting(hour: number): string {
  if (hour >= 5 && hour < 12) return "Доброе утро";
  return hour >= 12 && hour < 18 ? "Добрый день" : "Добрый вечер";
}
