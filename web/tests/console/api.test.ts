import { describe, expect, it, vi } from "vitest";

import { Api, ApiError } from "../../src/console/api/client";
import { SseParser, Stream, type Heard } from "../../src/console/api/stream";
import { Board } from "../../src/console/state/figures.svelte";
import { HandClock, lost, own, refused, row, settled } from "./build";

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
const ME = { account: { id: 7 }, state: "offline", csrf: "token" };

describe("the client", () => {
  it("sends the token of the session with every change, and never before a login", async () => {
    const fetcher = vi.fn().mockImplementation(async () => json(ME));
    const api = new Api(fetcher);
    await api.login("anna", "secret");
    await api.accept(own({ version: 3 }));
    const [first, second] = fetcher.mock.calls.map(([url, init]) => [
      url,
      init.headers["X-CSRF-Token"],
      JSON.parse(init.body),
    ]);
    expect(first).toEqual(["/api/login", undefined, { login: "anna", password: "secret" }]);
    expect(second).toEqual(["/api/conversations/a1b2/accept", "token", { version: 3 }]);
  });

  it("a refusal has the desk's words, a lost call is nobody's knowledge", async () => {
    const fetcher = vi
      .fn()
      .mockResolvedValueOnce(json({ error: "no_place", message: "Нет места" }, 409))
      .mockRejectedValueOnce(new TypeError());
    const api = new Api(fetcher);
    const first = await api.take(row()).catch((error: ApiError) => error);
    const second = await api.take(row()).catch((error: ApiError) => error);
    expect(first).toMatchObject({ status: 409, code: "no_place", message: "Нет места", passing: false });
    expect(second).toMatchObject({ status: 0, code: "offline", passing: true });
  });

  it("tells once that the session is over, but not for a wrong password", async () => {
    const onExpired = vi.fn();
    const answers = [
      json({ error: "wrong_password", message: "Нет" }, 401),
      json({ error: "not_logged_in", message: "Войдите" }, 401),
    ];
    const api = new Api(vi.fn().mockImplementation(async () => answers.shift()));
    api.onExpired = onExpired;
    await expect(api.login("anna", "x")).rejects.toMatchObject({ code: "wrong_password" });
    expect(onExpired).not.toHaveBeenCalled();
    await expect(api.beat()).rejects.toBeInstanceOf(ApiError);
    expect(onExpired).toHaveBeenCalledOnce();
  });

  it("learns the desk's clock", async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    const api = new Api(async () => new Response(null, { status: 204, headers: { date } }));
    await api.logout();
    expect(Math.abs(api.skew - 3_600_000)).toBeLessThan(2000);
  });
});

it("events are put together from any pieces; comments are nothing", () => {
  const text = ': beat\n\nevent: all\ndata: {"a":1}\n\nevent: gone\r\ndata: {"id":"x"}\r\n\r\n';
  const parser = new SseParser();
  const heard = [...text].flatMap((letter) => parser.push(letter));
  expect(heard).toEqual([
    { event: "all", data: '{"a":1}' },
    { event: "gone", data: '{"id":"x"}' },
  ]);
});

describe("the stream", () => {
  function stream() {
    const clockwork = new HandClock();
    const lines: string[] = [];
    const heard: Heard = {
      all: (rows) => lines.push(`all ${rows.length}`),
      conversation: (each) => lines.push(`conversation ${each.id}`),
      gone: (each) => lines.push(`gone ${each.id}`),
      people: () => lines.push("people"),
      writing: (id) => lines.push(`writing ${id}`),
      delivered: (id) => lines.push(`delivered ${id}`),
      connected: (yes) => lines.push(yes ? "connected" : "lost"),
      expired: () => lines.push("expired"),
    };
    const dials: { say: (event: string, data: unknown) => void; end: () => void; signal: AbortSignal }[] = [];
    let refuse: Error | null = null;
    const open = async (signal: AbortSignal) => {
      if (refuse) throw refuse;
      const encoder = new TextEncoder();
      return new ReadableStream<Uint8Array>({
        start(controller) {
          dials.push({
            signal,
            say: (event, data) =>
              controller.enqueue(encoder.encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)),
            end: () => controller.close(),
          });
          signal.addEventListener("abort", () => controller.error(new DOMException("aborted", "AbortError")));
        },
      });
    };
    return {
      clockwork,
      lines,
      dials,
      made: new Stream(open, heard, clockwork),
      refuse: (error: Error | null) => (refuse = error),
    };
  }

  it("hears who is writing and what has come", async () => {
    const { made, dials, lines } = stream();
    made.start();
    await settled();
    dials[0]!.say("writing", { id: "a1b2" });
    dials[0]!.say("delivered", { id: "c3d4" });
    await settled();
    expect(lines.slice(-2)).toEqual(["writing a1b2", "delivered c3d4"]);
    made.stop();
  });

  it("dials again after an end and begins with the list", async () => {
    const { made, clockwork, dials, lines } = stream();
    made.start();
    await settled();
    dials[0]?.say("all", { conversations: [row()] });
    await settled();
    dials[0]?.end();
    await settled();
    await clockwork.go(500);
    dials[1]?.say("all", { conversations: [row(), own({ id: "b" })] });
    await settled();
    expect(lines).toEqual(["connected", "all 1", "lost", "connected", "all 2"]);
    made.stop();
  });

  it("a silent connection is given up, a woken laptop does not wait for that", async () => {
    const { made, clockwork, dials, lines } = stream();
    made.start();
    await settled();
    dials[0]?.say("all", { conversations: [] });
    await settled();
    await clockwork.go(20_000);
    made.wake();
    await settled();
    expect([dials.length, dials[0]?.signal.aborted]).toEqual([2, true]);
    await clockwork.go(35_000);
    await clockwork.go(500);
    expect([dials.length, lines.at(-1)]).toEqual([3, "lost"]);
    made.stop();
  });

  it("waits longer after each failure and stops at the end of the session", async () => {
    const { made, clockwork, dials, lines, refuse } = stream();
    refuse(lost());
    made.start();
    await settled();
    await clockwork.go(499);
    expect(lines).toEqual(["lost"]);
    await clockwork.go(1);
    expect(lines).toEqual(["lost", "lost"]);
    await clockwork.go(999);
    expect(lines.length).toBe(2);
    refuse(refused("not_logged_in", 401));
    await clockwork.go(1);
    expect(lines).toEqual(["lost", "lost", "expired"]);
    await clockwork.go(60_000);
    expect([lines.length, dials.length]).toEqual([3, 0]);
  });

  it("nothing of an old connection is heard after the stop", async () => {
    const { made, dials, lines } = stream();
    made.start();
    await settled();
    made.stop();
    expect(dials[0]?.signal.aborted).toBe(true);
    await settled();
    expect(lines).toEqual([]);
  });
});

describe("the live page", () => {
  it("reads on every second, and slower while nobody answers", async () => {
    const clockwork = new HandClock();
    const figures = vi.fn().mockResolvedValue({ at: "x" });
    const board = new Board({ figures, behind: vi.fn() }, clockwork);
    await board.start();
    await clockwork.go(900);
    expect([figures.mock.calls.length, board.stale]).toEqual([2, false]);
    figures.mockRejectedValue(lost());
    await clockwork.go(900);
    await clockwork.go(1799);
    expect([figures.mock.calls.length, board.stale, board.figures]).toEqual([3, true, { at: "x" }]);
    board.stop();
    await clockwork.go(60_000);
    expect(figures).toHaveBeenCalledTimes(3);
  });

  it("shows the answer to the last question, the newest first", async () => {
    let first: (episodes: unknown[]) => void = () => {};
    const behind = vi
      .fn()
      .mockReturnValueOnce(new Promise((resolve) => (first = resolve)))
      .mockResolvedValue([{ conversation_id: "old" }, { conversation_id: "new" }]);
    const board = new Board({ figures: vi.fn(), behind } as never);
    const asked = board.ask({ figure: "abandonment", period: "today" });
    await board.ask({ figure: "topic", period: "today", topic: "book" });
    first([{ conversation_id: "late" }]);
    await asked;
    expect(board.episodes?.map((each) => each.conversation_id)).toEqual(["new", "old"]);
    expect(behind).toHaveBeenLastCalledWith("topic", "today", "book");
  });
});
