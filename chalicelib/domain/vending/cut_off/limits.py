"""Add a cut-off to those of a role, within the limits of the stored item and of the brake's policy.

If there is no room, wider cut-offs replace narrower ones: first those of the member with the most,
so that no member can end the sessions of others with cut-offs of their own.

Each role in Daypass is judged alone. The cut-offs of roles that have the same IAM role can together
be too many for its brake. Then the brake ends everyone's sessions (`build_brake_version`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.cut_off.brake_version import is_widened
from chalicelib.domain.vending.cut_off.cut_offs import (
    MAX_ALL_NAMES,
    MAX_CUT_OFFS,
    CutOff,
    RoleCutOffs,
    find_clients_problem,
)


def find_covering_cut_off(stored: RoleCutOffs, cut_off: CutOff) -> CutOff | None:
    """Return a stored cut-off that ends every session that this one is to end, or None."""
    return next((each for each in stored.cut_offs if _covers(each, cut_off)), None)


def add_cut_off(stored: RoleCutOffs, cut_off: CutOff) -> RoleCutOffs:
    """Return the next version of the item with this cut-off as the last. If a stored cut-off
    already ends every session that this one is to end, return the item unchanged.

    If there is no room, one cut-off of all sessions of a member replaces those of the member with
    the most, and so on. If that makes too little room in the item, one cut-off of everyone replaces
    those of the same IAM role. If the cut-offs of other IAM roles leave no room even for that, one
    replaces those of each role.
    """
    if find_covering_cut_off(stored, cut_off) is not None:
        return stored
    cut_offs = (*stored.cut_offs, cut_off)
    while not _has_room(replace(stored, cut_offs=cut_offs), cut_off.requested_at):
        merged = _merge_busiest_member(stored.method, cut_offs, cut_off)
        if merged is None:
            break
        cut_offs = merged
    if not _fits_item(cut_offs):
        own = [each for each in cut_offs if each.role_arn == cut_off.role_arn]
        others = [each for each in cut_offs if each.role_arn != cut_off.role_arn]
        if len(others) >= MAX_CUT_OFFS:
            others = _merge(stored.method, others, cut_off)
        cut_offs = (*others, *_merge(stored.method, own, cut_off))
    # Try the new cut-off at once, without the pause after earlier failures.
    return next_version(
        stored, cut_offs=cut_offs, tried_at=None, try_count=0, reported_problem=None
    )


def find_widened_members(stored: RoleCutOffs, changed: RoleCutOffs, cut_off: CutOff) -> list[str]:
    """Return the members all of whose sessions are cut off only because there was no room for
    narrower cut-offs. `changed` is `stored` with the cut-off added."""
    previous = (*stored.cut_offs, cut_off)
    new = [each for each in changed.cut_offs if each not in previous]
    return sorted({each.member for each in new if each.member})


def _fits_item(cut_offs: tuple[CutOff, ...]) -> bool:
    named_count = sum(len(each.sessions) for each in cut_offs)
    return len(cut_offs) <= MAX_CUT_OFFS and named_count <= MAX_ALL_NAMES


def _has_room(changed: RoleCutOffs, now: datetime) -> bool:
    """Return whether the item and, with that method, the brake have room for all cut-offs."""
    is_brake = changed.method is CutOffMethod.BRAKE
    return _fits_item(changed.cut_offs) and not (is_brake and is_widened(changed, now))


def _merge_busiest_member(
    method: CutOffMethod, cut_offs: tuple[CutOff, ...], new: CutOff
) -> tuple[CutOff, ...] | None:
    """Replace the cut-offs of the member with the most, or with the most names, by one of all their
    sessions of that IAM role, in the place of the latest. Return None if no member has several."""
    sizes: Counter[tuple[str, str | None]] = Counter()
    for each in cut_offs:
        if each.member:
            sizes[each.member, each.role_arn] += max(1, len(each.sessions))
    busiest = max(sizes, key=lambda each: sizes[each], default=None)
    if busiest is None or sizes[busiest] == 1:
        return None
    parts = [each for each in cut_offs if (each.member, each.role_arn) == busiest]
    (merged,) = _merge(method, parts, new, member=busiest[0])
    kept = (each for each in cut_offs if each not in parts[:-1])
    return tuple(merged if each == parts[-1] else each for each in kept)


def _covers(earlier: CutOff, cut_off: CutOff) -> bool:
    """Return whether `earlier` ends every session that `cut_off` ends.

    A revocation that is repeated has a later `issued_until`, but no later sessions: the first one
    blocked them.
    """
    if earlier.role_arn != cut_off.role_arn:
        return False
    # Without names, a cut-off ends all sessions of its member, or of everyone.
    if earlier.sessions:
        return bool(cut_off.sessions) and set(cut_off.sessions) <= set(earlier.sessions)
    if not earlier.is_for_everyone and earlier.member != cut_off.member:
        return False
    is_repeated = earlier.revoked_at is not None and earlier.revoked_at == cut_off.revoked_at
    return is_repeated or earlier.issued_until >= cut_off.issued_until


def _merge(
    method: CutOffMethod, cut_offs: Iterable[CutOff], new: CutOff, member: str = ""
) -> list[CutOff]:
    """Merge these cut-offs, the latest last, into one for each IAM role, which ends all of the
    member's sessions of that role, or everyone's. It has the request of the role's latest cut-off,
    and counts as requested now, with the new cut-off."""
    latest: dict[str | None, CutOff] = {}
    for each in cut_offs:
        earlier = latest.get(each.role_arn, each)
        latest[each.role_arn] = CutOff(
            id=each.id if each.id == new.id else _build_id(new.id, member, each.role_arn),
            role_arn=each.role_arn,
            member=member,
            revoked_at=each.revoked_at,
            issued_until=max(each.issued_until, earlier.issued_until),
            requested_at=new.requested_at,
            requested_by=each.requested_by,
            needed_until=max(each.needed_until, earlier.needed_until),
        )
    return [replace(each, problem=find_clients_problem(method, each)) for each in latest.values()]


def _build_id(*parts: str | None) -> str:
    """Return an ID that no stored cut-off has. With the ID of a narrower one, what shows that one
    written or seen would count for the wider one."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[: 2 * RECORD_ID_BYTES]
