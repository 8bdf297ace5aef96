"""Blocks: states in which Daypass hands over no session, in one engagement or in all of them.

A freeze blocks everything. Any lead can freeze, and two leads can lift the freeze. A pause blocks
one engagement. The client pauses it, and lifts the pause with its codes. Without the codes, two
leads can lift it, after the client has had a day to refuse.

Like a stop, a block is an item that no transaction writes, so that no other write delays it. Every
access decision reads it.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

from chalicelib.domain.identifiers import MemberId, Sha256
from chalicelib.domain.moments import CLOCK_MARGIN, Moment, round_up_to_second
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Internal, JobState, Secret, Value, next_version
from chalicelib.domain.vending.vends import LONGEST_VEND

EVERYTHING = ""
"""The scope of a freeze. The scope of a pause is the engagement's ID."""
TIME_TO_CONFIRM = timedelta(hours=24)
"""How long a second lead can confirm a lead's request to lift a freeze."""
TIME_TO_REFUSE = timedelta(hours=24)
"""How long the client can refuse before a second lead can confirm a request to lift its pause."""
TIME_TO_CONFIRM_PAUSE = timedelta(hours=72)
"""How long after TIME_TO_REFUSE a second lead can confirm the request: over a weekend too."""
MAX_LOCKS = 50
"""The most locks with codes that one pause has. A further press seals the pause."""


class LiftRequest(Value):
    """A lead's request to lift a block. A second lead's confirmation lifts it."""

    lead: MemberId
    at: Moment
    reason: str
    counts_from: Moment
    """When a second lead can confirm the request. Until then, the client can refuse it."""
    ends_at: Moment
    """When the request lapses."""

    def is_valid(self, now: datetime) -> bool:
        return now < self.ends_at


class Lock(Value):
    """One press of the pause button. Its code removes the lock."""

    code_hash: Secret[Sha256]
    at: Moment
    link: str
    """The ID of the link through which someone pressed the button."""


class Listing(Value):
    """The progress of the job that lists the sessions that may outlive a freeze."""

    cursor: str = ""
    """The last member whose sessions are counted."""
    alive: int = 0
    """The number of sessions that may be active."""
    last_moment: Moment | None = None
    """When the last of them ends. None if there is none."""
    listed_at: Moment | None = None
    """When the list was complete. None if it is not."""


class Block(JobState):
    """The block of one engagement, or of everything. It stays stored after it is lifted. All blocks
    with steps left to do are in one list."""

    STORED_AS = "block"
    KEY_FIELDS = ("scope",)
    LISTED_BY = ""

    scope: str
    """The engagement's ID for a pause, or EVERYTHING, which is empty, for a freeze."""
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
    """True if the sessions that the block withholds are withheld, and those that may be active are
    listed."""
    lift_request: LiftRequest | None = None
    listing: Listing = Listing()
    locks: tuple[Lock, ...] = ()
    """The locks of a pause. When the last one is removed, the pause is lifted, unless it is
    sealed."""
    is_sealed: bool = False
    """True if someone pressed the pause button when the pause had MAX_LOCKS. This press has no
    code, so codes alone cannot lift the pause any more."""

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
        """Return the time after which Daypass hands over no session under the block, even if no one
        withholds the vends in progress."""
        return self.in_force_at + LONGEST_VEND

    @property
    def issued_until(self) -> datetime:
        """Return the time for a cut-off of every session that the block did not prevent."""
        return round_up_to_second(self.no_session_after) + CLOCK_MARGIN

    def find_lift_request(self, now: datetime) -> LiftRequest | None:
        """Return the lead's request to lift the block, unless it has lapsed."""
        request = self.lift_request
        return request if request is not None and request.is_valid(now) else None

    def covers(self, engagement: str) -> bool:
        """Return whether the block is for this engagement, in force or not."""
        return self.scope in (EVERYTHING, engagement)


def find_block_reason(*blocks: Block | None) -> Reason | None:
    """Return why the first block in force denies a session, or None if none is in force."""
    return next((b.refusal_reason for b in blocks if b is not None and b.is_in_force), None)


def begin_block(previous: Block | None, entry: Entry, *, scope: str, reason: str) -> Block:
    """Return a new block, which replaces the lifted block `previous` if there is one."""
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
        is_sealed=False,
    )


def add_lock(block: Block, lock: Lock) -> Block:
    """Return the pause after another press of its button. Each press adds a lock and shows a code
    that removes this lock. The pause ends with its last lock. A press also drops a lead's pending
    request to lift the pause. Return the same block if nothing changes.

    A press is never refused. Otherwise a lead could use up every limit before the client presses.
    Beyond MAX_LOCKS, a press gets no lock, and seals the pause: then codes do not lift it, and only
    two leads can. So the number of writes is limited, and no one can delay a client's press by
    pressing first.
    """
    # An earlier attempt of the same press has stored its lock.
    is_known = find_lock(block, lock.code_hash) is not None
    if not is_known and len(block.locks) < MAX_LOCKS:
        return next_version(block, locks=(*block.locks, lock), lift_request=None)
    # A new press that gets here found no room for its lock.
    is_sealed = block.is_sealed or not is_known
    if is_sealed == block.is_sealed and block.lift_request is None:
        return block
    return next_version(block, is_sealed=is_sealed, lift_request=None)


def remove_lock(block: Block, lock: Lock, entry: Entry) -> Block:
    """Return the pause without this lock. Lift it if no lock is left and it is not sealed."""
    locks = tuple(each for each in block.locks if each != lock)
    if not locks and not block.is_sealed:
        return lift_block(block, entry)
    return next_version(block, locks=locks, entry=entry, is_recorded=False)


def build_lift_request(block: Block, lead: str, at: datetime, reason: str) -> LiftRequest:
    """Return the lead's request to lift the block."""
    is_pause = bool(block.scope)
    counts_from = at + TIME_TO_REFUSE if is_pause else at
    ends_at = counts_from + (TIME_TO_CONFIRM_PAUSE if is_pause else TIME_TO_CONFIRM)
    return LiftRequest(lead=lead, at=at, reason=reason, counts_from=counts_from, ends_at=ends_at)


def find_lock(block: Block, code_hash: str) -> Lock | None:
    """Return the pause's lock that this code opens, or None. Compare the code with every lock, in a
    time that does not depend on the code."""
    matches = [lock for lock in block.locks if hmac.compare_digest(lock.code_hash, code_hash)]
    return matches[0] if matches else None
