"""Conversations: the thread of one patient in one channel, who has it, and how it changes hands.

thread.py    finds and opens them
ownership.py the owner, compare-and-set, events
"""

from __future__ import annotations

from desk.conversations.thread import Channel, Conversation, find, open_conversation

__all__ = ["Channel", "Conversation", "find", "open_conversation"]
