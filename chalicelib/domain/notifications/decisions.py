"""Find the request that a notification lets people decide, and what its approval opens."""

from __future__ import annotations

from chalicelib.domain.notifications.message import LONGEST_TEXT, clean_text, find_member
from chalicelib.domain.trail import Action, Entry, Outcome

CLIENT_ONLY = "the client"
"""The detail `waiting_for` of a request that no one at the firm can approve any more."""


def is_about_request(entry: Entry) -> bool:
    """Return whether the entry is about one access request."""
    return bool(entry.detail("request"))


def find_request_to_decide(entry: Entry) -> str:
    """Return the ID of the request that still waits for someone at the firm after this entry, or
    ""."""
    is_open = entry.action in (Action.REQUEST_CREATE, Action.REQUEST_APPROVE)
    waiting_for = entry.detail("waiting_for")
    if not is_open or entry.outcome is not Outcome.DONE or waiting_for in ("", CLIENT_ONLY):
        return ""
    return clean_text(entry.detail("request"))


def describe_effect(entry: Entry) -> str:
    """Return the sentence on what an approval of the entry's request opens."""
    role = f"{clean_text(entry.role)} of {clean_text(entry.engagement)}"
    span = clean_text(entry.detail("span"), LONGEST_TEXT)
    return f"{find_member(entry)} can use {role}, {span}."
