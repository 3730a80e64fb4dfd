"""The envelope of SOAP 1.2, read and written; what is asked in it, in the terms of the HTTP service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from starlette.responses import Response

PATH = "/umc/ws/ws1.1cws"
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
# Operation → pattern and method of the HTTP service, root of the answer, namespace of the root.
OPERATIONS = {
    "GetListClinic": ("DictionaryData", "GetListClinic", "СписокКлиник", "S1"),
    "GetListEmployees": ("DictionaryData", "GetListEmployees", "Сотрудники", "S2"),
    "GetNomenclatureAndPrices": ("DictionaryData", "GetNomenclatureAndPrices", "Каталоги", "S2"),
    "GetSchedule": ("Schedule", "GetSchedule", "ГрафикиДляСайта", "S1"),
    "GetSchedule20": ("Schedule", "GetSchedule20", "ГрафикиДляСайта", "S1"),
    "GetReserve": ("Reservation", "", "ОтветНаЗаписьССайта", "S1"),
    "BookAnAppointment": ("AppointmentCreate", "BookAnAppointment", "ОтветНаЗаписьССайта", "S1"),
    "BookAnAppointmentWithParams": (
        "AppointmentCreate",
        "BookAnAppointmentWithParams",
        "ОтветНаЗаписьССайта",
        "S1",
    ),
    "FastBookAnAppointment": ("AppointmentCreate", "FastBookAnAppointment", "ОтветНаЗаписьССайта", "S1"),
    "GetAppointmentStatus": ("AppointmentStatus", "", "ОтветНаЗапросСтатусаЗаявки", "S1"),
    "CancelBookAnAppointment": ("AppointmentCancel", "", "РезультатВыполнения", "S1"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """An operation as the HTTP service would be asked for it; `fields` has no `Key`."""

    operation: str
    pattern: str
    method: str
    fields: Mapping[str, str]


def read_call(body: bytes) -> Call | None:
    """The operation in an envelope; None when it is none or unknown."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return None
    inside = next((element for element in root if _local(element) == "Body"), None)
    if inside is None or not len(inside) or _local(inside[0]) not in OPERATIONS:
        return None
    operation = _local(inside[0])
    fields: dict[str, str] = {}
    for parameter in inside[0]:
        if _local(parameter) == "Params":
            for item in parameter:
                fields[item.get("name", "")] = "".join(item.itertext())
        else:
            fields[_local(parameter)] = parameter.text or ""
    pattern, method, _, _ = OPERATIONS[operation]
    return Call(operation, pattern, method, fields)


def returned(text: str) -> Response:
    """An answer: whatever the operation says, with status 200; a refusal too."""
    inside = f'<m:return xmlns:m="ru.umc">{escape(text)}</m:return>'
    return _envelope(f'<m:Response xmlns:m="ru.umc">{inside}</m:Response>', 200)


def fault(text: str) -> Response:
    """What the platform answers when an operation could not be called."""
    reason = f'<soap:Reason><soap:Text xml:lang="ru">{escape(text)}</soap:Text></soap:Reason>'
    code = "<soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>"
    return _envelope(f"<soap:Fault>{code}{reason}</soap:Fault>", 500)


def _envelope(inside: str, status: int) -> Response:
    body = f'<soap:Envelope xmlns:soap="{_SOAP}"><soap:Body>{inside}</soap:Body></soap:Envelope>'
    return Response(body.encode(), status, media_type="application/soap+xml; charset=utf-8")


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
