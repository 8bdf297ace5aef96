"""Rebuild members, engagements and grants from the entries of the trail, in the order of their
times. What the entries do not record keeps its default, or the value that callers pass."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from msgspec import convert
from msgspec.structs import FieldInfo, fields, replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.people.members import Member
from chalicelib.domain.trail import CLIENT, Action, Entry, list_recorded_fields
from chalicelib.domain.values import Item, Value

_PEOPLE = frozenset(
    {
        Action.MEMBER_CREATE,
        Action.MEMBER_CHANGE,
        Action.MEMBER_REVOKE,
        Action.MEMBER_LEAVE,
        Action.MEMBER_REINSTATE,
        Action.LEAD_RECOVER,
    }
)
_OF_ENGAGEMENT = ("engagement.", "client-approval.", "external-id.")
"""The actions whose details are fields of the engagement. Those of others can have the same names
and mean something else."""
_OF_CLIENT = " (client)"
"""The end of an approver's name if the approver is at the client."""


def read_changes(kind: type[Item], entry: Entry) -> dict[str, Any]:
    """Return the fields of an item of this kind that the entry changed, with their new values: the
    reverse of `find_differences`. A field whose new value was empty has its default."""
    changed = {}
    for name, field in _list_fields(kind):
        if name in entry.details:
            changed[field.name] = _parse(entry.details[name], field.type)
        elif f"former_{name}" in entry.details:
            changed[field.name] = field.default
    return changed


@cache
def _list_fields(kind: type[Item]) -> tuple[tuple[str, FieldInfo], ...]:
    """Return the fields that entries record, each with its name there."""
    declared = {field.name: field for field in fields(kind)}
    return tuple((name, declared[attribute]) for attribute, name in list_recorded_fields(kind))


def _parse(text: str, declared: Any) -> Any:
    kind = get_args(declared)[0] if get_origin(declared) is Annotated else declared
    is_list = get_origin(kind) in (frozenset, tuple)
    return convert(text.split() if is_list else text, declared, strict=False)


class Suspension(Value):
    """A time in which a member was suspended."""

    at: datetime
    left_at: datetime | None = None
    ended_at: datetime | None = None
    """When the member was reinstated. None if they were not."""


class MemberReplay:
    """A member as the entries about them say."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Apply the entries about the member, the earliest first."""
        self.member: Member | None = None
        self.kind_by = ""
        """The actor who gave the member their present kind."""
        self.suspensions: list[Suspension] = []
        for entry in entries:
            if entry.action in _PEOPLE:
                self._apply(entry)

    def _apply(self, entry: Entry) -> None:
        at, changed = entry.at, read_changes(Member, entry)
        if entry.action is Action.MEMBER_CREATE:
            changed |= {"id": entry.subject or entry.actor, "created_at": at, "tokens_from": at}
            self.member, self.kind_by = Member(**changed), entry.actor
            return
        if self.member is None:
            return
        if entry.action in (Action.MEMBER_CHANGE, Action.LEAD_RECOVER):
            if "kind" in changed:
                self.kind_by, changed["kind_set_at"] = entry.actor, at
            self.member = replace(self.member, **changed)
        match entry.action:
            case Action.MEMBER_REVOKE:
                self.member = replace(self.member, suspended_at=at, tokens_from=at)
                self.suspensions.append(Suspension(at=at))
            case Action.MEMBER_LEAVE:
                self.member = replace(self.member, left_at=at)
                self._change_suspension(left_at=at)
            case Action.MEMBER_REINSTATE | Action.LEAD_RECOVER if self.member.suspended_at:
                self.member = replace(
                    self.member, suspended_at=None, left_at=None, tokens_from=at, kind_set_at=at
                )
                self._change_suspension(ended_at=at)

    def _change_suspension(self, **changed: datetime) -> None:
        if self.suspensions:
            self.suspensions[-1] = replace(self.suspensions[-1], **changed)


class OpenedAccess(Value):
    """The access to one role that an approved request, or an emergency, opened."""

    request: str
    member: str
    role: str
    opened_at: datetime
    starts_at: datetime
    ends_at: datetime
    approved_by: tuple[str, ...] = ()
    by_client: bool = False
    is_emergency: bool = False


class EngagementReplay:
    """An engagement with its grants, as the entries about it say."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Apply the entries about the engagement, the earliest first."""
        self.engagement: Engagement | None = None
        # The keys are members' IDs.
        self.grants: dict[str, Grant] = {}
        """Each member's last grant."""
        self.earlier_grants: list[Grant] = []
        """The grants that a later grant of the same member replaced."""
        self.last_changes: dict[str, Entry] = {}
        """The last change of each member's last grant."""
        self.reviews: list[tuple[Entry, Grant]] = []
        """The decisions of access reviews, each with the grant that it was about."""
        self.ended_roles: set[str] = set()
        # The keys are requests' IDs.
        self.opened: dict[str, OpenedAccess] = {}
        """The access that requests and emergencies opened, without access that was revoked. Access
        whose time is over stays."""
        self._requests: dict[str, Entry] = {}
        self._approvals: dict[str, list[str]] = {}
        for entry in entries:
            self._apply(entry)

    def _apply(self, entry: Entry) -> None:
        member = entry.subject or entry.actor
        if entry.action in (Action.ENGAGEMENT_CREATE, Action.ENGAGEMENT_IMPORT):
            self.engagement = Engagement(
                id=entry.engagement, created_at=entry.at, **read_changes(Engagement, entry)
            )
        elif entry.action.startswith("grant."):
            self._apply_to_grant(member, entry)
        elif entry.action.startswith(("request.", "emergency.")):
            self._apply_to_request(member, entry)
        elif entry.action.startswith("role."):
            self._apply_to_role(entry)
        elif self.engagement is not None and entry.action.startswith(_OF_ENGAGEMENT):
            self._apply_to_engagement(self.engagement, entry)

    def _apply_to_engagement(self, engagement: Engagement, entry: Entry) -> None:
        """Change the engagement as the entry says. The end of an engagement ends opened access,
        which a reopening does not bring back."""
        changed = read_changes(Engagement, entry)
        match entry.action:
            case Action.ENGAGEMENT_CLOSE:
                changed["closed_at"] = entry.at
            case Action.ENGAGEMENT_REVOKE:
                changed["revoked_at"] = entry.at
            case Action.ENGAGEMENT_REOPEN:
                changed |= {"closed_at": None, "revoked_at": None}
        self.engagement = replace(engagement, **changed)
        if entry.action in (Action.ENGAGEMENT_CLOSE, Action.ENGAGEMENT_REVOKE):
            self.opened.clear()

    def _apply_to_grant(self, member: str, entry: Entry) -> None:
        """Create or change the member's grant as the entry says. A new grant replaces an earlier
        one, and ends the access that was opened under it."""
        grant, at = self.grants.get(member), entry.at
        if entry.action is Action.GRANT_CREATE:
            if grant is not None:
                self.earlier_grants.append(grant)
                self._end_opened(member=member)
            self.last_changes.pop(member, None)
            self.grants[member] = Grant(
                engagement=entry.engagement,
                member=member,
                granted_by=entry.actor,
                created_at=at,
                **read_changes(Grant, entry),
            )
        elif grant is not None:
            self.grants[member] = self._change_grant(grant, entry)

    def _change_grant(self, grant: Grant, entry: Entry) -> Grant:
        """Return the grant after the entry: revoked, reviewed or changed. End the opened access to
        roles that the grant no longer has."""
        match entry.action:
            case Action.GRANT_REVOKE:
                self._end_opened(member=grant.member)
                return replace(grant, revoked_at=entry.at)
            case Action.GRANT_REVIEW:
                self.reviews.append((entry, grant))
                return replace(grant, reviewed_at=entry.at, reviewed_by=entry.actor)
        self.last_changes[grant.member] = entry
        changed = replace(grant, **read_changes(Grant, entry))
        for role in grant.roles - changed.roles:
            self._end_opened(member=grant.member, role=role)
        return changed

    def _apply_to_role(self, entry: Entry) -> None:
        """Remember whether the role has ended. The end of a role, and a new ARN, end the access to
        it that was opened."""
        if entry.action is Action.ROLE_CREATE:
            self.ended_roles.discard(entry.role)
        if entry.action is Action.ROLE_END:
            self.ended_roles.add(entry.role)
        if entry.action is Action.ROLE_END or entry.detail("former_arn"):
            self._end_opened(role=entry.role)

    def _end_opened(self, *, member: str = "", role: str = "") -> None:
        """Forget the opened access of this member, to this role, or of this member to this role. It
        does not come back."""
        self.opened = {
            request: opened
            for request, opened in self.opened.items()
            if member not in ("", opened.member) or role not in ("", opened.role)
        }

    def _apply_to_request(self, member: str, entry: Entry) -> None:
        """Open, start or end the access of a request or an emergency, as the entry says. An
        approval opens the access unless the request still waits for another approval."""
        request = entry.detail("request")
        match entry.action:
            case Action.REQUEST_CREATE:
                self._requests[request] = entry
            case Action.EMERGENCY_BEGIN:
                self._open(member, entry)
            case Action.REQUEST_APPROVE:
                approver = entry.detail("approver")
                by = f"{approver}{_OF_CLIENT}" if entry.actor == CLIENT else entry.actor
                self._approvals.setdefault(request, []).append(by)
                if not entry.detail("waiting_for"):
                    self._open(member, entry)
            # An entry has only the fields that changed. Access that has ended does not start.
            case Action.REQUEST_START if request in self.opened:
                start, end = entry.detail("starts_at") or entry.at, entry.detail("ends_at")
                self.opened[request] = replace(
                    self.opened[request],
                    starts_at=_moment(start),
                    ends_at=_moment(end or self.opened[request].ends_at),
                )
            case Action.REQUEST_REVOKE:
                self.opened.pop(request, None)

    def _open(self, member: str, entry: Entry) -> None:
        """Add the access that this approval or emergency opened. Replace access of the same
        request."""
        request, created = entry.detail("request"), self._requests.get(entry.detail("request"))

        def find(name: str) -> str:
            """Return the detail of the entry, or else of the request's own entry. The access may
            replace an earlier access to the role, and the entry then has only changed fields."""
            requested = created.detail(name) if created is not None else ""
            return entry.detail(f"request.{name}") or entry.detail(name) or requested

        self.opened[request] = OpenedAccess(
            request=request,
            member=member,
            role=entry.role,
            opened_at=entry.at,
            starts_at=_moment(find("starts_at") or entry.at),
            ends_at=_moment(find("ends_at") or entry.at),
            approved_by=tuple(self._approvals.get(request, ())),
            by_client=any(by.endswith(_OF_CLIENT) for by in self._approvals.get(request, ())),
            is_emergency=entry.action is Action.EMERGENCY_BEGIN,
        )

    def list_grants(self, moment: datetime) -> list[Grant]:
        """Return the grants that were current or upcoming then, sorted by member, without roles
        that had ended. Return an empty list if the engagement was over. `moment` is the time up to
        which the replay has applied the entries."""
        if self.engagement is None or self.engagement.is_over(moment):
            return []
        grants = (
            replace(grant, roles=grant.roles - self.ended_roles)
            for _, grant in sorted(self.grants.items())
            if grant.is_current_or_upcoming(moment)
        )
        return [grant for grant in grants if grant.roles]

    def list_opened(self, moment: datetime) -> list[OpenedAccess]:
        """Return the access that requests and emergencies had opened and that had not ended then,
        if its member still had a grant for the role. If the client must approve access, return only
        access that the client approved."""
        if self.engagement is None:
            return []
        by_member = {grant.member: grant for grant in self.list_grants(moment)}
        return [
            each
            for each in self.opened.values()
            if moment < each.ends_at
            and each.member in by_member
            and each.role in by_member[each.member].roles
            and (each.by_client or not self.engagement.requires_client_approval)
        ]

    @property
    def members(self) -> set[str]:
        """Return the IDs of everyone who ever had a grant."""
        return {grant.member for grant in (*self.grants.values(), *self.earlier_grants)}

    def grants_of(self, member: str) -> list[Grant]:
        """Return all grants that the member had in the engagement, the earliest first."""
        earlier = [grant for grant in self.earlier_grants if grant.member == member]
        return [*earlier, self.grants[member]] if member in self.grants else earlier


def _moment(text: str | datetime) -> datetime:
    """Return the time of a detail, which is text. Return a datetime as it is."""
    return datetime.fromisoformat(text) if isinstance(text, str) else text
