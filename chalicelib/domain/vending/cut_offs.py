"""Cut-offs: requests to end live sessions of a client's role, from within the client's account.

AWS cannot recall a session. A policy in the client's account can deny everything to it. Daypass
writes that policy if the client allows it, and otherwise asks the client's administrator to do it.
`domain.policies.brake` has the policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.identifiers import Arn, EngagementId, RoleName
from chalicelib.domain.moments import Moment
from chalicelib.domain.policies.brake import (
    CUT_OFF_SESSION_NAME,
    CutOffNames,
    build_brake_policy,
    build_canary_denial,
    build_denial,
    list_member_patterns,
)
from chalicelib.domain.policies.documents import MANAGED_POLICY_MAX, Document, size
from chalicelib.domain.values import Internal, Item, NotOnTrail, Secret, Value, next_version

MAX_CUT_OFFS = 200
"""The most cut-offs that one item holds. Beyond that, one cut-off of everyone replaces them."""


class CutOffStatus(StrEnum):
    """The progress of a cut-off."""

    REQUESTED = "requested"
    """Daypass has recorded the cut-off, and has not written it yet. With the method `none`, the
    client's administrator has to write it."""
    WRITTEN = "written"
    """IAM accepted the policy in the client's account. Daypass has not seen it deny a session."""
    SEEN = "seen"
    """Daypass saw the policy deny a canary, a session of its own: AWS named an explicit deny. That
    shows one region at one moment. IAM may take longer in other regions."""
    OVER = "over"
    """The sessions that the cut-off was for have expired."""


class CutOffProblem(StrEnum):
    """Why a cut-off is not written or not seen yet. Daypass keeps trying."""

    CLIENT_MUST_WRITE = "client-must-write"
    """The engagement has no cut-off by Daypass. The client's administrator has to write it."""
    WHOLE_ROLE_ONLY = "whole-role-only"
    """The client's cut-off can only freeze the whole role, and this cut-off is for some of its
    sessions. The client's administrator can write it."""
    OTHER_ROLE = "other-role"
    """The sessions are of an IAM role that this role had before. The client's administrator can
    write the cut-off there."""
    CUT_OFF_ROLE_REFUSED = "cut-off-role-refused"
    """AWS refused to let Daypass assume the cut-off role. It may be missing."""
    NOT_PERMITTED = "not-permitted"
    """The cut-off role is not allowed to write the brake, or to freeze the role."""
    BRAKE_MISSING = "brake-missing"
    """The brake does not exist."""
    TOO_MANY_VERSIONS = "too-many-versions"
    """The brake has five versions, and Daypass could not delete one."""
    TOO_MANY_POLICIES = "too-many-policies"
    """IAM attaches no further policy to the role."""
    AWS_UNREACHABLE = "aws-unreachable"
    """AWS did not answer, or throttled Daypass."""
    NOT_IN_FORCE = "not-in-force"
    """The policy is written, and the canary was not refused because of it. Either IAM has not
    applied it yet, or the policy is not the role's permissions boundary any more."""
    CANARY_REFUSED = "canary-refused"
    """AWS refused the canary's session, so Daypass could not look."""


class CutOffFailed(Exception):
    """AWS refused a step of a cut-off. `problem` says why."""

    def __init__(self, problem: CutOffProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class CutOffAccess(Value, frozen=True, kw_only=True):
    """The parameters with which Daypass assumes a cut-off role."""

    role_arn: str
    external_id: Secret[str]
    session_name: str = CUT_OFF_SESSION_NAME


class Denial(StrEnum):
    """The response of AWS to a canary's request."""

    BOUNDARY = "boundary"
    """An explicit deny in the role's permissions boundary."""
    ROLE_POLICY = "role-policy"
    """An explicit deny in a policy of the role."""
    OTHER = "other"
    """Denied, but AWS names neither of these: for example, no policy allows the request."""
    ALLOWED = "allowed"
    """Not denied."""
    UNKNOWN = "unknown"
    """AWS did not answer, or throttled Daypass."""


class CutOff(Value, frozen=True, kw_only=True):
    """One cut-off of a role: whose sessions it ends, and what is known about it."""

    id: str
    """The ID of the trail entry that requested the cut-off."""
    member: str = ""
    """The member whose sessions end. Empty: everyone's, or those of `sessions`."""
    sessions: tuple[str, ...] = ()
    """The names of the sessions that end. Empty: all of the member's, or everyone's."""
    issued_until: Moment
    """The cut-off ends sessions that AWS issued up to and including this second."""
    requested_at: Moment
    needed_until: Moment
    """When the last session that the cut-off is for has expired."""
    status: CutOffStatus = CutOffStatus.REQUESTED
    problem: CutOffProblem | None = None
    """Why it is not written or not seen yet. None if nothing is known to be wrong."""
    written_at: Moment | None = None
    """When IAM accepted the policy."""
    seen_at: Moment | None = None
    """When AWS denied a canary because of the policy."""

    @property
    def is_for_everyone(self) -> bool:
        return not self.member and not self.sessions

    @property
    def patterns(self) -> tuple[str, ...]:
        """Return the patterns of `aws:userid` that the cut-off denies. Empty: everyone's."""
        if self.sessions:
            return tuple(f"*:{name}" for name in self.sessions)
        return list_member_patterns(self.member) if self.member else ()

    def is_over(self, now: datetime) -> bool:
        return now >= self.needed_until

    def is_pending(self, now: datetime) -> bool:
        """Return whether Daypass still has to write the cut-off or to see it work."""
        return not self.is_over(now) and self.status in (
            CutOffStatus.REQUESTED,
            CutOffStatus.WRITTEN,
        )


class RoleCutOffs(Item, frozen=True, kw_only=True):
    """The cut-offs of one role of an engagement, and what Daypass knows of the brake."""

    STORED_AS: ClassVar[str] = "cut-off"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("engagement", "role")
    LISTED_BY: ClassVar[str | None] = ""
    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "engagement", "role": "role"}

    engagement: EngagementId
    role: RoleName
    role_arn: NotOnTrail[Arn]
    """The IAM role whose sessions end."""
    method: NotOnTrail[CutOffMethod]
    cut_offs: NotOnTrail[tuple[CutOff, ...]] = ()
    """The cut-offs that are not over, the earliest first."""
    canary: Internal[str] = ""
    """The ID of the canary that the current version of the policy denies. Empty if Daypass has
    written no version."""
    versions: Internal[tuple[str, ...]] = ()
    """The IDs of the brake's versions that Daypass wrote and has not deleted, the newest last."""
    tried_at: Internal[Moment | None] = None
    try_count: Internal[int] = 0
    """How often in a row Daypass tried without success."""
    drill_requested_at: Internal[Moment | None] = None
    """When a check requested that Daypass writes the brake and looks, although no cut-off needs it.
    None if no drill is pending."""
    canary_seen_at: Internal[Moment | None] = None
    """When AWS last denied the canary of the current version. None if it has not yet."""

    @property
    def list_key(self) -> str:
        """Return the key in the list of roles with a cut-off or a pending drill. Empty: there is
        none."""
        return "#".join(self.key) if self.cut_offs or self.drill_requested_at else ""

    @property
    def names(self) -> CutOffNames:
        return CutOffNames(self.role_arn)


def add_cut_off(stored: RoleCutOffs, cut_off: CutOff) -> RoleCutOffs:
    """Return the next version of the item with this cut-off. A cut-off that ends no session beyond
    those of another one changes nothing: then return the item unchanged."""
    if any(_includes(earlier, cut_off) for earlier in stored.cut_offs):
        return stored
    cut_offs = (*stored.cut_offs, cut_off)
    if len(cut_offs) > MAX_CUT_OFFS:
        cut_offs = (_merge_into_everyone(cut_offs, cut_off.id),)
    return next_version(stored, cut_offs=cut_offs, tried_at=None, try_count=0)


def _includes(earlier: CutOff, cut_off: CutOff) -> bool:
    """Return whether `earlier` ends every session that `cut_off` ends."""
    if earlier.is_for_everyone or (earlier.member == cut_off.member and not earlier.sessions):
        return earlier.issued_until >= cut_off.issued_until
    return bool(cut_off.sessions) and set(cut_off.sessions) <= set(earlier.sessions)


def _merge_into_everyone(cut_offs: tuple[CutOff, ...], id: str) -> CutOff:
    """Return one cut-off of everyone that ends the sessions of all of these."""
    return CutOff(
        id=id,
        issued_until=max(each.issued_until for each in cut_offs),
        requested_at=max(each.requested_at for each in cut_offs),
        needed_until=max(each.needed_until for each in cut_offs),
    )


def build_denials(cut_offs: tuple[CutOff, ...], canary: str, limit: int) -> list[Document]:
    """Return the statements for these cut-offs and the canary, in at most `limit` characters.

    If they do not fit, deny everyone up to the latest time instead.
    """
    members: dict[datetime, list[str]] = {}
    sessions: list[str] = []
    everyone = [each.issued_until for each in cut_offs if each.is_for_everyone]
    for each in cut_offs:
        if each.sessions:
            sessions.extend(each.patterns)
        elif each.member:
            members.setdefault(each.issued_until, []).extend(each.patterns)
    denials = [build_denial([], max(everyone))] if everyone else []
    denials += [build_denial(patterns, until) for until, patterns in sorted(members.items())]
    denials += [build_denial(sessions, None)] if sessions else []
    canary_denial = build_canary_denial(canary)
    if sum(size(each) + 1 for each in (*denials, canary_denial)) > limit:
        denials = [build_denial([], max(each.issued_until for each in cut_offs))]
    return [*denials, canary_denial]


def build_brake_version(stored: RoleCutOffs, now: datetime, canary: str) -> Document:
    """Return the brake's policy with every cut-off that is not over, and with this canary."""
    cut_offs = tuple(each for each in stored.cut_offs if not each.is_over(now))
    room = MANAGED_POLICY_MAX - size(build_brake_policy(stored.names))
    return build_brake_policy(stored.names, *build_denials(cut_offs, canary, room))


FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=5)


def find_next_try(stored: RoleCutOffs) -> datetime | None:
    """Return when to try again. None: at once."""
    if stored.tried_at is None:
        return None
    doublings: int = min(stored.try_count, 10)
    return stored.tried_at + min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
