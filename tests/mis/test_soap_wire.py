from __future__ import annotations

import base64
import io
import json
import zipfile
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mis.soap_wire import NotSoap, envelope, read_value, returned
from mis.umc_dialects import SoapDialect

HEAD = '<?xml version="1.0"?>\n'
SCHEMAS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def answer(inside: str, version: str = "http://www.w3.org/2003/05/soap-envelope") -> bytes:
    return f'<s:Envelope xmlns:s="{version}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()


def packed(text: str, name: str = "v8_1.xml") -> str:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text.encode())
    return base64.encodebytes(data.getvalue()).decode()


def document(inside: str, root: str = "ОтветНаЗаписьССайта", space: str = "S1") -> str:
    return f'{HEAD}<{root} xmlns="{space}" {SCHEMAS}>{inside}</{root}>'


@pytest.mark.parametrize(
    "version", ["http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"]
)
def test_the_returned_string_of_both_versions(version: str) -> None:
    inside = (
        f'<m:GetReserveResponse xmlns:m="ru.umc"><m:return>{escape("<a/>")}</m:return></m:GetReserveResponse>'
    )
    assert returned(answer(inside, version)) == "<a/>"


def test_a_byte_order_mark_before_the_envelope() -> None:
    assert returned(b"\xef\xbb\xbf" + answer('<r xmlns="ru.umc"><return>Ok</return></r>')) == "Ok"


def test_an_empty_answer_is_an_empty_string() -> None:
    assert returned(answer('<r xmlns="ru.umc"><return/></r>')) == ""


@pytest.mark.parametrize(
    "fault",
    [
        "<s:Fault><s:Code/><s:Reason><s:Text>Не удалось</s:Text></s:Reason></s:Fault>",
        "<s:Fault><faultcode>s:Server</faultcode><faultstring>Не удалось</faultstring></s:Fault>",
    ],
)
def test_a_fault_is_its_words(fault: str) -> None:
    assert returned(answer(fault)) == "Не удалось"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>404</body></html>",
        b'{"a": 1}',
        answer("")[:-9],
        answer("<x/>"),
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    ],
)
def test_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(NotSoap):
        returned(body)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Ok", "Ok"),
        ("Error\n", "Error"),
        ("", ""),
        ("Не удалось записать документ Заявка", "Не удалось записать документ Заявка"),
        ('{"ГрафикиДляСайта": {}}', {"ГрафикиДляСайта": {}}),
        ('{"cut": ', '{"cut":'),
        ("<Каталоги><cut>", "<Каталоги><cut>"),
        (document("<Результат>true</Результат>"), {"Ответ": {"Результат": "true"}}),
        (document(""), {"Ответ": {}}),
        (document("<ОписаниеОшибки> </ОписаниеОшибки>"), {"Ответ": {"ОписаниеОшибки": ""}}),
        (document("<А><Б>1</Б></А><А><Б>2</Б></А>"), {"Ответ": {"А": [{"Б": "1"}, {"Б": "2"}]}}),
        (document("<А><Б>1</Б></А>", space="S2"), {"Ответ": {"А": {"Б": "1"}}}),
        (document("<А>\n\t<Б/>\n</А>"), {"Ответ": {"А": {"Б": ""}}}),
        (document('<UID xsi:type="xs:string">a0</UID>'), {"Ответ": {"UID": "a0"}}),
        (
            '<S:К xmlns:S="S1"><S:Клиника><S:УИД>1</S:УИД></S:Клиника></S:К>',
            {"Ответ": {"Клиника": {"УИД": "1"}}},
        ),
    ],
)
def test_what_a_string_means(text: str, value: object) -> None:
    assert read_value(text) == value


def test_a_zip_holds_a_string_that_holds_the_document() -> None:
    inner = document("<ГрафикДляСайта><СотрудникID>1</СотрудникID></ГрафикДляСайта>", "ГрафикиДляСайта")
    expected = {"Ответ": {"ГрафикДляСайта": {"СотрудникID": "1"}}}
    assert read_value(packed(f"\ufeff<string>{escape(inner)}</string>")) == expected
    assert read_value(packed(inner)) == expected


def test_a_zip_may_hold_json() -> None:
    value = {"ГрафикиДляСайта": {"ГрафикДляСайта": []}}
    assert read_value(packed(json.dumps(value), "v8.json")) == value


def test_a_zip_that_would_fill_the_memory_is_not_unpacked() -> None:
    bomb = packed("0" * (65 << 20))
    assert read_value(bomb) == bomb.strip()


def damaged(kind: str) -> str:
    """A zip that ends in each way a zip can be wrong, though its list of files can be read."""
    data = bytearray(base64.b64decode(packed(document("<А>1</А>" * 50))))
    if kind == "deflate":
        at = data.index(b"v8_1.xml") + len("v8_1.xml")
        data[at : at + 8] = b"\xff" * 8
    else:
        # The mark that a password is needed, in the file's own header and in the list.
        for at in (6, data.index(b"PK\x01\x02") + 8):
            data[at] |= 1
    return base64.b64encode(bytes(data)).decode()


@pytest.mark.parametrize("kind", ["deflate", "password"])
def test_a_zip_that_cannot_be_unpacked_is_text(kind: str) -> None:
    assert read_value(damaged(kind)) == damaged(kind)


def test_base64_that_is_no_zip_is_text() -> None:
    text = base64.b64encode("просто слова, которые никто не упаковывал".encode()).decode()
    assert read_value(text) == text


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_no_string_is_an_error(text: str) -> None:
    read_value(text)


@given(st.dictionaries(st.sampled_from(["Date", "Comment", "GUID"]), st.text("<>&'\" абв", max_size=20)))
def test_parameters_arrive_as_they_were_sent(parameters: dict[str, str]) -> None:
    root = ElementTree.fromstring(envelope("GetReserve", parameters, None))
    sent = {element.tag: element.text or "" for element in root[0][0]}
    assert sent == {f"{{ru.umc}}{name}": value for name, value in parameters.items()}


def ask(pattern: str, **body: object) -> str:
    return SoapDialect("ZipXML").ask(pattern, "centre", body).data.decode()


def test_the_structure_of_parameters() -> None:
    said = ask(
        "Schedule", Method="GetSchedule20", StartDate="2026-11-24T00:00:00", Clinic="c", OnlyFreeTime="true"
    )
    assert "<m:StartDate>2026-11-24T00:00:00</m:StartDate>" in said
    assert '<core:Property name="Clinic"><core:Value xsi:type="xs:string">c</core:Value>' in said
    assert '<core:Property name="Format"><core:Value xsi:type="xs:string">ZipXML<' in said
    assert "OnlyFreeTime" not in said
    assert "Employees" not in said


def test_the_length_told_to_the_patient_wins_over_the_norms_of_the_services() -> None:
    said = ask(
        "AppointmentCreate",
        Method="BookAnAppointmentWithParams",
        Duration="0001-01-01T00:30:00",
        DurationType="ServiceDuration",
        Services="a;b",
    )
    assert "DurationType" not in said
    assert "0001-01-01T00:30:00" in said
    assert "a;b" in said
