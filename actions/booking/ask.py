"""The questions of the booking form."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.advice.which_doctor import ask_by_complaint
from actions.base import Events, Say
from actions.booking import family, paying, slots
from actions.booking.draft import Draft
from actions.booking.query import slot_query
from actions.booking.slots import OfferView
from actions.questions import Question
from clinic.offers import Offer, Offers
from clinic.search import ADULT_AGE, SUGGESTED

MOST_PEOPLE = 5
MOST_BRANCHES = 5
_CONSENTS = {slots.CHILD_DOCUMENT: "child", slots.OTHER_DOCUMENT: "other"}


class AskWhat(Question):
    action_name = "action_ask_booking__what"
    response = "utter_booking_what"
    slot = slots.WHAT

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        asked = ask_by_complaint(self.context, say, tracker) if response == self.response else None
        return await super().ask(say, tracker, response) if asked is None else asked


class AskWish(Question):
    action_name = "action_ask_booking__wish"
    response = "utter_booking_wish"
    slot = slots.WISH


class AskForWhom(Question):
    """Asked only when people are known and nothing tells which of them is coming."""

    action_name = "action_ask_booking__for_whom"
    response = "utter_booking_for_whom"
    slot = slots.FOR_WHOM

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        people = Draft(tracker).people[:MOST_PEOPLE]
        words = self.context.words
        buttons = [_whom_button(person.name.given, f"{family.KNOWN}{n}") for n, person in enumerate(people)]
        if not any(person.whom.who == family.SELF for person in people):
            buttons.append(_whom_button(words.labels["for_me"], family.SELF))
        buttons.append(_whom_button(words.labels["for_other"], "other"))
        say(
            response,
            buttons=buttons,
            names=", ".join(words.for_person(person.name.given) for person in people),
        )
        return []


class AskInsurer(Question):
    """Which insurer pays; where this one is not taken, which branches take it, or a visit paid by oneself."""

    action_name = "action_ask_booking__insurer"
    response = "utter_booking_insurer"
    slot = slots.INSURER

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        draft = Draft(tracker)
        first = response == self.response
        insurer = draft.payment.get("insurer")
        cash = {"title": self.context.words.labels["pay_self"], "payload": '/inform{"payment":"cash"}'}
        if first and draft.payment.get("kind") == "oms":
            say("utter_booking_oms", buttons=[cash])
        elif first and insurer is not None:
            branches = await self._taking(draft, insurer)
            shown = self.context.words.branch_buttons(branches)[:MOST_BRANCHES]
            names = self.context.words.branch_names(branches)
            said = "utter_booking_insurer_elsewhere" if branches else "utter_booking_insurer_no"
            say(said, buttons=[*shown, cash], insurer=insurer, branches=names)
        else:
            say(response, buttons=[cash], insurers=await self._all(draft))
        return []

    async def _taking(self, draft: Draft, insurer: str) -> tuple[str, ...]:
        """Branches that take the insurer, those of the region asked for first, if any of them does."""
        everywhere = await paying.taking(self.context, insurer, self.context.catalogue.branches)
        assert draft.what is not None
        able = await self.context.branches_with(draft.what)
        found = tuple(branch for branch in everywhere if branch in able) or everywhere
        region = self.context.region_of(draft.place) if draft.place else None
        near = tuple(branch for branch in found if self.context.catalogue.branches[branch].region == region)
        return near or found

    async def _all(self, draft: Draft) -> str:
        place = draft.place
        branches = self.context.branches_of(place) if place else tuple(self.context.catalogue.branches)
        directory = self.context.clinic.directory
        found = await asyncio.gather(*(asyncio.to_thread(directory.insurers, branch) for branch in branches))
        return ", ".join(dict.fromkeys(f"«{name}»" for names in found for name in names))


class AskPolicy(Question):
    action_name = "action_ask_booking__policy"
    response = "utter_booking_policy"
    slot = slots.POLICY


class AskPatient(Question):
    """The name, and with it the rest; once a part is known, only what is missing."""

    action_name = "action_ask_booking__patient"
    response = "utter_booking_patient"
    slot = slots.PATIENT

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        draft = Draft(tracker)
        first = response == self.response
        whose = self.context.words.whose(draft.whom)
        if first and draft.callback and not (draft.name_part or draft.phone):
            say("utter_callback_patient")
        elif first and draft.name_part is not None:
            say(f"utter_booking_patient_{draft.name_part['missing']}", whose=whose)
        elif first and draft.birth_date:
            say("utter_booking_patient_name", whose=whose)
        elif first and draft.whom.who != family.SELF:
            say(
                "utter_booking_patient_other" if draft.phone is None else "utter_booking_patient_new",
                whose=whose,
            )
        elif first and draft.phone:
            say("utter_booking_patient_name", whose=whose)
        else:
            say(response, whose=whose)
        return []


class AskPhone(Question):
    action_name = "action_ask_booking__phone"
    response = "utter_booking_phone"
    slot = slots.PHONE

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        other = response == self.response and Draft(tracker).whom.who != family.SELF
        say("utter_booking_phone_writer" if other else response)
        return []


class AskBirthDate(Question):
    action_name = "action_ask_booking__birth_date"
    response = "utter_booking_birth_date"
    slot = slots.BIRTH_DATE

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        say(response, whose=self.context.words.whose(Draft(tracker).whom))
        return []


class AskConsent(Question):
    """A question with a link to the document: the version is the one that will be stored."""

    action_name = "action_ask_booking__consent"
    response = "utter_booking_consent"
    slot = slots.CONSENT

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        settings = self.context.settings
        kind = _CONSENTS.get(Draft(tracker).whom.document)
        if response == self.response and Draft(tracker).callback:
            response = "utter_waitlist_consent" if Draft(tracker).waits else "utter_callback_consent"
        elif kind is not None:
            response = f"utter_consent_for_{kind}{response.removeprefix(self.response)}"
        say(response, version=settings.consent_version, link=self.context.words.consent_link)
        return []


class AskPlace(Question):
    """Buttons of the regions in which what is wanted exists."""

    action_name = "action_ask_booking__place"
    response = "utter_booking_place"
    slot = slots.PLACE

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        draft = Draft(tracker)
        assert draft.what is not None
        branches = await self.context.branches_with(draft.what)
        regions = list(dict.fromkeys(self.context.catalogue.branches[branch].region for branch in branches))
        say(response, buttons=self.context.words.region_buttons(regions))
        return []


class AskConfirmed(Question):
    """All facts once more, before anything is booked."""

    action_name = "action_ask_booking__confirmed"
    response = "utter_booking_confirmed"
    slot = slots.CONFIRMED

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        draft = Draft(tracker)
        choice, birth_date = draft.choice, draft.birth_date
        assert choice is not None and birth_date is not None
        if draft.moving is not None:
            response = response.replace(self.response, "utter_move_confirmed")
            facts = await self.context.facts(choice)
            say(response, facts=facts, patient=str(draft.patient), old=draft.moving["facts"])
            return []
        say(
            response,
            facts=await self.context.facts(paying.shown(choice, draft)),
            payment=self.context.words.payment(draft.insurer, draft.policy),
            patient=str(draft.patient),
            birth_date=f"{birth_date:%d.%m.%Y}",
            phone=self.context.words.phone(draft.phone or ""),
        )
        return []


class AskOffer(Question):
    """Looks for free times and shows three to five, each with the reason why; never just «нет»."""

    action_name = "action_ask_booking__offer"
    response = "utter_offers"
    slot = slots.OFFER

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        draft = Draft(tracker)
        if draft.offers and response != self.response:
            buttons = await self._buttons(draft.offers)
            say(response, buttons=buttons, what=await self.context.what(draft.what))
            return []
        taking = await paying.branches_by_policy(self.context, draft)
        query = await slot_query(self.context, draft, taking)
        found = await asyncio.to_thread(self.context.clinic.find_offers, query)
        if found.failed_branches:
            say("utter_offers_partial", branches=self.context.words.branch_names(found.failed_branches))
        offers = [_view(offer) for offer in found.items if taking is None or offer.branch.id in taking]
        if offers and not found.as_preferred:
            say("utter_nobody_as_preferred", preferred=self.context.words.preferred(draft.preferred))
        if offers:
            await self._show(say, draft, found, offers)
        elif found.nobody_answered:
            say(draft.not_possible)
        elif found.missing == "age":
            adult = query.patient_age is not None and query.patient_age >= ADULT_AGE
            say("utter_no_adult_doctor" if adult else "utter_no_child_doctor")
        else:
            say("utter_offers_none", what=await self.context.what(draft.what))
        suggested = [offer.reason for offer in offers if found.met and offer.reason in SUGGESTED]
        kept = [SlotSet(slots.SUGGESTED, [*draft.suggested, *suggested])] if suggested else []
        return [*kept, SlotSet(slots.OFFERS, [offer.value() for offer in offers])]

    async def _show(self, say: Say, draft: Draft, found: Offers, offers: list[OfferView]) -> None:
        words = self.context.words
        today = self.context.clock().astimezone(self.context.zone(draft.place)).date()
        say(
            "utter_offers" if found.met else f"utter_offers_relaxed_{found.relaxed}",
            buttons=[*await self._buttons(offers), *([] if found.met else [words.wait_button])],
            lines="\n".join([await self.context.offer_line(paying.shown(offer, draft)) for offer in offers]),
            what=await self.context.what(draft.what),
            wanted=await self.context.wanted(draft.what),
            wish=words.wish(draft.wish, today),
        )

    async def _buttons(self, offers: list[OfferView]) -> list[dict[str, str]]:
        titles = [await self.context.offer_title(offer) for offer in offers]
        # Two rooms at one hour differ only by where they are.
        branches = [self.context.words.branch_names([offer.branch_id]) for offer in offers]
        named = [
            f"{title}, {branch}" if titles.count(title) > 1 else title
            for title, branch in zip(titles, branches, strict=True)
        ]
        return [
            {"title": title, "payload": f'/inform{{"offer":"{offer.number}"}}'}
            for title, offer in zip(named, offers, strict=True)
        ]


def _view(offer: Offer) -> OfferView:
    return OfferView(
        number=offer.number,
        branch_id=offer.branch.id,
        doctor_id=offer.doctor.id,
        start=offer.slot.start,
        minutes=round(offer.slot.length.total_seconds() / 60),
        price=offer.price,
        reason=offer.reason,
        service_ids=offer.service_ids,
    )


def _whom_button(title: str, value: str) -> dict[str, str]:
    return {"title": title, "payload": f'/inform{{"for_whom":"{value}"}}'}
