"""What to know before the visit, told once and never a reason to refuse: the catalogue's `needs`."""

from __future__ import annotations

from collections.abc import Iterator

from actions.booking import slots
from actions.booking.slots import What
from actions.booking.turn import Turn
from lang import grammar
from lang.birth_dates import age
from lang.needs import Needs

_GENDERS = {"female": "femn", "male": "masc"}
_NEED_GENDER = {"female": "utter_need_female", "male": "utter_need_male"}


async def tell(turn: Turn) -> None:
    """Say what of the needs of the wanted specialist or room has not been said in this booking."""
    what = turn.draft.what
    if what is None:
        return
    told = turn.draft.told
    for owner, name, needs in await _owners(turn, what):
        for response, values in _advice(turn, name, needs):
            key = f"{owner}:{response}"
            if key not in told:
                told.append(key)
                turn.say(response, **values)
    if told:
        turn.draft.set(slots.TOLD, told)


async def _owners(turn: Turn, what: What) -> list[tuple[str, str, Needs]]:
    """Id, name and needs of the specialist or of the rooms; a doctor's service asks for no advice."""
    catalogue = turn.context.catalogue
    if what.kind == "service":
        rooms = dict.fromkeys(catalogue.services[service].room for service in what.ids)
        return [(room, catalogue.rooms[room].name, catalogue.rooms[room].needs) for room in rooms if room]
    doctor = await turn.context.doctor(what.ids[0]) if what.kind == "doctor" else None
    specialty = catalogue.specialties.get((doctor.specialty if doctor else what.ids[0]) or "")
    return [] if specialty is None else [(specialty.id, specialty.name, specialty.needs)]


def _advice(turn: Turn, name: str, needs: Needs) -> Iterator[tuple[str, dict[str, str]]]:
    whom = grammar.with_preposition("к", grammar.inflect(name, "dative"))
    whom = whom[:1].upper() + whom[1:]
    if needs.first is not None:
        first = turn.context.catalogue.specialties[needs.first].name
        yield "utter_need_first", {"whom": whom, "first": grammar.inflect(first, "genitive")}
    if needs.referral is not None:
        yield f"utter_need_referral_{needs.referral}", {"whom": whom}
    if needs.gender is not None and _other_gender(turn, needs):
        yield _NEED_GENDER[needs.gender], {"name": name[:1].upper() + name[1:]}
    born = turn.draft.birth_date
    # Without a chosen time another doctor is being looked for because of the age.
    if (
        turn.draft.choice is not None
        and born is not None
        and not needs.admits_age(age(born, turn.now.date()))
    ):
        yield "utter_need_age", {"name": name[:1].upper() + name[1:], "ages": turn.context.words.ages(needs)}


def _other_gender(turn: Turn, needs: Needs) -> bool:
    patient = turn.draft.patient
    if needs.gender is None or patient is None or not patient.patronymic:
        return False
    return grammar.gender_of(patient) != _GENDERS[needs.gender]
