"""What can be looked at in Slack: one's own places and sessions, and who is where."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Thing
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Session
from chalicelib.usecases.admission import READERS, Aim, record_refusal
from chalicelib.usecases.engagements.engagements import roles_in_use
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Asking, Ports
from chalicelib.usecases.vending.sessions import list_sessions

MOST = 200
"""Sessions that are looked at. There may be more, and then it is said."""


class Alive(Thing, frozen=True, kw_only=True):
    """Sessions that may be alive, the last to end first; `more` if there are others."""

    sessions: tuple[Session, ...]
    more: bool

    @property
    def last_moment(self) -> datetime | None:
        return self.sessions[0].ends_by if self.sessions else None


class Somebody(Thing, frozen=True, kw_only=True):
    """Who may enter an engagement. Leads and auditors also see how, and with how many sessions."""

    member: Member
    grant: Grant | None = None
    sessions: int = 0


class Who(Thing, frozen=True, kw_only=True):
    """Who may enter an engagement: nobody, where it is not open. `alive` is for leads and
    auditors."""

    engagement: Engagement
    is_open: bool
    people: tuple[Somebody, ...]
    alive: Alive | None
    now: datetime


class Status(Thing, frozen=True, kw_only=True):
    """How an engagement stands. Leads and auditors see its roles that have not ended, who overrides
    one, and which sessions may be alive; members the roles of their grant."""

    engagement: Engagement
    roles: tuple[Role, ...]
    alive: Alive | None
    now: datetime


def alive(ports: Ports, *, engagement: str = "", member: str = "") -> Alive:
    """The sessions that may be alive: of an engagement, a member, or of both together."""
    page = list_sessions(ports, engagement=engagement, member=member, limit=MOST)
    found = sorted(page.items, key=lambda one: one.ends_by, reverse=True)
    return Alive(sessions=tuple(found), more=bool(page.cursor))


def who(ports: Ports, asking: Asking, caller: Caller, engagement: str) -> Who:
    """Who may enter the engagement now: for those on it, leads and auditors.

    Leads and auditors see roles, ends and sessions too; members see no more than who it is.
    AccessDenied for others, the same whether there is such an engagement or not.
    """
    place = _may_look(ports, asking, caller, engagement)
    found = alive(ports, engagement=engagement) if caller.member.kind in READERS else None
    now = ports.now()
    grants = [one for one in every(ports.state.grants_for, engagement) if one.is_current(now)]
    is_open = place.can_be_entered(now)
    members = ports.state.these(Member, [(one.member,) for one in grants if is_open])
    people = tuple(
        _somebody(members[one.member,], one, found)
        for one in grants
        if _can_enter(members.get((one.member,)))
    )
    return Who(engagement=place, is_open=is_open, people=people, alive=found, now=now)


def _somebody(member: Member, grant: Grant, found: Alive | None) -> Somebody:
    if found is None:
        return Somebody(member=member)
    sessions = sum(session.member == member.id for session in found.sessions)
    return Somebody(member=member, grant=grant, sessions=sessions)


def _can_enter(member: Member | None) -> bool:
    """Whether a grant lets this member in: it stays with whoever is suspended, or made auditor."""
    return member is not None and member.suspended_at is None and member.kind is not Kind.AUDITOR


def status(ports: Ports, asking: Asking, caller: Caller, engagement: str) -> Status:
    """How the engagement stands, for the same people.

    What a check found of a role can be a hole in the client's account: members learn it only of
    roles that they may enter.
    """
    place = _may_look(ports, asking, caller, engagement)
    roles = tuple(roles_in_use(ports, engagement))
    if caller.member.kind in READERS:
        found = alive(ports, engagement=engagement)
        return Status(engagement=place, roles=roles, alive=found, now=ports.now())
    grant = ports.state.grant(engagement, caller.member.id)
    own = tuple(role for role in roles if grant is not None and role.name in grant.roles)
    return Status(engagement=place, roles=own, alive=None, now=ports.now())


def _may_look(ports: Ports, asking: Asking, caller: Caller, engagement: str) -> Engagement:
    place = ports.state.engagement(engagement)
    if place is not None and caller.member.kind in READERS:
        return place
    grant = ports.state.grant(engagement, caller.member.id)
    is_on_it = grant is not None and grant.is_current(ports.now())
    if place is not None and is_on_it and caller.member.kind is not Kind.AUDITOR:
        return place
    aim = Aim(engagement=engagement)
    reason, exists = Reason.NOT_A_MEMBER, place is not None
    record_refusal(ports, asking, caller.token, Action.READ, reason, aim, exists=exists)
    raise AccessDenied(reason)
