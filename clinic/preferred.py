"""Whether a doctor is the kind a patient would rather see, by what the MIS and the clinic's site tell."""

from __future__ import annotations

import re

from lang.grammar import gender_of
from lang.preferences import Preferences
from mis.port import Doctor

# «Опытный» is said of no fewer years than these.
EXPERIENCED_YEARS = 10
_DEGREE = re.compile(r"(?:кандидат|доктор)\w*\s+медицинских\s+наук|\b[кд]\.?\s?м\.?\s?н\b", re.IGNORECASE)
_GENDERS = {"female": "femn", "male": "masc"}


def fits(doctor: Doctor, preferred: Preferences) -> bool:
    """Whether all that is preferred is known of the doctor; of a room nothing of the kind is asked."""
    if doctor.room is not None:
        return True
    return (
        (preferred.gender is None or gender_of(doctor.name) == _GENDERS[preferred.gender])
        and (not preferred.experienced or (doctor.experience_years or 0) >= EXPERIENCED_YEARS)
        and (not preferred.degree or _DEGREE.search(doctor.about) is not None)
        and (not preferred.category or doctor.category == "высшая")
    )
