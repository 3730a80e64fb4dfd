/** What things are called for people. */
import type { Row } from "./api/types";
import { TEXTS } from "./texts";

/** The topic in words; a topic without a name is told by the reason for the call. */
export function topicName(topic: string, reason: string, title: (id: string) => string | undefined): string {
  return title(topic) ?? TEXTS.reasons[topic] ?? TEXTS.reasons[reason] ?? TEXTS.noTopic;
}

export const reasonName = (reason: string): string => TEXTS.reasons[reason] ?? TEXTS.noTopic;
export const channelName = (channel: string): string => TEXTS.channels[channel] ?? channel;
/** Enough of the id to tell conversations apart when people talk about them. */
export const shortId = (row: Pick<Row, "id">): string => `#${row.id.slice(0, 4)}`;
/** Whether the patient reads what is written; who sent the form of the site is called instead. */
export const inChat = (row: Pick<Row, "channel">): boolean => row.channel !== "request";
