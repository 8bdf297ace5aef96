"""Cut-offs: requests to end live sessions of a client's role, from within the client's account.

AWS cannot revoke credentials that it has issued. A policy in the client's account can deny
everything to a session. Daypass writes that policy if the client allows it, and otherwise asks the
client's administrator to do it.
`domain.policies.brake` has the policies: the brake is the permissions boundary of a client's role,
and a canary is a session of Daypass's own, which the policy denies so that Daypass sees it work.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.identifiers import Arn, EngagementId, RoleName
from chalicelib.domain.moments import Moment
from chalicelib.domain.policies.brake import (
    CUT_OFF_SESSION_NAME,
    CutOffNames,
    list_member_patterns,
)
from chalicelib.domain.values import Internal, Item, NotOnTrail, Secret, Value

MAX_CUT_OFFS = 60
"""The most cut-offs that one item holds. Beyond that, wider cut-offs replace them (`limits`)."""
MAX_NAMES = 50
"""The most sessions that one cut-off names."""
MAX_ALL_NAMES = 150
"""The most sessions that the cut-offs of one item name. Beyond that, wider cut-offs replace them
(`limits`). One version of the brake may have room for fewer (`brake_version`)."""


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
    """The sessions that the cut-off was for have expired. The list of cut-offs drops it within a
    minute or two; the trail has it."""


class CutOffProblem(StrEnum):
    """Why a cut-off is not written or not seen yet. Daypass keeps trying."""

    CLIENT_MUST_WRITE = "client-must-write"
    """The engagement has no cut-off by Daypass. The client's administrator has to write it."""
    WHOLE_ROLE_ONLY = "whole-role-only"
    """The client's cut-off can only shut the whole role, and this cut-off is for some of its
    sessions. The client's administrator can write it."""
    OTHER_ROLE = "other-role"
    """The sessions are of an IAM role that this role had before. The client's administrator can
    write the cut-off there."""
    CUT_OFF_ROLE_REFUSED = "cut-off-role-refused"
    """AWS refused to let Daypass assume the cut-off role. It may be missing."""
    NOT_PERMITTED = "not-permitted"
    """The cut-off role is not allowed to write the brake, or to shut the role."""
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


class CutOffAccess(Value):
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


class Method(Value, kw_only=False):
    """How Daypass ends sessions, by one method for cut-offs."""

    denial: Denial
    """The explicit deny that shows that the method works."""
    is_reversible: bool
    """True if Daypass can end single sessions and undo that itself, and so can try the method."""


METHODS: Mapping[CutOffMethod, Method] = {
    CutOffMethod.BRAKE: Method(Denial.BOUNDARY, is_reversible=True),
    CutOffMethod.DENY_ALL: Method(Denial.ROLE_POLICY, is_reversible=False),
}
"""The methods of Daypass's own. With `none`, the client's administrator ends sessions."""

CLIENTS_PROBLEMS = frozenset(
    {
        CutOffProblem.CLIENT_MUST_WRITE,
        CutOffProblem.WHOLE_ROLE_ONLY,
        CutOffProblem.OTHER_ROLE,
    }
)
"""With these, only the client's administrator can write the cut-off."""

MAX_EARLIER_CANARIES = 2
"""How many canaries of earlier versions one version of the brake denies besides its own."""

SessionName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_+=,.@-]+$(?!\n)", max_length=64)]


class CutOff(Value):
    """One cut-off of a role: whose sessions it ends, and what is known about it."""

    id: str
    """The ID of the trail entry that requested the cut-off. A cut-off that replaces narrower ones
    can have an ID of its own."""
    role_arn: Arn | None = None
    """The ARN of the sessions' IAM role, if the role has another ARN now. None if the sessions are
    of its present IAM role, the only one whose sessions Daypass itself can end."""
    revoked_at: Internal[Moment | None] = None
    """When the revocation that requested the cut-off began. The same revocation, repeated, needs no
    second cut-off."""
    member: str = ""
    """The member whose sessions end. If empty, everyone's end."""
    sessions: tuple[SessionName, ...] = ()
    """The names of the sessions that end. If empty, all of the member's or everyone's end."""
    issued_until: Moment
    """The cut-off ends sessions that AWS issued up to and including this second."""
    requested_at: Moment
    requested_by: Internal[str]
    """The lead whose revocation requested it, or `@client` for a pause."""
    needed_until: Moment
    """When the last session that the cut-off is for has expired."""
    status: CutOffStatus = CutOffStatus.REQUESTED
    problem: CutOffProblem | None = None
    """Why it is not written or not seen yet. None if nothing is known to be wrong."""
    written_at: Moment | None = None
    """When IAM accepted the policy."""
    seen_at: Moment | None = None
    """When AWS denied a canary because of the policy."""
    canary: Internal[str] = ""
    """The ID of the canary of the first version of the brake that ends the sessions. Every version
    that denies this canary ends them too."""

    @property
    def is_for_everyone(self) -> bool:
        return not self.member and not self.sessions

    @property
    def patterns(self) -> tuple[str, ...]:
        """Return the patterns of `aws:userid` that the cut-off denies. If there are
        none, it denies everyone."""
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


class RoleCutOffs(Item):
    """The cut-offs of one role of an engagement, and what Daypass knows of the brake."""

    STORED_AS = "cut-off"
    KEY_FIELDS = ("engagement", "role")
    LISTED_BY = ""
    TARGET = {"engagement": "engagement", "role": "role"}

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
    look_requested_at: Internal[Moment | None] = None
    """When a check requested that Daypass looks whether the brake is still in force, or whether the
    client has reopened a shut role. None if no look is pending."""
    canary_seen_at: Internal[Moment | None] = None
    """When AWS last denied the canary of the current version. None if it has not yet."""
    brake_seen_at: Internal[Moment | None] = None
    """When AWS last denied a canary because of the brake, of any version. None if it never did."""
    writing: Internal[str] = ""
    """The ID of the canary of the attempt that is under way, or that was interrupted. Empty if the
    last attempt has a result."""
    claimed_until: Internal[Moment | None] = None
    """Until then, that attempt may still change something in the client's account, so no other
    begins."""
    denies: Internal[bool] = False
    """True if the brake may deny members' sessions, and so has to be released later."""
    was_allowed: Internal[bool] = False
    """True if AWS did not deny a canary before Daypass shut the role. Only then a denial shows that
    Daypass shut it."""
    shut_at: Internal[Moment | None] = None
    """When IAM accepted AWSDenyAll on the role, with the method `deny-all`. None if it never did,
    or if AWS did not deny the canary of a later check, so that the client has detached it."""
    shut_by: Internal[str] = ""
    """The `requested_by` of the cut-off for which Daypass last shut the role."""
    shut_seen_at: Internal[Moment | None] = None
    """When a check's canary was last denied in the shut role. None if no check has looked since."""
    problem: Internal[CutOffProblem | None] = None
    """Why the last attempt failed. None if it did not."""
    reported_problem: Internal[CutOffProblem | None] = None
    """The last problem that was recorded since the last new cut-off, or since Daypass saw a cut-off
    work. Leads are not notified of the same problem again."""

    @property
    def list_key(self) -> str:
        """Return the key in the list of roles with a cut-off, a request of a check, a brake to
        release, or AWSDenyAll. Return empty text if the item belongs on no list."""
        requests = self.drill_requested_at or self.look_requested_at
        is_listed = self.cut_offs or requests or self.denies or self.shut_at
        return "#".join(self.key) if is_listed else ""

    @property
    def is_reversible(self) -> bool:
        """Return whether the method is Daypass's own, and Daypass can undo it."""
        return self.method in METHODS and METHODS[self.method].is_reversible

    @property
    def is_brake_seen(self) -> bool:
        """Return whether AWS denied the canary of the brake's current version."""
        return self.is_reversible and self.canary_seen_at is not None and self.problem is None

    @property
    def names(self) -> CutOffNames:
        return CutOffNames(self.role_arn)

    def list_unseen_canaries(self, now: datetime) -> list[str]:
        """Return the IDs of the canaries (Daypass's test sessions) of the written cut-offs that
        Daypass has not seen work, the latest last. A new version of the brake denies these canaries
        too, because IAM may apply an earlier version only after Daypass has written the next. Other
        methods write no versions, so return no IDs."""
        unseen = dict.fromkeys(
            each.canary
            for each in self.cut_offs
            if each.status is CutOffStatus.WRITTEN
            and each.role_arn is None  # the item's own IAM role
            and each.canary
            and not each.is_over(now)
        )
        return list(unseen)[-MAX_EARLIER_CANARIES:] if self.is_reversible else []

    def for_role(self, role_arn: str, method: CutOffMethod) -> RoleCutOffs:
        """Return the item for new cut-offs of this IAM role, by this method. If the role had
        another ARN before, leave the cut-offs of its former IAM role to the client: `for_method`
        does so for each cut-off with an ARN of its own."""
        if role_arn == self.role_arn:
            return self.for_method(method)
        # A cut-off without an ARN of its own is for the item's IAM role.
        arns = [each.role_arn or self.role_arn for each in self.cut_offs]
        # If the role has an earlier IAM role again, that role's cut-offs lose their own ARN.
        cut_offs = tuple(
            replace(each, role_arn=None if arn == role_arn else arn)
            for each, arn in zip(self.cut_offs, arns, strict=True)
        )
        # Daypass knows nothing yet of the new IAM role's brake, and shut the former role only.
        moved = replace(
            self.without_deny_all(),
            role_arn=role_arn,
            cut_offs=cut_offs,
            canary="",
            look_requested_at=None,
            canary_seen_at=None,
            brake_seen_at=None,
            writing="",
            denies=False,
            was_allowed=False,
            versions=(),
        )
        return moved.for_method(method)

    def for_method(self, method: CutOffMethod) -> RoleCutOffs:
        """Return the item with this method. Give the cut-offs that Daypass cannot write by it the
        problem that leaves them to the client, and remove such a problem from the others."""

        def update(cut_off: CutOff) -> CutOff:
            if cut_off.status is CutOffStatus.SEEN:  # Daypass saw it work, by whichever method
                return cut_off
            problem = None if cut_off.problem in CLIENTS_PROBLEMS else cut_off.problem
            return replace(cut_off, problem=find_clients_problem(method, cut_off) or problem)

        return replace(self, method=method, cut_offs=tuple(map(update, self.cut_offs)))

    def without_deny_all(self) -> RoleCutOffs:
        """Return the item of a role that Daypass has not shut, or has seen work since."""
        return replace(self, shut_at=None, shut_by="", shut_seen_at=None)


def find_clients_problem(method: CutOffMethod, cut_off: CutOff) -> CutOffProblem | None:
    """Return why only the client, and not Daypass by this method, can write this cut-off: one of
    CLIENTS_PROBLEMS. Return None if Daypass can try. This takes no call to AWS."""
    if method not in METHODS:
        return CutOffProblem.CLIENT_MUST_WRITE
    if cut_off.role_arn is not None:
        return CutOffProblem.OTHER_ROLE
    if not METHODS[method].is_reversible and not cut_off.is_for_everyone:
        return CutOffProblem.WHOLE_ROLE_ONLY
    return None


FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=5)


def find_next_try(stored: RoleCutOffs) -> datetime | None:
    """Return when to try again. None means at once."""
    if stored.tried_at is None:
        return None
    doublings: int = min(stored.try_count, 10)  # more would exceed LONGEST_RETRY anyway
    return stored.tried_at + min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
