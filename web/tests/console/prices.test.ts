/** Prices and preparation beside a conversation: what is looked for, shown and put into the answer. */
import type { Component } from "svelte";
import { render } from "svelte/server";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { Api } from "../../src/console/api/client";
import type { BranchPrice, Choice, Me, ServiceFacts as Facts } from "../../src/console/api/types";
import PricesPanel from "../../src/console/parts/PricesPanel.svelte";
import ServiceFacts from "../../src/console/parts/ServiceFacts.svelte";
import { Desk } from "../../src/console/state/desk.svelte";
import { PriceDesk } from "../../src/console/state/prices.svelte";
import { MemoryStore, own, refused, row, settled } from "./build";

const branch = (values: Partial<BranchPrice> = {}): BranchPrice => ({
  branch_id: "b1",
  branch: "Ленинский",
  region: "Москва",
  asked: true,
  told: "price",
  price: "1800.00",
  old: false,
  ...values,
});

const facts = (values: Partial<Facts> = {}): Facts => ({
  id: "us_heart",
  name: "УЗИ сердца",
  prices: { day: "2026-11-22", low: "1800.00", high: "1800.00", minutes: [20, 30], branches: [branch()] },
  preparation: { state: "rules", title: "УЗИ сердца", rules: ["Отдохните"], bring: ["снимки"] },
  price_words: "Подскажу по цене: от 1 800 ₽.",
  preparation_words: "Отдохните.",
  ...values,
});

const body = <Props extends Record<string, unknown>>(component: Component<Props>, props: Props) =>
  render(component as Component, { props })
    .body.replace(/<!--.*?-->/g, "")
    .replace(/\s+/g, " ");

const two: Choice[] = [
  { id: "us_heart", name: "УЗИ сердца" },
  { id: "us_vessels", name: "УЗИ сосудов" },
];

describe("looking for a service", () => {
  it("opens the only one at once, and one of several when it is chosen", async () => {
    const api = { services: vi.fn().mockResolvedValue(two.slice(0, 1)), service: vi.fn().mockResolvedValue(facts()) };
    const prices = new PriceDesk(api);
    await prices.find("  ", {});
    expect(api.services).not.toHaveBeenCalled();
    await prices.find(" узи сердца ", { branch: "b1" });
    expect(api.services).toHaveBeenCalledWith("узи сердца");
    expect(api.service).toHaveBeenCalledWith("us_heart", { branch: "b1" });
    expect(prices.facts?.name).toBe("УЗИ сердца");
    api.services.mockResolvedValue(two);
    await prices.find("узи", {});
    expect([prices.found?.length, prices.chosen, prices.facts]).toEqual([2, "", null]);
    await prices.toggle("us_heart", {});
    await prices.move({ branch: "b2" });
    expect(api.service).toHaveBeenLastCalledWith("us_heart", { branch: "b2" });
    await prices.toggle("us_heart", {});
    expect([prices.chosen, prices.facts]).toEqual(["", null]);
  });

  it("an answer to what is no longer asked is dropped", async () => {
    let late: (facts: Facts) => void = () => {};
    const service = vi
      .fn()
      .mockReturnValueOnce(new Promise<Facts>((resolve) => (late = resolve)))
      .mockResolvedValue(facts({ id: "us_vessels", name: "УЗИ сосудов" }));
    const prices = new PriceDesk({ services: vi.fn(), service });
    const first = prices.open("us_heart", {});
    await prices.open("us_vessels", {});
    late(facts());
    await first;
    await settled();
    expect([prices.chosen, prices.facts?.name, prices.busy]).toEqual(["us_vessels", "УЗИ сосудов", false]);
  });

  it("a refusal is told and can be tried again", async () => {
    const services = vi.fn().mockRejectedValueOnce(refused("no_clinic", 503)).mockResolvedValue([]);
    const prices = new PriceDesk({ services, service: vi.fn() });
    await prices.find("узи", {});
    expect([prices.problem, prices.found, prices.busy]).toEqual(["нельзя", null, false]);
    await prices.find("узи", {});
    expect([prices.problem, prices.found]).toEqual(["", []]);
  });
});

describe("what is told of a service", () => {
  it("price, length, preparation, and buttons for who answers the patient", () => {
    const drawn = body(ServiceFacts, { facts: facts(), oninsert: () => {} });
    for (const words of ["от 1 800 ₽", "20–30 мин", "Отдохните", "Взять с собой: снимки", "Вставить цену"]) {
      expect(drawn.replaceAll("\u00a0", " ")).toContain(words);
    }
    expect(body(ServiceFacts, { facts: facts() })).not.toContain("Вставить");
  });

  it("an unknown price is never a number and cannot be sent", () => {
    const unknown = facts({
      prices: {
        day: "2026-11-22",
        low: null,
        high: null,
        minutes: null,
        branches: [
          branch({ told: "unknown", price: null }),
          branch({ branch_id: "b2", branch: "Сокол", asked: false, told: "absent", price: null }),
          branch({ branch_id: "b3", branch: "Химки", asked: false, told: "silent", price: null }),
        ],
      },
      price_words: null,
    });
    const drawn = body(ServiceFacts, { facts: unknown, oninsert: () => {} });
    for (const words of ["цена неизвестна", "здесь не делают", "филиал не ответил"]) expect(drawn).toContain(words);
    expect(drawn).not.toContain("Вставить цену");
    expect(drawn).not.toContain("₽");
    expect(drawn).toContain("Вставить подготовку");
  });

  it("silence of the medical system is told apart from an unknown price", () => {
    const preparation = { state: "silent" as const, title: "", rules: [], bring: [] };
    const silent = facts({ prices: null, preparation, price_words: null, preparation_words: null });
    const drawn = body(ServiceFacts, { facts: silent, oninsert: () => {} });
    expect(drawn).toContain("Медицинская система не ответила");
    expect(drawn).toContain("Справочник не ответил");
    expect(drawn).not.toContain("<button");
  });

  it("a branch that has long been silent is named", () => {
    const prices = { ...facts().prices!, branches: [branch({ old: true })] };
    expect(body(ServiceFacts, { facts: facts({ prices }) })).toContain("Давно не отвечают: Ленинский");
  });
});

describe("the panel", () => {
  let desk: Desk;
  beforeEach(() => {
    vi.stubGlobal("localStorage", new MemoryStore());
    vi.stubGlobal("sessionStorage", new MemoryStore());
    const account = { id: 7, login: "anna", name: "Анна", role: "operator", skills: [], cap: 4, disabled: false };
    desk = new Desk(new Api(), { account, state: "online", csrf: "token" } as Me, () => {});
    desk.reference.choices = {
      specialties: [{ id: "ent", name: "ЛОР" }],
      services: two,
      branches: [{ id: "b1", name: "Ленинский" }],
    };
    desk.thread.id = "a1b2";
    desk.thread.briefing = {
      slots: { booking__what: { kind: "specialty", ids: ["ent"] }, booking__place: { kind: "branch", id: "b1" } },
    } as never;
  });

  const opened = () => {
    const prices = new PriceDesk(desk.api);
    prices.found = two;
    prices.chosen = "us_heart";
    prices.facts = facts();
    return body(PricesPanel as Component<never>, { desk, prices } as never);
  };

  it("begins with what was spoken of", () => {
    desk.thread.row = own();
    const drawn = opened();
    expect(drawn).toMatch(/<input[^>]*value="ЛОР"/);
    expect(drawn).toMatch(/<option value="b1" selected/);
    expect(drawn).toMatch(/aria-expanded="true"[^>]*>УЗИ сердца/);
    expect(drawn).toContain("Вставить цену");
  });

  it("only who answers the patient in a chat may put words into the answer", () => {
    desk.thread.row = row();
    expect(opened()).not.toContain("Вставить");
    desk.thread.row = own({ channel: "request" });
    expect(opened()).not.toContain("Вставить");
  });

  it("lines stay lines when they join a draft", () => {
    desk.insert("Здравствуйте!");
    desk.insert("Подскажу по цене.");
    desk.insert("Как подготовиться:\n— Отдохните");
    expect(desk.drafts.of("a1b2")).toBe("Здравствуйте! Подскажу по цене.\nКак подготовиться:\n— Отдохните");
  });
});
