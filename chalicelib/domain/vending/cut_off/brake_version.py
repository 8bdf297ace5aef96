"""Build the version of the brake, the permissions boundary of a client's role, that ends the
sessions of the role's cut-offs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from chalicelib.domain.policies.brake import (
    build_brake_policy,
    build_canary_denial,
    build_denial,
    list_member_patterns,
)
from chalicelib.domain.policies.documents import MANAGED_POLICY_MAX, Document, size
from chalicelib.domain.vending.cut_off.cut_offs import CutOff, RoleCutOffs

MEMBERS_WITH_ROOM = (14, 24)
"""The members whose sessions one version of the brake can end while it spares everyone else's, if
each has a time of their own: with the longest member IDs and role's ARN, and with the shortest."""
SESSIONS_WITH_ROOM = (63, 150)
"""The single sessions that it can end so."""
WIDENED = (
    "The brake's policy has no room for all names, so the brake ends all earlier sessions of"
    " this IAM role, for everyone."
)

_ANY_CANARY = "0" * 16
"""As long as every canary's ID."""


def build_brake_version(
    stored: RoleCutOffs, now: datetime, canary: str, sharing: Sequence[RoleCutOffs] = ()
) -> Document:
    """Return the brake's policy with every cut-off of this IAM role that is not over, and with this
    canary, a test session that every version denies. Add the canaries of earlier versions that are
    not seen yet, if there is room. If IAM accepts no policy that long, deny everyone up to the
    latest time instead.

    `sharing` are the items of other roles in Daypass with the same IAM role, and so the same brake.
    The policy keeps their cut-offs and, if there is room, their canaries."""
    cut_offs = _list_denied(stored, now, sharing)
    canaries = [canary, *stored.list_unseen_canaries(now)]
    others = [each.canary for each in sharing if each.role_arn == stored.role_arn and each.canary]
    for tested in ([*canaries, *others], canaries, [canary]):
        policy = _build_policy(stored, _list_denials(cut_offs), tested)
        if size(policy) <= MANAGED_POLICY_MAX:
            return policy
    # A policy without a cut-off has room, so there is one here.
    latest = max(each.issued_until for each in cut_offs)
    return _build_policy(stored, [build_denial(patterns=[], issued_until=latest)], canaries)


def is_widened(stored: RoleCutOffs, now: datetime, sharing: Sequence[RoleCutOffs] = ()) -> bool:
    """Return whether the brake's policy ends everyone's sessions because the names of the cut-offs
    do not fit."""
    cut_offs = _list_denied(stored, now, sharing)
    if any(each.is_for_everyone for each in cut_offs):
        return False
    return size(_build_policy(stored, _list_denials(cut_offs), [_ANY_CANARY])) > MANAGED_POLICY_MAX


def _build_policy(
    stored: RoleCutOffs, denials: Sequence[Document], canaries: Sequence[str]
) -> Document:
    return build_brake_policy(stored.names, *denials, build_canary_denial(*canaries))


def _list_denied(
    stored: RoleCutOffs, now: datetime, sharing: Iterable[RoleCutOffs]
) -> list[CutOff]:
    """Return the cut-offs that belong in the brake: not over, and of the item's own IAM role."""
    return [
        each
        for item in (stored, *sharing)
        for each in item.cut_offs
        if (each.role_arn or item.role_arn) == stored.role_arn and not each.is_over(now)
    ]


def _list_denials(cut_offs: Sequence[CutOff]) -> list[Document]:
    """Return the statements that end the sessions of each of these cut-offs. There is one for
    everyone and one for all single sessions. Members whose sessions are cut off up to the same
    moment (`issued_until`) share one."""
    latest: dict[str, datetime] = {}
    sessions: dict[str, None] = {}
    everyone = [each.issued_until for each in cut_offs if each.is_for_everyone]
    for each in cut_offs:
        if each.sessions:  # these alone, even if the cut-off has their member
            sessions |= dict.fromkeys(each.patterns)
        elif each.member:
            latest[each.member] = max(each.issued_until, latest.get(each.member, each.issued_until))
    members: dict[datetime, list[str]] = {}
    for member, until in latest.items():
        members.setdefault(until, []).extend(list_member_patterns(member))
    denials = [build_denial(patterns=[], issued_until=max(everyone))] if everyone else []
    denials += [build_denial(patterns, until) for until, patterns in sorted(members.items())]
    denials += [build_denial(list(sessions), issued_until=None)] if sessions else []
    return denials
