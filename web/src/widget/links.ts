/** Splits message text into plain text and safe links. The caller puts both on the page as nodes, never as HTML. */

export type Segment =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "calendar"; href: string };

const CANDIDATE = /https?:\/\/[^\s<>"«»]+|(?<![\w/])\/visits\/[A-Za-z0-9._~-]+\.ics(?![\w])/gi;
const TRAILING = /[.,;:!?…'’]+$/;
const CALENDAR_PATH = /^\/visits\/[A-Za-z0-9._~-]+\.ics$/;
const LONGEST_SHOWN = 60;

/**
 * `origin` is the desk's own address: relative calendar links are resolved against it.
 * Only http and https addresses become links; all else stays text.
 */
export function segments(text: string, origin: string): Segment[] {
  const result: Segment[] = [];
  let done = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const candidate = withoutTail(match[0]);
    const segment = link(candidate, origin);
    if (!segment) continue;
    if (match.index > done) result.push({ kind: "text", text: text.slice(done, match.index) });
    result.push(segment);
    done = match.index + candidate.length;
  }
  if (done < text.length) result.push({ kind: "text", text: text.slice(done) });
  return result;
}

function withoutTail(candidate: string): string {
  let address = candidate.replace(TRAILING, "");
  while (address.endsWith(")") && count(address, ")") > count(address, "(")) {
    address = address.slice(0, -1).replace(TRAILING, "");
  }
  return address;
}

function count(text: string, letter: string): number {
  return text.split(letter).length - 1;
}

function link(candidate: string, origin: string): Segment | null {
  let url: URL;
  try {
    url = new URL(candidate, origin);
  } catch {
    return null;
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  if (url.username !== "" || url.password !== "") return null;
  if (url.origin === new URL(origin).origin && CALENDAR_PATH.test(url.pathname)) {
    return { kind: "calendar", href: url.href };
  }
  const shown = candidate.length > LONGEST_SHOWN ? `${candidate.slice(0, LONGEST_SHOWN - 1)}…` : candidate;
  return { kind: "link", text: shown, href: url.href };
}
