"""Record who gives a right, such as that of a lead, and judge whether it comes from the asker.

For 24 hours, no one approves a request of the person who gave them their right. This also holds if
that person gave it through others, such as a lead who has their own right from them since today.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.people.authentication import Caller

NEW_RIGHT = timedelta(hours=24)
"""For this long, no one approves a request of the person who gave them the right to approve."""


def _list_own_rights(caller: Caller) -> tuple[tuple[str, datetime | None], ...]:
    """Return the rights that the caller acts with, each as its givers and its time: their kind, and
    the code that their token came from."""
    member, token = caller.member, caller.token
    return (member.kind_set_by, member.kind_set_at), (token.code_made_by, token.code_used_at)


def list_givers(giver: Caller, now: datetime) -> str:
    """Return the IDs of the people behind a right that this caller gives now, separated by spaces:
    the caller, and those who gave the caller's own right in the last 24 hours."""
    own = _list_own_rights(giver)
    before = (by for by, at in own if at is not None and now < at + NEW_RIGHT)
    return " ".join(dict.fromkeys(" ".join((giver.member.id, *before)).split()))


def is_new_right(given_by: str, given_at: datetime | None, asker: str, now: datetime) -> bool:
    """Return whether this right comes from the asker in the last 24 hours, so that it does not
    count for the asker's own requests. `given_by` are the IDs that `list_givers` returned. None:
    the time was not recorded, so the right is old."""
    return given_at is not None and asker in given_by.split() and now < given_at + NEW_RIGHT


def acts_with_new_right(caller: Caller, asker: str, now: datetime) -> bool:
    """Return whether the caller's kind, or the code that their token came from, is a new right from
    the asker."""
    return any(is_new_right(by, at, asker, now) for by, at in _list_own_rights(caller))
