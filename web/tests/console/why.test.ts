/** Why the routing chose this person, as the window tells it. */
import type { Component } from "svelte";
import { render } from "svelte/server";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { Api } from "../../src/console/api/client";
import type { Candidate, Decision, Me, Role } from "../../src/console/api/types";
import Side from "../../src/console/parts/Side.svelte";
import WhyPanel from "../../src/console/parts/Why.svelte";
import { Desk } from "../../src/console/state/desk.svelte";
import { standings, Why } from "../../src/console/state/why.svelte";
import { at, MemoryStore, own, refused, row } from "./build";

const candidate = (operator_id: number, values: Partial<Candidate> = {}): Candidate => ({
  operator_id,
  fit: "fits",
  open: 1,
  cap: 4,
  load: 1,
  idle_seconds: 200,
  ...values,
});

const decision: Decision = {
  operator_id: 8,
  because: "least_busy",
  decided_at: at(0),
  candidates: [
    candidate(7, { fit: "full", open: 4, load: 3.5 }),
    candidate(9, { fit: "offline" }),
    candidate(10, { load: 2 }),
    candidate(11, { fit: "break" }),
    candidate(8, { fit: "chosen", load: 0.5, idle_seconds: null }),
  ],
};

const body = (component: unknown, props: object) =>
  render(component as Component, { props })
    .body.replace(/<!--.*?-->/g, "")
    .replace(/\s+/g, " ");

function desk(role: Role): Desk {
  const account = { id: 7, login: "anna", name: "Анна", role, skills: [], cap: 4, disabled: false };
  const made = new Desk(new Api(), { account, state: "online", csrf: "token" } as Me, () => {});
  made.lists.people = [{ id: 8, name: "Вера", role: "operator", state: "online" }];
  made.thread.id = "a1b2";
  return made;
}

beforeEach(() => {
  vi.stubGlobal("localStorage", new MemoryStore());
  vi.stubGlobal("sessionStorage", new MemoryStore());
});

it("puts the chosen one first, then the others by load; who was away is counted", () => {
  const { there, away } = standings(decision);
  expect(there.map((each) => each.operator_id)).toEqual([8, 10, 7]);
  expect(away).toBe(2);
});

describe("what is told", () => {
  it("names, load and why not", () => {
    const shown = desk("supervisor");
    const why = new Why(shown.api, "a1b2");
    why.decisions = [decision];
    const drawn = body(WhyPanel, { desk: shown, why });
    for (const words of [
      "Вера. Самая малая нагрузка",
      "занято 1 из 4, нагрузка 0,5, получает разговор",
      "сотрудник № 7",
      "занято 4 из 4, нагрузка 3,5, без новых 3 мин, нет места",
      "На перерыве или не на линии: 2",
    ]) {
      expect(drawn).toContain(words);
    }
    why.decisions = [];
    expect(body(WhyPanel, { desk: shown, why })).toContain("вручную");
  });

  it("it is read when it is opened, and a refusal is told", async () => {
    const decisions = vi.fn().mockRejectedValueOnce(refused()).mockResolvedValue([decision]);
    const why = new Why({ decisions }, "a1b2");
    expect(why.decisions).toBeNull();
    await why.read();
    expect([why.problem, why.decisions]).toEqual(["нельзя", null]);
    await why.read();
    expect([why.problem, why.decisions]).toEqual(["", [decision]]);
    expect(decisions).toHaveBeenCalledWith("a1b2");
  });

  it("for the supervisor and for who has the conversation", () => {
    const heading = "Почему этот сотрудник";
    const operator = desk("operator");
    operator.thread.row = own();
    expect(body(Side, { desk: operator })).toContain(heading);
    operator.thread.row = row();
    expect(body(Side, { desk: operator })).not.toContain(heading);
    const supervisor = desk("supervisor");
    supervisor.thread.row = row({ relation: "other", owner: "operator", operator_id: 9 });
    expect(body(Side, { desk: supervisor })).toContain(heading);
  });
});
