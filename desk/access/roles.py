"""What each role may do, and to which conversations: one table, asked on the server at every call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Role = Literal["operator", "supervisor", "administrator"]

# How a conversation stands to the one who asks: theirs now, another of a patient who is theirs now (the chat
# of a request, or the same proved phone: see `desk.console_api.reading`), once theirs, waiting for anybody,
# of nobody but the bot, or a colleague's.
Relation = Literal["own", "earlier", "past", "queue", "bot", "other"]

Right = Literal[
    "presence.set",
    "colleagues.view",
    "conversations.list",
    "conversation.view",
    "conversation.take",
    "conversation.write",
    "conversation.note",
    "conversation.hand_over",
    "conversation.close",
    "visits.change",
    "figures.view",
    "staff.change",
    "audit.view",
]

_ALL: frozenset[Relation] = frozenset({"own", "earlier", "past", "queue", "bot", "other"})
_OWN: frozenset[Relation] = frozenset({"own"})
_NONE: frozenset[Relation] = frozenset()

_OPERATOR: Mapping[Right, frozenset[Relation]] = {
    "presence.set": _ALL,
    "colleagues.view": _ALL,
    "conversations.list": frozenset({"own", "queue"}),
    "conversation.view": frozenset({"own", "earlier", "past", "queue"}),
    "conversation.take": frozenset({"own", "earlier", "queue"}),
    "conversation.write": _OWN,
    "conversation.note": frozenset({"own", "queue"}),
    "conversation.hand_over": _OWN,
    "conversation.close": _OWN,
    "visits.change": _OWN,
}
_SUPERVISOR: Mapping[Right, frozenset[Relation]] = {
    **_OPERATOR,
    "conversations.list": _ALL,
    "conversation.view": _ALL,
    # To write, a supervisor takes the conversation first: two people never answer one patient.
    "conversation.take": _ALL,
    "conversation.note": _ALL,
    "conversation.hand_over": _ALL,
    "figures.view": _ALL,
}
_ADMINISTRATOR: Mapping[Right, frozenset[Relation]] = {
    **_SUPERVISOR,
    "staff.change": _ALL,
    "audit.view": _ALL,
}
_MATRIX: Mapping[Role, Mapping[Right, frozenset[Relation]]] = {
    "operator": _OPERATOR,
    "supervisor": _SUPERVISOR,
    "administrator": _ADMINISTRATOR,
}


def relations(role: Role, right: Right) -> frozenset[Relation]:
    """The conversations to which `role` may do this, by how they stand to the one who asks."""
    return _MATRIX[role].get(right, _NONE)


def has_right(role: Role, right: Right) -> bool:
    """Whether there is anything at all to which `role` may do this."""
    return bool(relations(role, right))
