"""Short pieces of text from data/catalogue/dialogue.yml, joined by the grammar helpers of `lang`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from actions.booking.slots import Place, What, Whom
from lang import grammar
from lang.birth_dates import age
from lang.catalogue import BranchFacts, Catalogue
from lang.needs import Needs
from lang.preferences import Preferences
from lang.wish import Wish
from mis.port import Doctor

MOST_BUTTONS = 8
HELPLINES = ("crisis_adults", "crisis_children")


@dataclass(frozen=True)
class Words:
    """Russian labels. `labels` is the file's content, `public_url` where patients open links, `helplines`
    the numbers that the desk names too."""

    labels: dict[str, Any]
    catalogue: Catalogue
    public_url: str
    helplines: Mapping[str, str]

    @classmethod
    def load(cls, directory: Path, catalogue: Catalogue, public_url: str) -> Words:
        """Read dialogue.yml and the numbers of desk_texts.yml; raises `KeyError` for a missing label."""
        labels = yaml.safe_load((directory / "dialogue.yml").read_text(encoding="utf-8"))
        for name in (
            "reasons",
            "offer_line",
            "facts",
            "hours",
            "years",
            "minutes",
            "ordinals",
            "people",
            "who_comment",
        ):
            if name not in labels:
                raise KeyError(f"{directory / 'dialogue.yml'}: {name} is missing")
        desk_texts = yaml.safe_load((directory / "desk_texts.yml").read_text(encoding="utf-8"))
        helplines = {name: desk_texts["values"][name] for name in HELPLINES}
        return cls(labels, catalogue, public_url, helplines)

    # Numbers, days, people

    def day(self, value: date, today: date) -> str:
        return grammar.day(value, today)

    def minutes(self, count: int) -> str:
        return f"{count} {grammar.plural(count, tuple(self.labels['minutes']))}"

    def tries(self, count: int) -> str:
        return f"{count} {grammar.plural(count, tuple(self.labels['tries']))}"

    def years(self, count: int) -> str:
        return f"{count} {grammar.plural(count, tuple(self.labels['years']))}"

    def age(self, birth_date: date, today: date) -> str:
        """«5 лет», for babies «4 месяца»."""
        whole = age(birth_date, today)
        if whole > 0:
            return self.years(whole)
        months = (today.year - birth_date.year) * 12 + today.month - birth_date.month
        months -= today.day < birth_date.day
        return f"{months} {grammar.plural(months, tuple(self.labels['months']))}"

    def phone(self, e164: str) -> str:
        """+79123456789 → +7 912 345-67-89."""
        digits = e164.removeprefix("+7")
        return f"+7 {digits[:3]} {digits[3:6]}-{digits[6:8]}-{digits[8:]}"

    def price(self, value: Decimal | None) -> str:
        return "" if value is None else self.labels["price_part"].format(price=grammar.money(value))

    def reason(self, code: str) -> str:
        label = self.labels["reasons"].get(code)
        return self.labels["reason_part"].format(reason=label) if label else ""

    def doctor_button(self, doctor: Doctor) -> str:
        title = self.catalogue.specialties[doctor.specialty].title if doctor.specialty else ""
        return f"{grammar.doctor_name(doctor.name, case='nominative', short=True)}, {title}".strip(", ")

    def performer(self, doctor: Doctor, surname: bool = False) -> str:
        """«Иванова А. С.» or only the surname; a room by what it is: «кабинет МРТ»."""
        if doctor.room is not None:
            return self.room_name(doctor)
        return doctor.name.surname if surname else grammar.doctor_name(doctor.name, "nominative", short=True)

    def room_name(self, doctor: Doctor) -> str:
        """«кабинет МРТ»: the catalogue's word, whatever the MIS calls this one."""
        room = self.catalogue.rooms.get(doctor.room or "")
        return room.name if room else doctor.name.surname

    def preparation(self, title: str, rules: Iterable[str]) -> str:
        """How to prepare, as the last part of the message about a visit."""
        lines = "\n".join(f"— {rule}" for rule in rules)
        return str(self.labels["preparation_part"].format(title=title, rules=lines))

    def documents(self, child: bool) -> str:
        return str(self.labels["documents_child" if child else "documents"])

    # What, where, when

    def what(self, what: What | None) -> str:
        """«к терапевту», «на услугу: УЗИ почек»; empty when nothing is known."""
        if what is None or what.kind == "doctor":
            return ""
        if what.kind == "service":
            return str(self.labels["what"]["service"].format(name=self.service_names(what.ids)))
        name = self.catalogue.specialties[what.ids[0]].name
        return grammar.with_preposition("к", grammar.inflect(name, "dative"))

    def book_button(self, what: What) -> str:
        """«К терапевту»: a button that books what is wanted."""
        title = self.what(what)
        return title[:1].upper() + title[1:]

    @property
    def wait_button(self) -> dict[str, str]:
        return {"title": self.labels["wait_button"], "payload": "/join_waitlist"}

    def who(self, what: What) -> str:
        """The performer in the nominative, for «… здесь не принимает»."""
        if what.kind == "specialty":
            return self.catalogue.specialties[what.ids[0]].name
        return ""

    def service_names(self, service_ids: Iterable[str]) -> str:
        return ", ".join(self.catalogue.services[service].name for service in service_ids)

    def preferred(self, preferred: Preferences) -> str:
        """«врачей-женщин, врачей с учёной степенью»."""
        return ", ".join(self.labels["preferred"][code] for code in preferred.codes())

    def visit_comment(self, visit_kind: str | None) -> str:
        """What the clinic's staff read beside the visit; empty when nothing was said."""
        return str(self.labels["visit_comments"].get(visit_kind, "")) if visit_kind else ""

    def ages(self, needs: Needs) -> str:
        """«с 18 лет», «до 17 лет»: in the genitive, as the labels ask for."""
        parts = [
            self.labels[label].format(years=f"{limit} {grammar.plural(limit, self.labels['years_genitive'])}")
            for label, limit in (("from_age", needs.from_age), ("to_age", needs.to_age))
            if limit is not None
        ]
        return " ".join(parts)

    def wish(self, wish: Wish | None, today: date) -> str:
        """The wish said back, as the beginning of a sentence."""
        said = grammar.wish_phrase(wish, today) if wish else ""
        return said[:1].upper() + said[1:]

    def branch_names(self, branch_ids: Iterable[str]) -> str:
        return ", ".join(f"«{self.catalogue.branches[branch].name}»" for branch in branch_ids)

    def branch_buttons(self, branch_ids: Sequence[str]) -> list[dict[str, str]]:
        return [
            {
                "title": self.catalogue.branches[branch].name,
                "payload": f'/inform{{"place":"branch:{branch}"}}',
            }
            for branch in branch_ids[:MOST_BUTTONS]
        ]

    def region_names(self, region_ids: Iterable[str]) -> str:
        return ", ".join(self.catalogue.regions[region].name for region in region_ids)

    def region_buttons(self, region_ids: Sequence[str]) -> list[dict[str, str]]:
        return [
            {
                "title": self.catalogue.regions[region].name,
                "payload": f'/inform{{"place":"region:{region}"}}',
            }
            for region in region_ids[:MOST_BUTTONS]
        ]

    def place_button(self, place: Place) -> str:
        known = self.catalogue.branches if place.kind == "branch" else self.catalogue.regions
        return known[place.id].name

    def hours(self, branch: BranchFacts) -> str:
        return self.open_hours(branch.hours)

    def open_hours(self, hours: Mapping[str, str | None]) -> str:
        """«пн–пт 08:00-12:00, сб 09:00-12:00, вс выходной»."""
        labels = self.labels["hours"]
        parts = [
            labels[day].format(hours=hours.get(day) or labels["closed"])
            for day in ("weekdays", "saturday", "sunday")
        ]
        return ", ".join(parts)

    # Links

    @property
    def consent_link(self) -> str:
        return str(self.labels["consent_link"].format(url=self.public_url))

    def calendar_link(self, token: str) -> str:
        return f"{self.public_url}/visits/{token}.ics"

    @property
    def resume_after(self) -> timedelta:
        """After such a silence a patient is asked whether to go on."""
        return timedelta(minutes=self.labels["resume_after_minutes"])

    # Who comes and who pays

    @property
    def instead_for_children(self) -> dict[str, str]:
        """Specialty for adults → the one a child goes to instead."""
        return dict(self.labels["instead_for_children"])

    def whose(self, whom: Whom) -> str:
        """The patient in the genitive, for «Дата рождения …?»: «ребёнка», «мамы», «пациента»."""
        return grammar.inflect(self._person(whom), "genitive")

    def for_person(self, given: str) -> str:
        """«на Анну»."""
        return str(self.labels["for_person"].format(name=grammar.inflect(given, "accusative")))

    def payment(self, insurer: str | None, policy: str | None) -> str:
        """The line of the summary about a policy, "" when the patient pays."""
        if insurer is None:
            return ""
        return str(self.labels["payment_line"].format(insurer=insurer, policy=self.policy(policy)))

    def policy(self, number: str | None) -> str:
        return str(
            self.labels["policy_part"].format(number=number) if number else self.labels["policy_later"]
        )

    def who_comment(self, whom: Whom, writer: str, insurer: str | None, policy: str | None) -> str:
        """What the clinic's staff read in the visit: who agreed for the patient, and what to check."""
        labels = self.labels["who_comment"]
        parts = []
        if whom.who != "self":
            kind = "child" if whom.is_child else "other"
            parts.append(labels[kind].format(writer=labels["writer"].format(name=writer) if writer else ""))
        if insurer is not None:
            parts.append(labels["dms"].format(insurer=insurer, policy=self.policy(policy)))
        return " ".join(parts)

    def _person(self, whom: Whom) -> str:
        people: dict[str, str] = self.labels["people"]
        # A grown-up son or a grandson is no «ребёнок» nor «сын»: the word was not kept.
        return people["self"] if whom.who == "child" and not whom.is_child else people[whom.who]
