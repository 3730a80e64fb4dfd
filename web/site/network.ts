/** Puts the branches and specialties of the network, as data/catalogue describes them, into the pages at build time. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";
import { parse } from "yaml";

export interface Hours {
  weekdays: string | null;
  saturday: string | null;
  sunday: string | null;
}

interface Branch {
  name: string;
  region: string;
  city: string;
  address: string;
  metro?: string[];
  phone: string;
  hours: Hours;
}

interface BranchFile {
  regions: Record<string, { name: string }>;
  branches: Record<string, Branch>;
}

interface SpecialtyFile {
  specialties: Record<string, { title: string }>;
}

/** Vite plugin; replaces `<!-- counts -->`, `<!-- branches -->` and `<!-- specialties -->` in the pages. */
export function networkPage(catalogue: string): Plugin {
  const branchesPath = join(catalogue, "branches.yml");
  const specialtiesPath = join(catalogue, "specialties.yml");
  return {
    name: "network-page",
    configureServer(server) {
      server.watcher.add([branchesPath, specialtiesPath]);
    },
    transformIndexHtml: {
      order: "pre",
      handler(html) {
        if (!html.includes("<!-- branches -->")) return html;
        const branches = readYaml<BranchFile>(branchesPath);
        const specialties = readYaml<SpecialtyFile>(specialtiesPath);
        return html
          .replace("<!-- counts -->", () => countsHtml(branches, specialties))
          .replace("<!-- branches -->", () => branchesHtml(branches))
          .replace("<!-- specialties -->", () => specialtiesHtml(specialties));
      },
    },
  };
}

function readYaml<T>(path: string): T {
  try {
    return parse(readFileSync(path, "utf-8")) as T;
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** «16 клиник · 4 региона · 45 специальностей», as many as there are. */
export function countsHtml({ regions, branches }: BranchFile, { specialties }: SpecialtyFile): string {
  return [
    counted(branches, "клиника", "клиники", "клиник"),
    counted(regions, "регион", "региона", "регионов"),
    counted(specialties, "специальность", "специальности", "специальностей"),
  ].join(" · ");
}

function counted(all: object, one: string, few: string, many: string): string {
  const count = Object.keys(all).length;
  const form = new Intl.PluralRules("ru").select(count);
  return `${count}&nbsp;${form === "one" ? one : form === "few" ? few : many}`;
}

export function branchesHtml({ regions, branches }: BranchFile): string {
  return Object.entries(regions)
    .map(([id, region]) => {
      const cards = Object.values(branches).filter((branch) => branch.region === id);
      return `<section class="region"><h3>${escape(region.name)}</h3><ul class="branches">${cards.map(card).join("")}</ul></section>`;
    })
    .join("\n");
}

function card(branch: Branch): string {
  const metro = branch.metro?.length ? `<p class="metro">${escape(branch.metro.join(", "))}</p>` : "";
  const rows = hoursRows(branch.hours)
    .map(([days, hours]) => `<div><dt>${days}</dt><dd>${escape(hours)}</dd></div>`)
    .join("");
  return `<li class="branch">
    <h4>${escape(branch.name)}</h4>
    <p>${escape(branch.city)}, ${escape(branch.address)}</p>${metro}
    <dl class="hours">${rows}</dl>
    <p class="phone">${escape(branch.phone)}</p>
    <button class="text-button" type="button" data-draft="Хочу записаться в филиал «${escape(branch.name)}», ${escape(branch.city)}: ">Записаться сюда</button>
  </li>`;
}

/** Opening hours with equal days joined: «пн–пт», «сб», «вс» or «сб–вс» or «ежедневно». */
export function hoursRows({ weekdays, saturday, sunday }: Hours): [string, string][] {
  const shown = (hours: string | null) => hours?.replace("-", "–") ?? "выходной";
  if (weekdays === saturday && saturday === sunday) return [["ежедневно", shown(weekdays)]];
  if (weekdays === saturday) return [["пн–сб", shown(weekdays)], ["вс", shown(sunday)]];
  if (saturday === sunday) return [["пн–пт", shown(weekdays)], ["сб–вс", shown(saturday)]];
  return [["пн–пт", shown(weekdays)], ["сб", shown(saturday)], ["вс", shown(sunday)]];
}

export function specialtiesHtml({ specialties }: SpecialtyFile): string {
  return Object.values(specialties)
    .map(({ title }) => `<li>${escape(title)}</li>`)
    .join("");
}

export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);
}
