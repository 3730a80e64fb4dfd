"""«УЗИ», «анализы»: the services of a group, narrowed by the other words of the message."""

from __future__ import annotations

from actions.answers.subject import Subject
from actions.context import Context
from lang.catalogue import CatalogueService
from lang.text import all_lemmas, tokens

MOST_LISTED = 8


def members(context: Context, group: str, text: str) -> list[CatalogueService]:
    """Services of a group, the popular first; only those that have the words of the text which some of them
    have and others lack («с контрастом»)."""
    services = context.services_of_group(group)
    names = {service.id: _lemmas(service.name) for service in services}
    common = frozenset.intersection(*names.values()) if names else frozenset()
    said = _lemmas(text) - common - _lemmas(context.catalogue.groups[group].name)
    fitting = {id_: len(said & words) for id_, words in names.items()}
    best = max(fitting.values(), default=0)
    return [service for service in services if fitting[service.id] == best]


def listed(context: Context, subject: Subject, text: str) -> tuple[list[CatalogueService], list[str]]:
    """The services in question, those of small groups among them, and the groups too large to be listed."""
    services = [context.catalogue.services[id_] for id_ in subject.services]
    large: list[str] = []
    for group in subject.groups:
        found = members(context, group, text)
        if len(found) <= MOST_LISTED:
            services += [service for service in found if service not in services]
        else:
            large.append(group)
    return services, large


def _lemmas(text: str) -> frozenset[str]:
    return frozenset(
        lemma
        for token in tokens(text)
        if len(token.text) > 2
        for lemma in (token.text, *all_lemmas(token.text))
    )
