/** Which figures stand on the page, in their order, with the targets of the clinic. */
import type { Behind } from "../api/types";

/** A bound that is kept from above or from below. */
export interface Target {
  least?: number;
  most?: number;
}

type ShareKey = Exclude<Behind, "in_queue" | "topic">;

export const SHARES: { key: ShareKey; target?: Target }[] = [
  { key: "service_level", target: { least: 0.9 } },
  { key: "abandonment", target: { most: 0.025 } },
  { key: "reply_time" },
  { key: "promises_kept" },
  { key: "done_by_bot" },
];

export const TIMES: { key: "speed_of_answer" | "handling_time" | "open_to_close"; target?: Target }[] = [
  { key: "speed_of_answer" },
  { key: "handling_time", target: { most: 180 } },
  { key: "open_to_close" },
];

/** Nothing measured misses no target. */
export function onTarget(value: number | null, target?: Target): boolean {
  if (value === null || !target) return true;
  return value >= (target.least ?? -Infinity) && value <= (target.most ?? Infinity);
}
