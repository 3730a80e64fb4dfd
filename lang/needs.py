"""What a patient should know before coming: whom a specialist sees, a referral, whom to see first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from lang.strict_yaml import Value

Gender = Literal["female", "male"]
Referral = Literal["if_any", "needed"]

_OLDEST = 120


@dataclass(frozen=True)
class Needs:
    """Advice of the clinic, never a reason to refuse.

    `gender`: whose matters these are. `from_age` and `to_age`: whole years of the patients seen, both
    included. `referral`: to be brought `if_any`, or `needed`. `first`: the specialty usually seen before.
    """

    gender: Gender | None = None
    from_age: int | None = None
    to_age: int | None = None
    referral: Referral | None = None
    first: str | None = None

    def admits_age(self, age: int) -> bool:
        """Whether a patient of `age` whole years is among those usually seen."""
        return (self.from_age is None or age >= self.from_age) and (self.to_age is None or age <= self.to_age)


NOTHING = Needs()


def read_needs(value: Value) -> Needs:
    """The map `needs`; mistakes are reported with what is allowed. `first` is checked by the catalogue."""
    fields = value.fields((), ("gender", "from_age", "to_age", "referral", "first"))
    ages = {name: _age(fields[name]) for name in ("from_age", "to_age") if name in fields}
    first, last = ages.get("from_age"), ages.get("to_age")
    if first is not None and last is not None and first > last:
        value.wrong(f"nobody is from {first} to {last} years old", "from_age not above to_age")
    return Needs(
        gender=_one_of(fields.get("gender"), get_args(Gender)),  # type: ignore[arg-type]  # of its values
        from_age=first,
        to_age=last,
        referral=_one_of(fields.get("referral"), get_args(Referral)),  # type: ignore[arg-type]  # likewise
        first=fields["first"].text() if "first" in fields else None,
    )


def _one_of(value: Value | None, allowed: tuple[str, ...]) -> str | None:
    if value is None:
        return None
    said = value.text()
    if said not in allowed:
        value.wrong(f"unknown value {said!r}", ", ".join(allowed))
        return None
    return said


def _age(value: Value) -> int | None:
    said = value.text()
    if not said.isdecimal() or int(said) > _OLDEST:
        value.wrong(f"bad age {said!r}", f"whole years from 0 to {_OLDEST}")
        return None
    return int(said)
