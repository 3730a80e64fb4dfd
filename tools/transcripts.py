"""`docs/conversations.md`, taken from the running system: `make transcripts`.

The patients' side stands in `docs/conversations.yml`; what Мария answers is what she answered. A step is a
message, `tap: <beginning of a button>`, `tap: offer` (the first time that is offered) or `code: true` (the
code that the development adapter of SMS wrote down). `{name}`, `{phone}` and `{birth}` stand for an
invented patient, another one in each conversation.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from tools.bootstrap import ROOT
from tools.chat import Chat
from tools.running import NotReady, System, running_system

SCRIPT = ROOT / "docs/conversations.yml"
PAGE = ROOT / "docs/conversations.md"
_OFFER = re.compile(r"\d\d\.\d\d")
_CODE = re.compile(r"\b\d{6}\b")
_LINK = re.compile(r"https?://\S+")


class ScriptError(Exception):
    """A conversation could not be played; names it, the step and what was shown instead."""


def main() -> int:
    script = yaml.safe_load(SCRIPT.read_text(encoding="utf-8"))
    try:
        # Of its own each time: the patients of a former run would have their visits already.
        with (
            tempfile.TemporaryDirectory(prefix="maria-transcripts-", ignore_cleanup_errors=True) as folder,
            running_system(Path(folder) / "var") as system,
        ):
            PAGE.write_text("\n".join(page(script, system)) + "\n", encoding="utf-8")
    except (NotReady, ScriptError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{PAGE.relative_to(ROOT)} is written")
    return 0


def page(script: Mapping[str, Any], system: System) -> Iterator[str]:
    """The page's lines; every conversation is played in its turn. Raises `ScriptError`."""
    yield f"# {script['title']}\n\n{script['about']}"
    for number, conversation in enumerate(script["conversations"], start=1):
        yield f"\n## {conversation['title']}\n"
        if note := conversation.get("note"):
            yield f"{note}\n"
        yield from _play(conversation, number, system)


def _play(conversation: Mapping[str, Any], number: int, system: System) -> Iterator[str]:
    headers = {"Authorization": f"Bearer {os.environ.get('REST_TOKEN', 'dev')}"}
    patient = _patient(number)
    with httpx.Client(base_url=system.desk, headers=headers, timeout=30) as client:
        chat = Chat(client, f"transcript-{uuid.uuid4().hex}")
        answer = ""
        for step in conversation["steps"]:
            try:
                typed, shown = _said(step, chat, patient, system.var_dir)
            except ScriptError as error:
                raise ScriptError(f"«{conversation['title']}»: {error}, after:\n{answer}") from None
            answer = chat.send(typed)
            yield f"**Пациент:** {shown}\n"
            yield quoted(answer) + "\n"


def _said(
    step: str | Mapping[str, Any], chat: Chat, patient: Mapping[str, str], var_dir: Path
) -> tuple[str, str]:
    """What is sent, and how it stands on the page."""
    if isinstance(step, str):
        text = step.format(**patient)
        return text, text
    if "code" in step:
        code = _last_code(var_dir / "sms.jsonl", patient["phone"])
        if code is None:
            raise ScriptError(f"no code was sent to {patient['phone']}")
        return code, code
    wanted = str(step["tap"])
    for button in chat.buttons:
        if _OFFER.match(button["title"]) if wanted == "offer" else button["title"].startswith(wanted):
            return button["payload"], f"[{button['title']}]"
    shown = [button["title"] for button in chat.buttons]
    raise ScriptError(f"no button «{wanted}» among {shown}")


def quoted(answer: str) -> str:
    """An answer as a quotation of Markdown; links of this run, which nobody can follow, are shortened."""
    lines = _LINK.sub("https://…", answer).splitlines()
    return "\n".join(f"> {line}  " if line else ">" for line in lines)


def _last_code(path: Path, phone: str) -> str | None:
    sent: Sequence[str] = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
    for line in reversed(sent):
        message = json.loads(line)
        if message["phone"] == phone and (found := _CODE.search(message["text"])):
            return found.group()
    return None


def _patient(number: int) -> Mapping[str, str]:
    surnames = ("Белова", "Ясенева", "Полевая", "Озерова", "Луговая", "Зимина", "Соколова", "Рощина")
    surname = surnames[number % len(surnames)]
    return {
        "name": f"{surname} Анна Сергеевна",
        "phone": f"+7900000{number:04}",
        "birth": "12.05.1987",
    }


if __name__ == "__main__":
    sys.exit(main())
