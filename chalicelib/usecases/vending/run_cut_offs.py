"""One run of the function CutOff: request the cut-offs that a revocation could not, finish freezes
and pauses, then work on all cut-offs that are open.

A revocation may lack cut-offs because its function was killed, or DynamoDB did not answer. The
hourly job (Sweep) does the revocation's other steps.

To finish a block is to withhold the vends in progress, and to count and cut off the sessions that
may be active. A scheduled function does this, because a freeze can concern every member, and
because a function may be killed in the middle of a pause. Each run continues where the last one
stopped. If two runs overlap, the slower one stops, so no harm is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, FactsChanged, Reason, Unavailable
from chalicelib.domain.moments import CLOCK_MARGIN, LONGEST_SESSION, rfc3339, round_up_to_second
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.blocks import Block, Listing
from chalicelib.domain.vending.cut_off.scope import CutOffScope, find_cut_off_scope
from chalicelib.domain.vending.sessions import Revocation, Session, find_alive_sessions
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS
from chalicelib.usecases.lists import find_tokens_ended_with, list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SCHEDULE_ACTOR, build_entry
from chalicelib.usecases.vending.blocks.pausing import finish_pause
from chalicelib.usecases.vending.blocks.storing import read_block, store_and_record, store_block
from chalicelib.usecases.vending.cut_offs.request import request_cut_offs
from chalicelib.usecases.vending.cut_offs.work import CutOffSummary, work_cut_offs
from chalicelib.usecases.vending.withholding import (
    LOOK_BACK,
    find_vend_entries,
    withhold_open_vends,
)

MEMBERS_AT_ONCE = 25
"""The members whose vends are read before the progress is stored."""
TIME_FOR_A_STEP = 20.0
"""Seconds that must be left to read the vends of another MEMBERS_AT_ONCE members."""


def finish_blocks(
    ports: Ports,
    *,
    time_left: Callable[[], float],
    report_failure: Callable[[Exception], None],
) -> int:
    """Take the steps that are left for each block, and report each failure. Return how many blocks
    are finished. Raise Unavailable if the blocks cannot be read. `time_left` returns the seconds
    that this run has left."""
    finished_count = 0
    for listed in list_all(ports.state, Block):
        if time_left() < TIME_FOR_A_STEP:
            break
        try:
            block = read_block(ports, listed.scope)
            if block is not None:
                finished_count += _finish(ports, block, time_left).is_finished
        except (Conflict, FactsChanged):  # someone changed the block: the next run goes on
            continue
        except Exception as error:  # noqa: BLE001 - a failure must not prevent the other blocks
            report_failure(error)
    return finished_count


def _finish(ports: Ports, block: Block, time_left: Callable[[], float]) -> Block:
    """Do the next steps of the block, a pause or a freeze, and return it."""
    if block.is_finished:
        return block
    if block.scope:
        return finish_pause(ports, SCHEDULE_ACTOR, block)
    return _count_and_cut_off(ports, block, time_left)


def _count_and_cut_off(ports: Ports, block: Block, time_left: Callable[[], float]) -> Block:
    """Withhold the vends that were in progress when the freeze began, so that none hands out its
    session. Count and cut off the sessions that may be active. Do both member by member, and return
    the block, which is the stored record of the freeze, with the progress."""
    if ports.now() < block.no_session_after:
        return block  # too early: a vend that began before the freeze may still be running
    since = block.began_at - LOOK_BACK
    while time_left() >= TIME_FOR_A_STEP:
        page = ports.state.list(Member, limit=MEMBERS_AT_ONCE, cursor=block.listing.cursor)
        sessions = _withhold_and_find_sessions(ports, block, page.items, since)
        _request_cut_offs(ports, block, sessions)
        listing = _add_sessions(block.listing, sessions, page.cursor)
        if not page.cursor:
            return _finish_listing(ports, block, listing)
        block = next_version(block, listing=listing)
        store_block(ports, block)
    return block


def _withhold_and_find_sessions(
    ports: Ports, block: Block, members: Sequence[Member], since: datetime
) -> list[Session]:
    """Withhold these members' vends in progress, and return their sessions that may be active."""
    reads = (lambda member=each.id: list(ports.trail.vends(member, since)) for each in members)
    entries = [entry for read in ports.side_by_side(reads) for entry in read]
    return list(
        find_alive_sessions(withhold_open_vends(ports, SCHEDULE_ACTOR, entries, block), ports.now())
    )


def _request_cut_offs(ports: Ports, block: Block, sessions: Sequence[Session]) -> None:
    """Request one cut-off of everyone for each role of these sessions, unless the role has one of
    this freeze already. Raise Unavailable if one cannot be recorded, and the next run tries
    again."""
    # A role gets its cut-off with the first members who have sessions of it. The cut-off must last
    # for the sessions of members who are read later, so assume the latest possible end.
    latest_end = block.issued_until + timedelta(seconds=LONGEST_SESSION)
    padded = [replace(session, ends_by=latest_end) for session in sessions]
    # The revocation lists no sessions, because `request_cut_offs` reads only its times.
    revocation = Revocation.from_sessions(
        (), revoked_at=block.began_at, cut_off_at=block.issued_until
    )
    requested = request_cut_offs(
        ports, SCHEDULE_ACTOR, revocation, padded, CutOffScope.EVERYONE, requested_by=block.began_by
    )
    if requested.cut_offs_missing:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)


def _add_sessions(listing: Listing, sessions: Iterable[Session], cursor: str) -> Listing:
    """Return the progress with these sessions counted. `cursor` is where the next members begin."""
    ends = [session.ends_by for session in sessions]
    known_end = [listing.last_moment] if listing.last_moment else []
    return replace(
        listing,
        cursor=cursor,
        alive=listing.alive + len(ends),
        last_moment=max([*known_end, *ends], default=None),
    )


def _finish_listing(ports: Ports, block: Block, listing: Listing) -> Block:
    """Store the complete count of the sessions that may outlive the freeze, record it on the trail,
    and return the block."""
    details = {"alive": str(listing.alive), "frozen_at": rfc3339(block.began_at)}
    if listing.last_moment is not None:
        details["last_moment"] = rfc3339(listing.last_moment)
    entry = build_entry(
        ports, SCHEDULE_ACTOR, Operation(action=Action.FREEZE_LIST, details=details)
    )
    listed = next_version(
        block,
        listing=replace(listing, listed_at=entry.at),
        entry=entry,
        is_recorded=False,
        is_finished=True,
    )
    return store_and_record(ports, SCHEDULE_ACTOR, listed)


IN_PROGRESS = timedelta(minutes=3)
"""A younger revocation may still be running."""
MAX_STOPS = 20
"""How many revocations one run completes. The hourly job finishes them, so they leave the list."""
TIME_FOR_A_STOP = 60.0
"""Seconds that must be left to complete another one. After a flood, one can read 180,000 vends."""


def request_missing_cut_offs(
    ports: Ports,
    *,
    time_left: Callable[[], float],
    report_failure: Callable[[Exception], None],
) -> None:
    """Request the cut-offs of interrupted revocations, and report each failure. A cut-off that is
    requested already stays as it is. Raise Unavailable if the revocations cannot be read.

    `time_left` returns the seconds that this run has left. Each minute, begin with another
    revocation, because a run may not have time for all.
    """
    now, requested_count = ports.now(), 0
    # Without a stop (a stored revocation) that may be running or whose sessions have expired.
    stops = [
        stop
        for stop in list_all(ports.state, Stop)
        if IN_PROGRESS < now - stop.entry.at <= LOOK_BACK
    ]
    first = int(now.timestamp() // 60) % len(stops) if stops else 0
    for stop in (*stops[first:], *stops[:first]):
        if requested_count == MAX_STOPS or time_left() < TIME_FOR_A_STOP:
            break
        try:
            _request(ports, stop)
        except Exception as error:  # noqa: BLE001 - one revocation must not block the others
            report_failure(error)
        else:
            requested_count += 1


def _request(ports: Ports, stop: Stop) -> None:
    """Request the cut-offs of this revocation's sessions, unless someone has undone it."""
    item = ports.state.get_many(STOPPABLE_KINDS[stop.kind], [stop.names]).get(stop.names)
    revoked_at = None if item is None else item.stopped_at(stop.entry.action)
    if item is None or revoked_at is None:  # someone has undone the revocation
        return
    ended = [item]
    if isinstance(item, Token):
        ended += find_tokens_ended_with(ports.state, item.member, item.id)
    entries = find_vend_entries(ports, ended)
    now = ports.now()
    sessions = find_alive_sessions(entries, now)
    revocation = Revocation.from_sessions(
        sessions, revoked_at=revoked_at, cut_off_at=round_up_to_second(now) + CLOCK_MARGIN
    )
    scope = find_cut_off_scope(item, stop.entry.action)
    request_cut_offs(
        ports, SCHEDULE_ACTOR, revocation, sessions, scope, requested_by=stop.entry.actor
    )


TIME_FOR_CUT_OFFS = 100.0
"""Seconds that a run keeps for the cut-offs that are requested already."""


def run_cut_offs(
    ports: Ports,
    *,
    time_left: Callable[[], float],
    report_failure: Callable[[Exception], None],
) -> CutOffSummary:
    """Request missing cut-offs, finish freezes and pauses, and work on the open cut-offs.

    Return the numbers of this run. Report a failure, and continue.

    `time_left` returns the seconds that this run has left.
    """
    # A freeze, or a client's pause whose function was killed, requests cut-offs too.
    for request in (request_missing_cut_offs, finish_blocks):
        try:
            request(
                ports,
                time_left=lambda: time_left() - TIME_FOR_CUT_OFFS,
                report_failure=report_failure,
            )
        except Exception as error:  # noqa: BLE001 - it must not delay requested cut-offs
            report_failure(error)
    return work_cut_offs(ports, time_left=time_left, report_failure=report_failure)
