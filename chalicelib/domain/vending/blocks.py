"""Blocks: states in which Daypass hands over no session, in one engagement or in all of them.

A freeze blocks everything. Any lead can freeze, and two leads can lift the freeze. A pause blocks
one engagement. The client pauses it, and only the client can lift the pause.

Like a stop, a block is an item that no transaction writes, so that no other write delays it. Every
access decision reads it.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import ClassVar

from chalicelib.domain.identifiers import MemberId, Sha256
from chalicelib.domain.moments import CLOCK_MARGIN, Moment, round_up_to_second
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Internal, JobState, Secret, Value, next_version
from chalicelib.domain.vending.intents import LONGEST_VEND

EVERYTHING = ""
"""The scope of a freeze. The scope of a pause is the engagement's ID."""
LIFT_REQUEST_LIFE = timedelta(hours=24)
"""How long a second lead can confirm a lead's request to lift a freeze."""
MAX_LOCKS = 10
"""The most codes that one pause can have."""
MAX_WRONG_CODES = 5
"""How many wrong codes Daypass compares in WRONG_CODES_FROM_TO, for one engagement."""
WRONG_CODES_PERIOD = timedelta(minutes=15)


class LiftRequest(Value, frozen=True, kw_only=True):
    """A lead's request to lift the freeze. A second lead's request lifts it."""

    lead: MemberId
    at: Moment
    reason: str

    def is_valid(self, now: datetime) -> bool:
        return now < self.at + LIFT_REQUEST_LIFE


class Lock(Value, frozen=True, kw_only=True):
    """One press of the pause button. Only its code removes the lock."""

    code_hash: Secret[Sha256]
    at: Moment
    link: str
    """The ID of the link through which someone pressed the button."""


class Listing(Value, frozen=True, kw_only=True):
    """The progress of the job that lists the sessions that may outlive a freeze."""

    cursor: str = ""
    """The last member whose sessions are counted."""
    alive: int = 0
    """The number of sessions that may be alive."""
    last_moment: Moment | None = None
    """When the last of them ends. None if there is none."""
    listed_at: Moment | None = None
    """When the list was complete. None: it is not."""


class Block(JobState, frozen=True, kw_only=True):
    """The block of one engagement, or of everything. It stays stored after it is lifted. All blocks
    with steps left to do are in one list."""

    STORED_AS: ClassVar[str] = "block"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("scope",)
    LISTED_BY: ClassVar[str | None] = ""

    scope: str
    """The engagement's ID. Empty: everything."""
    began_at: Moment
    """When someone requested the block."""
    in_force_at: Moment
    """A time at which the block was stored already. Every later access decision reads it."""
    began_by: str
    """The lead who froze everything. For a pause, `@client`."""
    reason: str = ""
    lifted_at: Moment | None = None
    lifted_by: str = ""
    entry: Internal[Entry]
    """The trail entry of the last change."""
    is_recorded: Internal[bool] = False
    """True if the entry is on the trail."""
    is_finished: Internal[bool] = False
    """True if the sessions that the block withholds are withheld, and those that may be alive are
    listed."""
    lift_request: LiftRequest | None = None
    listing: Listing = Listing()
    locks: tuple[Lock, ...] = ()
    """The locks of a pause. Without any, the pause is lifted."""
    wrong_codes: Internal[int] = 0
    """The number of wrong codes since `wrong_codes_since`."""
    wrong_codes_since: Internal[Moment | None] = None

    @property
    def list_key(self) -> str:
        return "" if self.is_recorded and self.is_finished else self.entry.position

    @property
    def is_in_force(self) -> bool:
        return self.lifted_at is None

    @property
    def refusal_reason(self) -> Reason:
        return Reason.PAUSED_BY_CLIENT if self.scope else Reason.FROZEN

    @property
    def no_session_after(self) -> datetime:
        """Return the time after which Daypass hands over no session under the block, also if no one
        withholds the vends in progress."""
        return self.in_force_at + LONGEST_VEND

    @property
    def issued_until(self) -> datetime:
        """Return the time for a cut-off of every session that the block did not prevent."""
        return round_up_to_second(self.no_session_after) + CLOCK_MARGIN

    def covers(self, engagement: str) -> bool:
        """Return whether the block is for this engagement, in force or not."""
        return self.scope in (EVERYTHING, engagement)


def find_block_reason(*blocks: Block | None) -> Reason | None:
    """Return why the first block in force denies a session, or None if none is in force."""
    return next((b.refusal_reason for b in blocks if b is not None and b.is_in_force), None)


def begin_block(previous: Block | None, entry: Entry, *, scope: str, reason: str) -> Block:
    """Return the new block that replaces this lifted one, or no block."""
    return Block(
        scope=scope,
        began_at=entry.at,
        in_force_at=assumed_in_force_at(entry.at),
        began_by=entry.actor,
        reason=reason,
        entry=entry,
        version=previous.version + 1 if previous else 1,
    )


def assumed_in_force_at(began_at: datetime) -> datetime:
    """Return when a block that was requested at this time is stored, if nothing delays the write by
    more than a few seconds."""
    return round_up_to_second(began_at) + CLOCK_MARGIN


def lift_block(block: Block, entry: Entry) -> Block:
    """Return the lifted block. What it cut off stays cut off."""
    return next_version(
        block,
        lifted_at=entry.at,
        lifted_by=entry.actor,
        entry=entry,
        is_recorded=False,
        is_finished=True,
        lift_request=None,
        locks=(),
        wrong_codes=0,
    )


def find_lock(block: Block, code_hash: str) -> Lock | None:
    """Return the pause's lock that this code opens, or None. Compare the code with every lock, in a
    time that does not depend on the code."""
    matches = [lock for lock in block.locks if hmac.compare_digest(lock.code_hash, code_hash)]
    return matches[0] if matches else None


def count_wrong_code(block: Block, now: datetime) -> Block | None:
    """Return the block with one more wrong code counted, or None if there were too many lately.

    Daypass counts a code before it compares it, so that parallel requests cannot try more.
    """
    since = block.wrong_codes_since
    if since is None or now >= since + WRONG_CODES_PERIOD:
        return next_version(block, wrong_codes=1, wrong_codes_since=now)
    if block.wrong_codes >= MAX_WRONG_CODES:
        return None
    return next_version(block, wrong_codes=block.wrong_codes + 1)
