"""What BIT.UMC's JSON means: pure functions from bytes and loose values to plain Python values.

The service is an XML serialiser turned to JSON by hand, so no children is `""`, one child is an object
and not a list, booleans and numbers are strings, an unset time is midnight of the year 1, and an error is
as likely a sentence or somebody's HTML page as JSON. Nothing here raises on nonsense: what cannot be
understood is `None` or empty, and the caller decides whether that is fatal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from mis.port import Symptom

ANSWER = "Ответ"
PARAMETER_ERROR = "ОшибкаПараметров"
EMPTY_DAY = date(1, 1, 1)
EMPTY_ID = "00000000-0000-0000-0000-000000000000"

_SENTINEL_IDS = frozenset({"empty", "error", "none", "null", EMPTY_ID})
_TRUE = frozenset({"true", "истина", "да", "1", "ok"})
_FALSE = frozenset({"false", "ложь", "нет", "0", "error"})
_ISO = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]?(\d{1,2}):?(\d{2})(?::?(\d{2}))?(?:\.\d+)?)?Z?")
_RUSSIAN = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_PRICE = re.compile(r"(\d+(?:[.,]\d+)?)(?:руб(?:\.|лей|ля|ль)?|р\.?|₽)?")
_CUT_JSON = re.compile(r"[\[{]\s*[\"\[{]")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009']+")
_MODULE = re.compile(r"\{[^{}\s]{1,100}\(\d{1,6}\)\}")
_NAME = re.compile(r"[A-Za-zА-Яа-яЁё]{1,40}")
_WRITE_FAILED = "Не удалось записать"
_REFUSALS = ("Не удалось", "Ошибка", "Не обнаружен")
_NO_SETTING = "настройка обмена"
_NO_SUCH_VISIT = "на основе GUID"


def decode(body: bytes) -> object:
    """The JSON value in `body`, or its text when it is not JSON; a byte order mark never gets through."""
    text = decode_text(body)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def decode_text(body: bytes) -> str:
    """UTF-8 with or without a byte order mark, else the Windows code page a web server's page may use."""
    try:
        return body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return body.decode("cp1251", errors="replace").strip()


def is_html(value: object) -> bool:
    """Whether this is a web server's page and not a word of the MIS itself."""
    return isinstance(value, str) and value[:200].lstrip().lower().startswith(("<!doctype", "<html", "<head"))


def is_russian(value: object) -> bool:
    """Whether bare text is said by 1C itself: its errors are Russian, a web server's own are not."""
    return isinstance(value, str) and not is_html(value) and re.search("[а-яё]{3}", value.lower()) is not None


def is_sentence(value: object) -> bool:
    """Whether this is 1C's words and not JSON that was cut on its way."""
    return isinstance(value, str) and is_russian(value) and _CUT_JSON.match(value) is None


def is_refusal(value: object) -> bool:
    """Whether bare text says by its first words that a write was not done."""
    return isinstance(value, str) and value.startswith(_REFUSALS)


def names_no_visit(value: object) -> bool:
    """Whether this is the service's way to say that it has no visit or hold with the id asked about."""
    if isinstance(value, Mapping):
        value = value.get("ОписаниеОшибки") or value.get("ОписаниеРезультата")
    return isinstance(value, str) and _NO_SUCH_VISIT in value


def describe(value: object) -> str:
    """What may be logged of an answer: its kind and size and 1C's code position, never its words.

    Error texts of 1C can hold other patients' visits.
    """
    if isinstance(value, str):
        kind = "an HTML page" if is_html(value) else "text"
        place = _MODULE.search(value)
        failed = ", document not written" if _WRITE_FAILED in value else ""
        return f"{kind} of {len(value)} characters{failed}" + (f", {place.group()}" if place else "")
    if isinstance(value, Mapping):
        keys = [key if _NAME.fullmatch(str(key)) else "…" for key in list(value)[:5]]
        return f"an object with {keys}"
    return f"a {type(value).__name__}"


def symptom(value: object) -> Symptom:
    """What came instead of the data that was asked for."""
    said = value.get("ОписаниеОшибки") if isinstance(value, Mapping) else value
    if is_html(said):
        return Symptom.WEB_PAGE
    if isinstance(said, str) and _NO_SETTING in said:
        return Symptom.NO_SETTING
    return Symptom.WORDS if is_sentence(said) else Symptom.FOREIGN


def unwrap(value: object, *wrappers: str) -> object:
    """`value` without the envelope `Ответ` and without each of `wrappers` that is there."""
    for name in (ANSWER, *wrappers):
        if isinstance(value, Mapping) and name in value:
            value = value[name]
    return value


def children(value: object, name: str) -> list[Mapping[str, object]]:
    """The rows `name` of `value`, whichever way they collapsed: `""`, one object or a list."""
    if isinstance(value, Mapping):
        value = value.get(name)
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, list):
        return [row for row in value if isinstance(row, Mapping)]
    return []


def parameter_error(answer: object) -> bool:
    """Whether the service says, beside its data, that it did not understand a filter."""
    return any(node.get(PARAMETER_ERROR) for node in _envelopes(answer))


def _envelopes(answer: object) -> Iterator[Mapping[str, object]]:
    stack: list[tuple[object, int]] = [(answer, 0)]
    while stack:
        node, depth = stack.pop()
        if isinstance(node, Mapping):
            yield node
            if depth < 3:
                stack.extend((child, depth + 1) for child in node.values())
        elif isinstance(node, list):
            # The marker is an element of its own: it stands at the end of the rows, or instead of them.
            stack.extend((row, depth) for row in node[-3:])


def text(value: object) -> str:
    """A field's words, spaces folded; every shape of "nothing" is the empty string."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def identifier(value: object) -> str | None:
    """A usable id in lower case; `None` for empty, zero and sentinel ids."""
    found = text(value).lower()
    return None if not found or found in _SENTINEL_IDS else found


def is_error_row(row: Mapping[str, object]) -> bool:
    """Whether this row is an error dressed as data, as home-made extensions send them."""
    ids = (text(row.get(key)).lower() for key in ("UID", "УИД", "СотрудникID", "id"))
    return "error" in ids or text(row.get("Наименование")).upper().startswith("ОШИБКА 1С")


def boolean(value: object) -> bool | None:
    """A truth value; `None` when it is neither (`bool("false")` is the mistake this prevents)."""
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    if word in _TRUE:
        return True
    return False if word in _FALSE else None


def whole(value: object) -> int | None:
    """A whole number that may be written as a string."""
    found = _SPACES.sub("", text(value))
    return int(found) if re.fullmatch(r"-?\d{1,18}", found, re.ASCII) else None


def price(value: object) -> Decimal | None:
    """Roubles; zero, negative, unreadable and absent are all "unknown". `1 234,50` is 1234.50."""
    found = _PRICE.fullmatch(_SPACES.sub("", text(value)).lower())
    if found is None:
        return None
    try:
        amount = Decimal(found.group(1).replace(",", "."))
    except InvalidOperation:
        return None
    return amount or None


def decimal(value: object) -> Decimal | None:
    """A decimal with a comma or a point, such as the rating «4,8»."""
    found = _SPACES.sub("", text(value)).replace(",", ".")
    return Decimal(found) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", found, re.ASCII) else None


def moment(value: object) -> datetime | None:
    """A naive date and time in any of the service's spellings; a bare clock falls on the empty day."""
    written = text(value)
    if found := _ISO.fullmatch(written):
        year, month, day, *clock = found.groups()
    elif found := _RUSSIAN.fullmatch(written):
        day, month, year, *clock = found.groups()
    elif found := _CLOCK.fullmatch(written):
        year, month, day, clock = "1", "1", "1", list(found.groups())
    else:
        return None
    try:
        hour, minute, second = (int(part or 0) for part in clock)
        return datetime(int(year), int(month), int(day), hour, minute, second)
    except ValueError:
        return None


def day(value: object) -> date | None:
    """A calendar date; `None` for the empty date `0001-01-01`."""
    found = moment(value)
    return None if found is None or found.date() == EMPTY_DAY else found.date()


def length(value: object) -> timedelta | None:
    """A length written as a time of the year 1; zero means "not set" and is `None`."""
    found = moment(value)
    if found is None:
        return None
    return timedelta(hours=found.hour, minutes=found.minute, seconds=found.second) or None


def write_day(value: date) -> str:
    """A date as the service takes it."""
    return f"{value.isoformat()}T00:00:00"


def write_clock(value: time) -> str:
    """A time of day as the service takes it: on the empty day."""
    return f"{EMPTY_DAY.isoformat()}T{value:%H:%M:%S}"


def write_length(value: timedelta) -> str:
    """A length under 24 hours as the service takes it: a time on the empty day."""
    return write_clock((datetime.min + value).time())
