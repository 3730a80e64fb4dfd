"""SOAP as BIT.UMC speaks it: an answer is a string in an envelope, and the string is a document of its own.

That document is XML in a namespace of its own, JSON, a base64 zip of either, a bare `Ok` or `Error`, or a
sentence. Elements are known by their local names, and children collapse as in the JSON of the HTTP service:
none is `""`, one is an object, several are a list.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from mis.umc_wire import ANSWER, decode_text

_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_UMC = "ru.umc"
_CORE = "http://v8.1c.ru/8.1/data/core"
_XSI, _XS = "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema"
_MAX_UNPACKED = 64 << 20
_MAX_DEPTH = 40
# Letters.
_MOUTHFUL = 64 << 10
# A password is a RuntimeError; what cannot be unpacked has an error of each way of packing.
_NO_ZIP = (
    *(binascii.Error, zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OSError, struct.error),
    *(zlib.error, lzma.LZMAError),
)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{40,}={0,2}\s*")


class NotSoap(Exception):
    """The bytes are no envelope with an answer or a fault."""


def envelope(operation: str, parameters: Mapping[str, str], structure: Mapping[str, str] | None) -> bytes:
    """A call of `operation`; `structure` goes as 1C's structure in the parameter `Params`."""
    inner = "".join(f"<m:{name}>{escape(value)}</m:{name}>" for name, value in parameters.items())
    if structure is not None:
        inner += (
            f"<m:Params>{''.join(_property(name, value) for name, value in structure.items())}</m:Params>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soap:Envelope xmlns:soap="{_SOAP}" xmlns:m="{_UMC}" xmlns:core="{_CORE}" xmlns:xs="{_XS}" '
        f'xmlns:xsi="{_XSI}"><soap:Body><m:{operation}>{inner}</m:{operation}></soap:Body></soap:Envelope>'
    ).encode()


def _property(name: str, value: str) -> str:
    written = f'<core:Value xsi:type="xs:string">{escape(value)}</core:Value>'
    return f"<core:Property name={quoteattr(name)}>{written}</core:Property>"


def returned(body: bytes) -> str:
    """The string the operation returned, or the words of a fault. Raises `NotSoap`."""
    root = _parse(decode_text(body))
    if root is None or _local(root.tag) != "Envelope":
        raise NotSoap("no envelope")
    for element in root.iter():
        name = _local(element.tag)
        if name == "return":
            return element.text or ""
        if name == "Fault":
            said = [
                text
                for found in element.iter()
                if _local(found.tag) in ("Text", "faultstring")
                for text in [found.text]
                if text
            ]
            return said[0] if said else ""
    raise NotSoap("an envelope without an answer")


def read_value(text: str) -> object:
    """What the returned string means: `{"Ответ": …}` for a document, the JSON's own value, or the words."""
    text = text.removeprefix("\ufeff").strip()
    unpacked = _unpack(text)
    if unpacked is not None:
        return read_value(unpacked)
    if text.startswith(("{", "[")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    if not text.startswith("<"):
        return text
    root = _parse(text)
    if root is None:
        return text
    if _local(root.tag) == "string" and root.text and root.text.lstrip("\ufeff \t\r\n").startswith("<"):
        return read_value(root.text)
    value = _collapse(root, 0)
    return {ANSWER: value if isinstance(value, Mapping) else {}}


def _unpack(text: str) -> str | None:
    """The one file of a base64 zip; None when this is none, is damaged or needs a password."""
    if not _BASE64.fullmatch(text):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(text))) as archive:
            [entry] = archive.infolist()
            if entry.file_size > _MAX_UNPACKED:
                return None
            return decode_text(archive.read(entry))
    except _NO_ZIP:
        return None


def _parse(text: str) -> ElementTree.Element | None:
    # A document type can make entities grow without bound, and 1C never sends one.
    if not text.startswith("<") or "<!DOCTYPE" in text[:2000]:
        return None
    parser = ElementTree.XMLParser()
    try:
        # A parser lets no other thread run while it is fed, and a directory of a branch has megabytes.
        for start in range(0, len(text), _MOUTHFUL):
            parser.feed(text[start : start + _MOUTHFUL])
        return parser.close()
    except (ElementTree.ParseError, ValueError):
        return None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _collapse(element: ElementTree.Element, depth: int) -> object:
    if not len(element) or depth == _MAX_DEPTH:
        return (element.text or "").strip()
    found: dict[str, object] = {}
    for child in element:
        name, value = _local(child.tag), _collapse(child, depth + 1)
        if name not in found:
            found[name] = value
            continue
        known = found[name]
        if isinstance(known, list):
            known.append(value)
        else:
            found[name] = [known, value]
    return found
