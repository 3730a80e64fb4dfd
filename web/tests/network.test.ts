import { expect, it } from "vitest";

import { branchesHtml, countsHtml, hoursRows } from "../site/network";

it.each([
  [{ weekdays: "08:00-20:00", saturday: "09:00-16:00", sunday: null }, [["пн–пт", "08:00–20:00"], ["сб", "09:00–16:00"], ["вс", "выходной"]]],
  [{ weekdays: "08:00-20:00", saturday: "08:00-20:00", sunday: "08:00-20:00" }, [["ежедневно", "08:00–20:00"]]],
  [{ weekdays: "08:00-20:00", saturday: "08:00-20:00", sunday: null }, [["пн–сб", "08:00–20:00"], ["вс", "выходной"]]],
  [{ weekdays: "08:00-20:00", saturday: null, sunday: null }, [["пн–пт", "08:00–20:00"], ["сб–вс", "выходной"]]],
])("hours %j", (hours, expected) => {
  expect(hoursRows(hours)).toEqual(expected);
});

it("branches stand under their region and carry no markup of the data", () => {
  const hours = { weekdays: "08:00-20:00", saturday: null, sunday: null };
  const html = branchesHtml({
    regions: { north: { name: "Север" }, south: { name: "Юг" } },
    branches: {
      a: { name: "<b>А</b>", region: "south", city: "Юга", address: 'ул. "Я"', phone: "1", hours },
    },
  });
  expect(html.indexOf("Юг</h3>")).toBeLessThan(html.indexOf("&lt;b&gt;А"));
  expect(html).not.toContain("<b>");
  expect(html).toContain("Юга, ул. &quot;Я&quot;");
});

it("counts what the catalogue has", () => {
  const hours = { weekdays: null, saturday: null, sunday: null };
  const branch = { name: "А", region: "a", city: "А", address: "А", phone: "1", hours };
  const specialties = Object.fromEntries([...Array(46).keys()].map((nth) => [nth, { title: "Врач" }]));
  expect(countsHtml({ regions: { a: { name: "А" } }, branches: { a: branch, b: branch } }, { specialties })).toBe(
    "2&nbsp;клиники · 1&nbsp;регион · 46&nbsp;специальностей",
  );
});
