"""Finish blocks: withhold the vends in progress, and count and cut off the sessions that may be
alive.

A scheduled function does this, because a freeze can concern every member, and because a function
may be killed in the middle of a pause. Each run continues where the last one stopped. If two runs
overlap, the slower one stops, so no harm is done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, FactsChanged, Unavailable
from chalicelib.domain.moments import LONGEST_SESSION, rfc3339
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action, Entry, Operation
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.blocks import Block, Listing
from chalicelib.domain.vending.cut_off.scope import CutOffScope
from chalicelib.domain.vending.sessions import Revocation, Session, find_alive_sessions
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, build_entry
from chalicelib.usecases.vending.blocks.pausing import finish_pause
from chalicelib.usecases.vending.blocks.storing import read_block, store_and_record, store_block
from chalicelib.usecases.vending.cut_offs.request import request_cut_offs
from chalicelib.usecases.vending.withholding import LOOK_BACK, withhold_open_vends

BY = SystemActor(SCHEDULE)
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
    """Do the block's next steps, and return the block."""
    if block.is_finished:
        return block
    if block.scope:
        return finish_pause(ports, BY, block)
    return _list_sessions(ports, block, time_left)


def _list_sessions(ports: Ports, block: Block, time_left: Callable[[], float]) -> Block:
    """Withhold the vends that the freeze interrupted, and count what may be alive, member by
    member. Return the block with the progress."""
    if ports.now() < block.no_session_after:
        return block  # too early: a vend that began before the freeze may still be running
    since = block.began_at - LOOK_BACK
    while time_left() >= TIME_FOR_A_STEP:
        page = ports.state.list(Member, limit=MEMBERS_AT_ONCE, cursor=block.listing.cursor)
        sessions = _find_sessions(ports, block, page.items, since)
        _request_cut_offs(ports, block, sessions)
        listing = _add_sessions(block.listing, sessions, page.cursor)
        if not page.cursor:
            return _finish_list(ports, block, listing)
        block = next_version(block, listing=listing)
        store_block(ports, block)
    return block


def _find_sessions(
    ports: Ports, block: Block, members: Sequence[Member], since: datetime
) -> list[Session]:
    """Withhold these members' vends in progress, and return their sessions that may be alive."""
    reads = (partial(_read_vends, ports, member.id, since) for member in members)
    entries = [entry for read in ports.side_by_side(reads) for entry in read]
    return list(find_alive_sessions(withhold_open_vends(ports, BY, entries, block), ports.now()))


def _request_cut_offs(ports: Ports, block: Block, sessions: Sequence[Session]) -> None:
    """Request one cut-off for each role of these sessions. Raise Unavailable if one cannot be
    recorded: the next run tries again."""
    # Members who are read later can have sessions of the same role that end later.
    latest_end = block.issued_until + timedelta(seconds=LONGEST_SESSION)
    padded = [replace(session, ends_by=latest_end) for session in sessions]
    revocation = Revocation.from_sessions(
        (), revoked_at=block.began_at, cut_off_at=block.issued_until
    )
    response = request_cut_offs(
        ports, BY, revocation, padded, CutOffScope.EVERYONE, requested_by=block.began_by
    )
    if response.cut_offs_missing:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)


def _read_vends(ports: Ports, member: str, since: datetime) -> list[Entry]:
    """Return the entries of the member's vends since this time."""
    return list(ports.trail.vends(member, since))


def _add_sessions(listing: Listing, sessions: Iterable[Session], cursor: str) -> Listing:
    """Return the progress with these sessions counted."""
    ends = [session.ends_by for session in sessions]
    known_end = [listing.last_moment] if listing.last_moment else []
    return replace(
        listing,
        cursor=cursor,
        alive=listing.alive + len(ends),
        last_moment=max([*known_end, *ends], default=None),
    )


def _finish_list(ports: Ports, block: Block, listing: Listing) -> Block:
    """Store the complete list and its entry, and return the block."""
    details = {"alive": str(listing.alive), "frozen_at": rfc3339(block.began_at)}
    if listing.last_moment is not None:
        details["last_moment"] = rfc3339(listing.last_moment)
    entry = build_entry(ports, BY, Operation(action=Action.FREEZE_LIST, details=details))
    listed = next_version(
        block,
        listing=replace(listing, listed_at=entry.at),
        entry=entry,
        is_recorded=False,
        is_finished=True,
    )
    return store_and_record(ports, BY, listed)
