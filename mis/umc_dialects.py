"""The two tongues of BIT.UMC: JSON to the HTTP service `bwi`, SOAP to the web service «Integration».

Both name the same operations and, once decoded, answer in the same shape: objects, lists and strings as
`mis.umc_rows` reads them, or 1C's own words as a string.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mis.soap_wire import NotSoap, envelope, read_value, returned
from mis.umc_wire import decode, decode_text, is_sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on the wire: what follows the base's address, the body, its headers."""

    path: str
    data: bytes
    headers: Mapping[str, str]


class Dialect(Protocol):
    """How an operation is put and its answer read."""

    def ask(self, pattern: str, branch_id: str, body: Mapping[str, object]) -> Asked: ...

    def answer(self, body: bytes) -> object:
        """The decoded answer; words of 1C, and whatever cannot be understood, as a string."""
        ...

    def is_umc(self, answer: object) -> bool:
        """Whether the service itself can have said this."""
        ...


@dataclass(frozen=True)
class JsonDialect:
    """`POST <address>/<Pattern>`; every branch has an exchange setting with a key of its own."""

    keys: Mapping[str, str] = field(repr=False)

    def ask(self, pattern: str, branch_id: str, body: Mapping[str, object]) -> Asked:
        data = json.dumps({"Key": self.keys[branch_id], **body}).encode()
        return Asked(f"/{pattern}", data, {"Content-Type": "application/json"})

    def answer(self, body: bytes) -> object:
        return decode(body)

    def is_umc(self, answer: object) -> bool:
        return isinstance(answer, Mapping) or is_sentence(answer)


# Operation and the names of its parameters, in the order of its description; `Params` is a structure.
_OPERATIONS: Mapping[tuple[str, str], tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    ("DictionaryData", "GetListClinic"): ("GetListClinic", (), ()),
    ("DictionaryData", "GetListEmployees"): ("GetListEmployees", (), ()),
    ("DictionaryData", "GetNomenclatureAndPrices"): ("GetNomenclatureAndPrices", ("Clinic",), ()),
    ("Schedule", "GetSchedule20"): (
        "GetSchedule20",
        ("StartDate", "FinishDate"),
        ("Clinic", "Employees", "Format"),
    ),
    ("Reservation", ""): (
        "GetReserve",
        ("Specialization", "Date", "TimeBegin", "EmployeeID", "Clinic"),
        (),
    ),
    ("AppointmentCreate", "BookAnAppointmentWithParams"): (
        "BookAnAppointmentWithParams",
        (
            *("EmployeeID", "PatientSurname", "PatientName", "PatientFatherName", "Date", "TimeBegin"),
            *("Comment", "Phone", "Email", "Address", "Clinic", "GUID"),
        ),
        ("Birthday", "Duration", "DurationType", "Services"),
    ),
    ("AppointmentCreate", "FastBookAnAppointment"): (
        "FastBookAnAppointment",
        (
            *("Specialization", "PatientSurname", "PatientName", "PatientFatherName", "Date", "TimeBegin"),
            *("Comment", "Phone", "Email", "Address", "Clinic"),
        ),
        (),
    ),
    ("AppointmentStatus", ""): ("GetAppointmentStatus", ("GUID",), ()),
    ("AppointmentCancel", ""): (
        "CancelBookAnAppointment",
        ("GUID", "AdditionalInformation", "Reason"),
        (),
    ),
}


@dataclass(frozen=True)
class SoapDialect:
    """`POST <address>` with an envelope of SOAP 1.2; the base knows one user and no keys.

    `schedule_format` is what `GetSchedule20` is asked for: "" (XML), "JSON" or "ZipXML", which is a tenth of
    the size.
    """

    schedule_format: str = ""

    def ask(self, pattern: str, branch_id: str, body: Mapping[str, object]) -> Asked:
        operation, names, params = _OPERATIONS[pattern, str(body.get("Method", ""))]
        asked = dict(body)
        if operation == "GetSchedule20":
            asked["Format"] = self.schedule_format
        if "DurationType" in asked:
            # Over SOAP the norms of the services would win over the length that the patient was told.
            asked["DurationType"] = ""
        parameters = {name: str(asked.get(name, "")) for name in names}
        structure = {name: str(asked[name]) for name in params if asked.get(name)}
        data = envelope(operation, parameters, structure if params else None)
        return Asked("", data, {"Content-Type": "application/soap+xml; charset=utf-8"})

    def answer(self, body: bytes) -> object:
        try:
            return read_value(returned(body))
        except NotSoap:
            return decode_text(body)

    def is_umc(self, answer: object) -> bool:
        return isinstance(answer, Mapping) or answer in ("Ok", "Error") or is_sentence(answer)
