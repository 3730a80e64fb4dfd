"""The end of the form: book what was confirmed, or say plainly why not."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import handover, switching, waiting, waitlist
from actions.base import Events, SafeAction, Say
from actions.booking import double, family, paying, slots
from actions.booking.draft import Draft
from actions.booking.slots import OfferView
from actions.past import Past
from actions.reading import Reading, read
from actions.turn_time import LEAST_TO_WRITE_SECONDS
from actions.visits import moving
from actions.visits import slots as visits
from clinic.normal_patient import patient_key
from clinic.outcomes import Clashed, Confirmed, DoubleVisit, Expired, MisDown, Refused, Unknown
from lang.birth_dates import age
from mis.port import Patient

logger = logging.getLogger(__name__)

ADULT = 18
PREPARATION_SECONDS = 2.0


def forget_task(tracker: Tracker) -> Events:
    """The booking is over; who the patient is stays known for the next one."""
    if tracker.get_slot(slots.MOVING) is not None:
        return slots.leave_move(tracker.slots)
    return [SlotSet(name, None) for name in slots.TASK]


class ActionBookVisit(SafeAction):
    """Books and says what came of it: only a confirmed visit is called one.

    Everything it needs is checked here again, because a form can end in ways that are no confirmation.
    """

    action_name = "action_book_visit"
    least_seconds = LEAST_TO_WRITE_SECONDS

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        draft = Draft(tracker)
        if draft.consent is False:
            return await self._refused_consent(say, draft)
        if draft.callback:
            join = self._wait if draft.waits else self._callback
            return [*await join(say, draft, tracker), *await self._next(say, tracker)]
        choice, patient = draft.choice, _patient(draft)
        if choice is None or choice.booking_id is None or patient is None or not draft.confirmed:
            return [FollowupAction(slots.FORM)]
        if draft.moving is not None:
            events, over = await moving.finish(self.context, say, tracker, choice, patient)
            return [*events, *await self._next(say, tracker)] if over else events
        return await self._book(say, draft, tracker, choice, patient)

    async def _book(
        self, say: Say, draft: Draft, tracker: Tracker, choice: OfferView, patient: Patient
    ) -> Events:
        """Book the held time and say what is true of it now."""
        assert choice.booking_id is not None
        # Read while the MIS books: nobody waits for it then. It ends by itself where nothing was booked.
        preparation = asyncio.create_task(self._preparation(choice.booking_id))
        outcome = await asyncio.to_thread(
            self.context.clinic.bookings.confirm,
            choice.booking_id,
            patient,
            self.context.settings.consent_version,
            self._comment(draft, tracker.get_slot(slots.VISIT_KIND)),
            allow_double=choice.double_for == patient_key(patient),
        )
        match outcome:
            case Confirmed():
                told = await preparation
                return await self._stands(say, draft, tracker, choice, patient, outcome, told)
            case Clashed():
                return await self._clashed(say, draft, tracker, choice, outcome)
            case Unknown():
                return await self._not_known(say, draft, tracker, choice.booking_id)
            case Refused(reason="other") | MisDown():
                return await self._not_booked(say, draft, tracker, choice.booking_id, outcome)
            case DoubleVisit(other_slot=other) if other.doctor_id == choice.doctor_id:
                await asyncio.to_thread(self.context.clinic.bookings.release, choice.booking_id)
                say("utter_booking_already")
                return forget_task(tracker)
            case DoubleVisit():
                say("utter_double_visit")
                return double.ask_again(choice, patient)
            case Expired():
                say("utter_hold_expired")
            case Refused():
                say("utter_offer_taken")
                await self.context.answered(choice.booking_id, "absent")
        again = [SlotSet(name, None) for name in slots.CHOICE]
        return [*again, FollowupAction(slots.FORM)]

    async def _stands(
        self,
        say: Say,
        draft: Draft,
        tracker: Tracker,
        choice: OfferView,
        patient: Patient,
        visit: Confirmed,
        preparation: str,
    ) -> Events:
        await self._booked(say, draft, choice, patient, visit, preparation, tracker.sender_id)
        await self.context.answered(visit.booking_id, "booked")
        booked = {
            "what": draft.what.value() if draft.what else None,
            "place": {"kind": "branch", "id": choice.branch_id},
            "start": choice.start.isoformat(),
            "at": self.context.clock().isoformat(),
        }
        following = await self._next(say, tracker, waiting.beside(choice))
        return [*forget_task(tracker), SlotSet(slots.BOOKED, booked), *following]

    async def _clashed(
        self, say: Say, draft: Draft, tracker: Tracker, choice: OfferView, clash: Clashed
    ) -> Events:
        stored = await asyncio.to_thread(self.context.clinic.report_clash, clash.booking_id)
        facts = await self.context.facts(paying.shown(choice, draft))
        say("utter_booking_clash", facts=facts, number=stored.number)
        await self.context.answered(clash.booking_id, "clash")
        await self._mark_policy(draft, clash.booking_id, tracker.sender_id)
        return forget_task(tracker)

    async def _not_known(self, say: Say, draft: Draft, tracker: Tracker, booking_id: int) -> Events:
        kept = await self.context.promise(booking_id)
        say("utter_booking_unknown" if kept else "utter_booking_unclear")
        await self._mark_policy(draft, booking_id, tracker.sender_id)
        await handover.look_into(self.context, tracker, draft, "outcome_unknown")
        return forget_task(tracker)

    async def _not_booked(
        self, say: Say, draft: Draft, tracker: Tracker, booking_id: int, outcome: Refused | MisDown
    ) -> Events:
        """A refusal that nobody can explain is over; a clinic out of reach may be tried again."""
        if isinstance(outcome, Refused):
            number = await self.context.store_request(
                "check", tracker, draft, details={"reason": "booking_failed"}
            )
            say("utter_booking_refused", number=number)
            await self.context.answered(booking_id, "absent")
            return forget_task(tracker)
        say("utter_booking_not_possible")
        await self.context.answered(booking_id, "absent")
        await handover.look_into(self.context, tracker, draft, "booking_failed")
        return [SlotSet(slots.CONFIRMED, None)]

    def _comment(self, draft: Draft, visit_kind: str | None) -> str:
        writer = next((str(known.name) for known in draft.people if known.whom.who == family.SELF), "")
        words = self.context.words
        parts = (
            words.visit_comment(visit_kind),
            words.who_comment(draft.whom, writer, draft.insurer, draft.policy),
        )
        return " ".join(part for part in parts if part)

    async def _mark_policy(self, draft: Draft, booking_id: int, conversation: str) -> str | None:
        """The request to check what the policy covers; the visit's comment says it too, should this fail."""
        if draft.insurer is None:
            return None
        details = {"booking_id": booking_id, "insurer": draft.insurer, "policy": draft.policy}
        clinic = self.context.clinic
        try:
            found = await asyncio.to_thread(clinic.policy_found, booking_id, draft.policy)
            if found is not None:
                details["policy_found"] = found
            stored = await asyncio.to_thread(
                clinic.requests.store,
                "insurance",
                conversation,
                self.context.clock(),
                patient_name=str(draft.patient),
                phone=draft.phone or "",
                birth_date=draft.birth_date,
                summary=await self.context.what(draft.what),
                details=details,
                request_key=f"insurance:{booking_id}",
            )
        except Exception as error:
            logger.error("no request to check the policy of booking %s: %s", booking_id, type(error).__name__)
            return None
        return stored.number

    async def _booked(
        self,
        say: Say,
        draft: Draft,
        choice: OfferView,
        patient: Patient,
        visit: Confirmed,
        preparation: str,
        conversation: str,
    ) -> None:
        words = self.context.words
        born = age(patient.birth_date, choice.start.date())
        say(
            "utter_booked",
            facts=await self.context.facts(paying.shown(choice, draft)),
            patient=str(patient.name),
            number=visit.number,
            documents=words.documents(child=born < ADULT),
            link=words.calendar_link(visit.calendar_token),
            preparation=preparation,
        )
        if draft.insurer is not None:
            await self._mark_policy(draft, visit.booking_id, conversation)
            say("utter_booked_by_policy", insurer=draft.insurer, policy=words.policy(draft.policy))

    async def _preparation(self, booking_id: int) -> str:
        """How to prepare, empty if that cannot be read: a visit that stands is told of all the same."""
        try:
            reading = asyncio.to_thread(self.context.clinic.visit_facts, booking_id)
            facts = await asyncio.wait_for(reading, PREPARATION_SECONDS)
        except Exception as error:
            logger.warning("no preparation for booking %s: %s", booking_id, type(error).__name__)
            return ""
        words = self.context.words
        return "".join(words.preparation(each.title, each.rules) for each in facts.preparations)

    async def _refused_consent(self, say: Say, draft: Draft) -> Events:
        """The time is let go; the choice stays without a hold, and is held again if the patient returns."""
        choice = draft.choice
        phone = self.context.network_phone(draft.place)
        forgotten = [SlotSet(slots.CONSENT, None), SlotSet(slots.CONFIRMED, None)]
        if choice is not None and choice.booking_id is not None:
            await asyncio.to_thread(self.context.clinic.bookings.release, choice.booking_id)
            forgotten.append(SlotSet(slots.OFFER, replace(choice, booking_id=None).value()))
        say("utter_consent_refused", phone=phone)
        return forgotten

    async def _callback(self, say: Say, draft: Draft, tracker: Tracker) -> Events:
        number = await self.context.store_request("callback", tracker, draft)
        when = self.context.when_operator_answers(tracker)
        if draft.what is None:
            say("utter_callback_stored_plain", number=number, when=when)
        else:
            what = await self.context.what(draft.what)
            say("utter_callback_stored", number=number, what=what, when=when)
        return _forget_without_birth_date(tracker, draft)

    async def _wait(self, say: Say, draft: Draft, tracker: Tracker) -> Events:
        entry = await waitlist.join(self.context, tracker, draft)
        if entry is None:
            return [FollowupAction(slots.FORM)]
        say("utter_waitlist_joined", line=await waitlist.line(self.context, entry))
        return _forget_without_birth_date(tracker, draft)

    async def _next(self, say: Say, tracker: Tracker, visit: waiting.Item | None = None) -> Events:
        return await switching.what_waits(self.context, say, tracker, visit)

    async def give_up(self, say: Say, tracker: Tracker) -> Events:
        booking_id = _sent(Draft(tracker))
        if booking_id is not None and not await self.context.promise(booking_id) and say.count == 0:
            say("utter_booking_unclear" if tracker.get_slot(slots.MOVING) is None else "utter_move_unclear")
        return self.failed(say, tracker)

    def failed(self, say: Say, tracker: Tracker) -> Events:
        """An error of ours after the confirmation: the visit may exist, so nothing is claimed either way.

        Where no visit was to be booked, only a request was not stored, and it can be tried again.
        """
        draft = Draft(tracker)
        if say.count == 0 and draft.consent is False:
            say("utter_consent_refused", phone=self.context.network_phone(draft.place))
            return [SlotSet(slots.CONSENT, None), SlotSet(slots.CONFIRMED, None)]
        if say.count == 0 and _sent(draft) is None:
            say("utter_request_not_stored")
            # A request is confirmed by its wish; a form with nothing left to ask comes back here.
            return [] if draft.callback else [SlotSet(slots.CONFIRMED, None)]
        if say.count == 0:
            say("utter_booking_unknown" if tracker.get_slot(slots.MOVING) is None else "utter_move_unknown")
        return forget_task(tracker)


class ActionStopBooking(SafeAction):
    """The patient gives the booking up, also one that was broken off: the held time is given back."""

    action_name = "action_stop_booking"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        if Past.of(tracker).response == switching.SWITCH:
            # «Нет, сначала закончим» is about the other task: what is going on is never dropped by it.
            return switching.go_on(tracker)
        draft = Draft(tracker)
        choice = draft.choice
        reading = read(tracker)
        if self.context.speech.heard.is_what_if(reading.meant):
            say("utter_cancel_possible")
            return []
        going_on = (tracker.active_loop or {}).get("name") or any(draft.knows(slot) for slot in slots.TASK)
        if not going_on and reading.intent != "deny":
            if self._means_a_visit(tracker, reading):
                return switching.start(tracker, "cancel_visit", visits.said_of(tracker))
            say("utter_nothing_to_stop")
            return []
        if choice is not None and choice.booking_id is not None:
            await asyncio.to_thread(self.context.clinic.bookings.release, choice.booking_id)
        say(_stopped(tracker))
        following = await switching.what_waits(self.context, say, tracker)
        return [*forget_task(tracker), SlotSet(slots.REQUESTED, None), *following]

    def _means_a_visit(self, tracker: Tracker, reading: Reading) -> bool:
        """«Отмените», when nothing is going on and a visit has been spoken of; «отмените все» are visits."""
        heard, text = self.context.speech.heard, reading.meant
        if not (heard.cancels(text) or heard.names_cancelling(text)):
            return False
        spoken_of = tracker.get_slot(slots.BOOKED) is not None or heard.names_a_visit(text)
        return spoken_of or heard.means_all(text)

    def failed(self, say: Say, tracker: Tracker) -> Events:
        """The hold runs out by itself: the patient need not know of our trouble."""
        if say.count == 0:
            say(_stopped(tracker))
        return [*forget_task(tracker), ActiveLoop(None), SlotSet(slots.REQUESTED, None)]


def _sent(draft: Draft) -> int | None:
    """The booking that may have been sent to the MIS; `None` where a request was all that was wanted."""
    if draft.callback or draft.consent is False or draft.choice is None:
        return None
    return draft.choice.booking_id


def _stopped(tracker: Tracker) -> str:
    return "utter_booking_stopped" if tracker.get_slot(slots.MOVING) is None else "utter_move_stopped"


def _forget_without_birth_date(tracker: Tracker, draft: Draft) -> Events:
    """A request needs no birth date: the next booking has to ask for it."""
    unknown = [SlotSet(slots.BIRTH_DATE, None)] if draft.birth_date is None else []
    return [*forget_task(tracker), *unknown]


def _patient(draft: Draft) -> Patient | None:
    if draft.patient is None or draft.phone is None or draft.birth_date is None:
        return None
    return Patient(draft.patient, draft.phone, draft.birth_date)
