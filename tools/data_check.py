"""The data files that designers edit, read as the programs read them: every mistake at once, in seconds.

`python -m tools.data_check` prints a line for each mistake, `folder/file:line: what; allowed: …`, and fails
if there are any. Needs no model and no database.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import yaml

from lang.advice import load_advice
from lang.alarm_talk import load_alarm_talk
from lang.answers import load_answers
from lang.cancel_reasons import load_cancel_reasons
from lang.catalogue import Catalogue, load_catalogue
from lang.complaints import load_complaints
from lang.insurers import load_insurers
from lang.red_flags import load_red_flags
from lang.request_words import load_request_words
from lang.strict_yaml import DataFileError, Problems, Value, read_yaml
from lang.text import normalise
from lang.topics import load_topics
from tools.bootstrap import ROOT

CATALOGUE = "data/catalogue"
SANDBOX = "sandbox/data"
_COUNT = re.compile(r"(\d+) специальност")
_TITLE = 32
_Read = TypeVar("_Read")
_RESPONSE = re.compile(r"utter_[a-z][a-z0-9_]*")
# What the YAML reader says of the commonest slips, and what it means to somebody who types the file.
_SLIPS = {
    "violates indentation": "spaces at the start of a line, not a tab",
    "that cannot start any token": "quotes around a text that begins with @ or %; spaces, not a tab",
    "mapping values are not allowed": "quotes around a text with a colon; a space after the colon of a key",
    "did not find expected key": "lines of one block in one column, quotes around the whole text",
    "did not find expected '-' indicator": "lines of one list in one column, each with `- `",
    "did not find expected ',' or": "a comma between the parts, ] and } and quotes closed",
    "could not find expected ':'": "`key: value`, with a space after the colon",
    "unexpected end of stream": "quotes and brackets closed",
    "undefined alias": "quotes around a text that begins with *",
    "unknown escape": "no \\ before a letter, except \\n for a new line",
}


def mistakes(root: Path) -> Iterator[str]:
    """Everything wrong in the data files under `root`, a line each; broken YAML hides the rest."""
    broken = [*_unreadable(root)]
    yield from broken
    if not broken:
        yield from _refused(root)
        intents = _intents(root)
        yield from _told(root, "data/nlu", lambda files, problems: _examples(files, problems, intents))
        yield from _told(root, "data/responses", _responses)


def _unreadable(root: Path) -> Iterator[str]:
    for folder in (".", *sorted(str(path.relative_to(root)) for path in (root / "data").iterdir()), SANDBOX):
        for path in sorted((root / folder).glob("*.yml")):
            problems = Problems()
            read_yaml(path, problems)
            yield from (_placed(folder, _explained(problem, path)) for problem in problems.found)


def _refused(root: Path) -> Iterator[str]:
    """What the readers of the programs say; files about specialties wait until the catalogue is right."""
    folder = root / CATALOGUE
    found: list[str] = []

    def tried(read: Callable[[], _Read]) -> _Read | None:
        try:
            return read()
        except DataFileError as error:
            found.extend(error.problems)
            return None

    catalogue = tried(lambda: load_catalogue(folder))
    topics = tried(lambda: load_topics(folder / "topics.yml"))
    tried(lambda: load_insurers(folder / "insurers.yml"))
    tried(lambda: load_cancel_reasons(folder / "cancel_reasons.yml"))
    tried(lambda: load_alarm_talk(folder / "alarms.yml"))
    tried(lambda: load_red_flags(folder / "red_flags.yml"))
    if topics is not None:
        tried(lambda: load_answers(folder / "answers.yml", topics.by_id))
        tried(lambda: load_request_words(folder / "requests.yml", topics.by_id))
    if catalogue is not None:
        tried(lambda: load_advice(folder / "advice.yml", catalogue.specialties))
    yield from (_placed(CATALOGUE, problem) for problem in found)
    found.clear()
    tried(lambda: load_complaints(root / "data/complaints"))
    yield from (_placed("data/complaints", problem) for problem in found)
    if catalogue is None:
        return
    yield from _told(root, CATALOGUE, lambda files, problems: _whole(files, problems, catalogue))
    if not found:
        yield from _told(root, "data/complaints", lambda files, told: _complaints(files, told, catalogue))
    yield from _told(root, "data/responses", lambda files, told: _counts(files, len(catalogue.specialties)))
    if (root / SANDBOX).exists():
        yield from _told(root, SANDBOX, lambda files, problems: _sandbox(files, problems, catalogue))


def _whole(files: Sequence[Value], problems: Problems, catalogue: Catalogue) -> None:
    """Each specialty has its two consultations, a title that fits a button, and no name of a service."""
    called = {
        _bare(phrase): one.id
        for one in (*catalogue.services.values(), *catalogue.groups.values())
        for phrase in (one.name, *one.synonyms)
    }
    articles = {service.article for service in catalogue.services.values()}
    for id_, entry in _section(files, "specialties.yml", "specialties"):
        specialty = catalogue.specialties[id_]
        for phrase in (specialty.name, *specialty.synonyms, *specialty.lay):
            if (owner := called.get(_bare(phrase))) is not None:
                entry.wrong(f"{phrase!r} already belongs to {owner} (services.yml)", "one owner")
        if len(specialty.title) > _TITLE:
            entry.wrong(f"title: {len(specialty.title)} letters do not fit a button", f"{_TITLE} at most")
        if specialty.consultation is None:
            entry.wrong("key 'consultation' is missing", "the beginning of the article: B-THER")
            continue
        for article in (f"{specialty.consultation}-1", f"{specialty.consultation}-2"):
            if article not in articles:
                entry.wrong(f"no service of services.yml has the article {article}", "both consultations")


def _complaints(files: Sequence[Value], problems: Problems, catalogue: Catalogue) -> None:
    """Known specialties only, each of them met, no complaint twice."""
    seen: dict[str, str] = {}
    met: set[str] = set()
    for file in files:
        for entry in dict(file.items())["complaints"].values():
            fields = dict(entry.items())
            text = fields["text"].text()
            if (first := seen.setdefault(text, entry.place)) != entry.place:
                entry.wrong(f"{text!r} is given twice, first at {first}", "each complaint once")
            for named in fields["specialties"].values():
                met.add(named.text())
                if named.text() not in catalogue.specialties:
                    named.wrong(f"unknown specialty {named.text()!r}", ", ".join(catalogue.specialties))
    for id_ in catalogue.specialties:
        if id_ not in met:
            problems.add("*.yml:1", f"no complaint leads to {id_}", "twenty complaints and more")


def _sandbox(files: Sequence[Value], problems: Problems, catalogue: Catalogue) -> None:
    """The sandbox spells as the catalogue expects and sells what the catalogue names."""
    known = catalogue.specialties
    theirs = dict(_section(files, "specialties.yml", "specialties"))
    for id_, entry in theirs.items():
        if id_ not in known:
            entry.wrong(f"unknown specialty {id_!r}", ", ".join(known))
            continue
        for name in dict(entry.items())["mis_names"].values():
            if name.text() not in known[id_].mis_names:
                name.wrong(f"unknown spelling {name.text()!r}", ", ".join(known[id_].mis_names))
    price_list = next(dict(file.items()) for file in files if file.path.name == "nomenclature.yml")
    sold: set[str] = set()
    for entry in price_list["items"].values():
        fields = dict(entry.items())
        sold.add(fields["article"].text())
        owner = fields["specialty"]
        if not owner.is_null and owner.text() not in known:
            owner.wrong(f"unknown specialty {owner.text()!r}", ", ".join(known))
    for service in catalogue.services.values():
        if service.article not in sold:
            problems.add(
                "nomenclature.yml:1", f"no item {service.article} ({service.id})", "all of services.yml"
            )
    for id_ in known:
        if id_ not in theirs:
            problems.add("specialties.yml:1", f"no doctors of {id_}", "a line for each specialty")


def _intents(root: Path) -> set[str]:
    domain = read_yaml(root / "domain.yml", Problems())
    entries = dict(domain.items())["intents"].values() if domain is not None else []
    return {next(key for key, _ in entry.items()) if entry.is_map else entry.text() for entry in entries}


def _examples(files: Sequence[Value], problems: Problems, intents: set[str]) -> None:
    """Examples as Rasa takes them, of known intents: without its dash a message is lost in silence."""
    for file in files:
        top = file.fields(("nlu",), ("version",))
        for entry in top["nlu"].values() if "nlu" in top else ():
            fields = entry.fields(("intent", "examples"))
            if len(fields) < 2:
                continue
            if (intent := fields["intent"].text()) not in intents:
                fields["intent"].wrong(f"{intent!r} is no intent of domain.yml", "an intent of the domain")
            examples = fields["examples"]
            start = examples.node.start_mark.line + 2
            for number, line in enumerate(examples.text().split("\n")):
                if not line.startswith("- "):
                    place = f"{file.path.name}:{start + number}"
                    what = f"{intent}: {line[:40]!r} is no example"
                    problems.add(place, what, "`examples: |`, then lines that start with `- `")


def _responses(files: Sequence[Value], problems: Problems) -> None:
    """Responses with a text in each variant; no name twice, in whichever files."""
    seen: dict[str, str] = {}
    for file in files:
        top = file.fields(("responses",), ("version",))
        for name, entry in top["responses"].items() if "responses" in top else ():
            if not _RESPONSE.fullmatch(name):
                entry.wrong(f"bad name {name!r}", "utter_ and small Latin letters")
            if (first := seen.setdefault(name, entry.place)) != entry.place:
                entry.wrong(f"is given twice, first at {first}", "each response once")
            for variant in entry.values():
                fields = variant.fields(("text",), ("buttons",))
                if "text" in fields:
                    fields["text"].text()
                for button in fields["buttons"].values() if "buttons" in fields else ():
                    for part in button.fields(("title", "payload")).values():
                        part.text()


def _counts(files: Sequence[Value], specialties: int) -> None:
    """A response that says how many specialties there are says the right number."""
    for file in files:
        for _, entry in dict(file.items())["responses"].items():
            for text in (
                value for variant in entry.values() for key, value in variant.items() if key == "text"
            ):
                said = _COUNT.search(text.text())
                if said is not None and int(said[1]) != specialties:
                    text.wrong(f"{said[1]} specialties are promised", f"{specialties}, as there are")


def _told(root: Path, folder: str, check: Callable[[Sequence[Value], Problems], None]) -> Iterator[str]:
    """What `check` finds in the files of the folder."""
    problems = Problems()
    read = [read_yaml(path, problems) for path in sorted((root / folder).glob("*.yml"))]
    check([file for file in read if file is not None], problems)
    yield from (_placed(folder, problem) for problem in problems.found)


def _section(files: Sequence[Value], name: str, key: str) -> Iterator[tuple[str, Value]]:
    file = next(file for file in files if file.path.name == name)
    return dict(file.items())[key].items()


def _bare(phrase: str) -> str:
    return " ".join(re.split(r"[\s\-–—]+", normalise(phrase))).strip()


def _placed(folder: str, problem: str) -> str:
    return problem if folder == "." else f"{folder}/{problem}"


def _explained(problem: str, path: Path) -> str:
    """The problem with where it may have begun, and with what to do about it instead of «valid YAML»."""
    for said, allowed in _SLIPS.items():
        if said in problem:
            return problem.removesuffix("; allowed: valid YAML") + f"{_begun(path)}; allowed: {allowed}"
    return problem


def _begun(path: Path) -> str:
    """An open quotation mark or bracket is noticed only where the next thing does not fit it."""
    try:
        yaml.compose(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        if (
            error.context_mark is not None
            and error.context
            and ("flow" in error.context or "quoted" in error.context)
        ):
            return f", begun in line {error.context_mark.line + 1}"
    return ""


def main() -> int:
    found = list(mistakes(ROOT))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
