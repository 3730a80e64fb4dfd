"""Who pays: a policy of ДМС, a policy of ОМС or the patient."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

PaymentKind = Literal["dms", "oms", "cash"]

_KINDS: tuple[tuple[PaymentKind, str], ...] = (
    ("oms", r"омс|обязательн\w+\s+(?:мед\w*\s+)?(?:страхов\w+|полис\w*)|полис\w*\s+обязательн\w+"),
    (
        "dms",
        r"дмс|добровольн\w+\s+(?:мед\w*\s+)?страхов\w+|по\s+(?:своей\s+|моей\s+)?страховк\w+|по\s+страхов(?:ой|ому)"
        r"|по\s+(?:\w+\s+)?полису|по\s+гарант\w+\s+письм\w+|корпоративн\w+\s+(?:страхов\w+|полис\w*)"
        r"|страховк\w+\s+от\s+работ\w+",
    ),
    (
        "cash",
        r"платно|за\s+деньги|за\s+(?:свой|собственный)\s+сч[её]т|за\s+(?:свои|наличные)|без\s+(?:полиса|страховки|дмс)"
        r"|(?:нет|нету)\s+(?:у\s+меня\s+)?(?:полиса|страховки|дмс)|(?:полиса|страховки|дмс)\s+(?:у\s+меня\s+)?(?:нет|нету)"
        r"|оплачу\s+сам\w?|сам\w?\s+(?:оплачу|заплачу|плачу)|заплачу|наличными|платный\s+при[её]м",
    ),
)
_ANY = re.compile(
    "|".join(rf"(?P<{kind}>\b(?:{words})\b)" for kind, words in (_KINDS[2], _KINDS[0], _KINDS[1])),
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:не|а\s+не|без)\s+(?:по\s+)?(?:полису\s+)?$", re.IGNORECASE)
_ASKS = re.compile(
    r"\?|\b(?:принимаете|работаете|можно\s+ли|можно\s+по|берете|бер[её]те|какие\s+страховые|входит|покрывает|оплатит)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class PaymentMatch:
    """How the visit is to be paid, with its span."""

    kind: PaymentKind
    start: int
    end: int


def find_payment(text: str) -> PaymentMatch | None:
    """The payment the text names; what is denied is not: «не по ОМС, а платно». The last named counts.

    «По полису» without another word is ДМС: a network of paid clinics knows no other.
    """
    found = [
        PaymentMatch(_kind(match), *match.span())
        for match in _ANY.finditer(text)
        if not _DENIED.search(text[: match.start()])
    ]
    # «По полису омс» is one thing said in two words.
    specific = [match for match in found if match.kind == "oms"]
    if specific and found[-1].kind == "dms" and "дмс" not in text.lower():
        return specific[-1]
    return found[-1] if found else None


def asks_about_payment(text: str) -> bool:
    """Whether the text is a question about policies rather than a statement of what the patient has."""
    return _ASKS.search(text) is not None


def _kind(match: re.Match[str]) -> PaymentKind:
    for kind, _ in _KINDS:
        if match.lastgroup == kind:
            return kind
    raise AssertionError(match.lastgroup)
