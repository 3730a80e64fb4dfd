"""Conversations: the thread of one patient in one channel, who has it, and how it changes hands.

thread.py     finds and opens them
ownership.py  the owner, compare-and-set, events
handoff.py    calls people and tells the patient; briefing.py is what they get to know
gate.py       a patient's message while people have the conversation; callbacks.py, who does not want to wait
queue.py      the order and the steps of the routing; operators.py, what an operator does
watch.py      waits longer than promised, nobody there, ended snoozes
people.py     whether people are there; hours.py, when they work
site_requests.py requests from the form of the site; left_requests.py, those left in a chat"""

from __future__ import annotations

from desk.conversations.thread import Channel, Conversation, find, open_conversation

__all__ = ["Channel", "Conversation", "find", "open_conversation"]
