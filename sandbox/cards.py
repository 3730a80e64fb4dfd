"""What the clinic tells about a doctor in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.network import Doctor, years_of_service
from sandbox.world import World


def about(world: World, doctor: Doctor) -> str:
    """The doctor's card: experience, category, degree, whom the doctor sees."""
    texts = world.about
    years = years_of_service(doctor, world.clock.now().date())
    parts = [texts["experience"].format(years=f"{years} {_plural(years, texts['years'])}")]
    if category := category_name(world, doctor):
        parts.append(texts["category"].format(category=category))
    if doctor.degree is not None:
        parts.append(texts["degrees"][doctor.degree])
    parts.append(texts["patients"][doctor.patients])
    return " ".join(parts + extra(world, doctor))


def category_name(world: World, doctor: Doctor) -> str:
    """«Высшая», «Первая», «Вторая» or ""."""
    names: dict[str, Any] = world.about["categories"]
    return str(names.get(doctor.category, ""))


def extra(world: World, doctor: Doctor) -> list[str]:
    return [str(world.about["extra"][nth]) for nth in doctor.extra]


def _plural(number: int, forms: Sequence[str]) -> str:
    if number % 10 == 1 and number % 100 != 11:
        return forms[0]
    return forms[1] if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else forms[2]
