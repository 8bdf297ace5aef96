"""Build the approver's page: the requests that wait for the client, and the last of the others.

The page needs no account: the approver has the link by e-mail. Opening it changes nothing, because
mail scanners open links too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.firm import Firm
from chalicelib.domain.moments import MAX_CLOCK_LEAD, format_sortable
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import build_effective_policy
from chalicelib.domain.requests.requests import (
    AccessRequest,
    RequestStatus,
    member_of_request,
)
from chalicelib.domain.requests.shortening import Choice, list_choices
from chalicelib.domain.requests.view import RequestView, describe_span
from chalicelib.domain.trail import CLIENT, Action, Outcome, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.lists import iterate_list, read_again, read_trail
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.approvers import list_active_approvers
from chalicelib.usecases.requests.client.counting import read_statuses
from chalicelib.usecases.requests.client.links import (
    OpenedLink,
    open_approver_link,
    open_proposals,
)
from chalicelib.usecases.requests.client.sessions import SessionUse, count_sessions
from chalicelib.usecases.requests.policies import read_policies
from chalicelib.usecases.requests.reading import RequestContext, read_contexts, show

T = TypeVar("T")
_Waiting = AccessRequest | RequestView

LOOK_BACK = timedelta(days=30)
MAX_DECIDED = 20
"""The most requests of each kind that the page shows besides those that wait."""
MAX_PENDING = 50
"""The most listed requests that the page shows of those that wait."""
_MAX_TRAIL_PAGES = 5
_TRAIL_PAGE = 200
_LISTED = frozenset(
    {
        Action.REQUEST_CREATE,
        Action.REQUEST_APPROVE,
        Action.REQUEST_DENY,
        Action.EMERGENCY_BEGIN,
    }
)


def build_anchor(request: str) -> str:
    """Return the ID of the request's part of the page."""
    return f"request-{request.replace('.', '-')}"


class PageRequest(Value, frozen=True, kw_only=True):
    """A request as the approver's page shows it."""

    view: RequestView
    span: str
    member_name: str
    is_agent: bool
    """True if a program asks, which works for the member by itself."""
    role_arn: str
    permissions: str
    """A sentence on what the role may do."""
    choices: tuple[Choice, ...]
    """The shorter times that the approver can choose. Empty for a request that does not wait."""
    needs_client: bool
    """True if the request waits for the client."""
    decider: str
    """The name of the last person who decided. Empty if no one did."""
    sessions: SessionUse

    @property
    def anchor(self) -> str:
        """Return the ID of the request's part of the page."""
        return build_anchor(self.view.id)


class PagePerson(Value, frozen=True, kw_only=True):
    """An approver or contact at the client, as the page shows them."""

    person: ClientApprover
    named_by: str
    """The name of the lead who named them."""
    counts: bool
    counts_from: datetime | None
    waits_for_lead: bool
    """True if their lead was suspended, so that another lead has to name them again."""
    may_confirm: bool
    """True if the reader of the page can confirm them."""
    may_remove: bool


class ApproverPage(Value, frozen=True, kw_only=True):
    """The content of an approver's page."""

    firm: Firm
    engagement: Engagement
    approver: ClientApprover
    link_expires_at: datetime
    pause: Block | None
    """The client's pause, in force or lifted. None: there never was one."""
    people: tuple[PagePerson, ...]
    """The client's approvers and contacts, the reader of the page first."""
    pending: tuple[PageRequest, ...]
    """At most 50 of those that wait: one of each member in turn, the earliest expiry first."""
    pending_count: int
    """How many wait."""
    decided: tuple[PageRequest, ...]
    emergencies: tuple[PageRequest, ...]

    @property
    def requires_approval(self) -> bool:
        return self.engagement.requires_client_approval


def build_approver_page(ports: Ports, link_text: str) -> ApproverPage:
    """Return the content of the page that the link opens. Raise NotFound if the link is not
    valid."""
    opened = open_approver_link(ports, link_text)
    engagement = opened.engagement
    listed = _list_pending(ports, engagement)
    contexts = read_contexts(ports, _list_requests(ports, engagement.id, listed[:MAX_PENDING]))
    views = _build_requests(ports, engagement, list(filter(_concerns_client, contexts)))
    waiting = [each for each in views if each.view.status is RequestStatus.PENDING]
    others = [each for each in views if each.view.status is not RequestStatus.PENDING]
    return ApproverPage(
        firm=ports.firm,
        engagement=engagement,
        approver=opened.approver,
        link_expires_at=opened.link.expires_at,
        pause=ports.state.get(Block, engagement.id),
        people=build_people(ports, opened),
        pending=tuple(_take_turns(waiting, lambda each: each.view)),
        pending_count=max(len(listed), len(waiting)),
        decided=_newest_first(each for each in others if not each.view.is_emergency),
        emergencies=_newest_first(each for each in others if each.view.is_emergency),
    )


class ProposalPage(Value, frozen=True, kw_only=True):
    """The page of a former approver, with which they refuse approvers that a lead named since."""

    firm: Firm
    engagement: Engagement
    approver: ClientApprover
    link_expires_at: datetime
    people: tuple[PagePerson, ...]


def build_proposal_page(ports: Ports, link_text: str) -> ProposalPage | None:
    """Return the page of a former approver, or None if the link is of an approver. Raise NotFound
    if the link is not valid."""
    opened = open_proposals(ports, link_text)
    if not opened.only_refuses:
        return None
    return ProposalPage(
        firm=ports.firm,
        engagement=opened.engagement,
        approver=opened.approver,
        link_expires_at=opened.link.expires_at,
        people=build_people(ports, opened),
    )


def build_people(ports: Ports, opened: OpenedLink) -> tuple[PagePerson, ...]:
    """Return the client's approvers and contacts as the link's holder sees them, who comes first. A
    former approver can only refuse those who do not count yet."""
    reader, engagement = opened.approver, opened.engagement
    people = list_active_approvers(ports, engagement.id)
    statuses = {each.approver.id: each for each in read_statuses(ports, engagement, people)}
    own = None if opened.only_refuses else statuses.get(reader.id)
    leads = ports.state.get_many(Member, {(each.named_by,) for each in people})

    def build(person: ClientApprover) -> PagePerson:
        status = statuses.get(person.id)
        lead = leads.get((person.named_by,))
        is_open = status is not None and not status.counts
        counts_from = status.counts_from if status is not None else None
        return PagePerson(
            person=person,
            named_by=lead.name if lead is not None else person.named_by,
            counts=status is not None and status.counts,
            counts_from=counts_from,
            waits_for_lead=status is not None and status.problem is Reason.LEAD_SUSPENDED,
            may_confirm=own is not None
            and own.counts
            and status is not None
            and person.confirmed_at is None
            and person.id != reader.id
            and engagement.requires_client_approval
            and is_open,
            may_remove=is_open and person.id != reader.id
            if own is None
            else status is not None and own.may_remove(status),
        )

    people.sort(key=lambda person: person.id != reader.id)
    return tuple(map(build, people))


def _list_pending(ports: Ports, engagement: Engagement) -> list[AccessRequest]:
    """Return the engagement's requests that wait for the client, one of each member in turn: a
    member with many requests must not hide another's. The list may lag."""
    undecided = iterate_list(ports.state, AccessRequest, 200, format_sortable(ports.now()))
    requests = [request for request in undecided if request.engagement == engagement.id]
    needs_client = {
        role: build_effective_policy(
            engagement, read_policies(ports, engagement.id, role), role
        ).client
        for role in {request.role for request in requests}
    }
    waiting = [
        request
        for request in requests
        if needs_client[request.role] or any(each.is_client for each in request.approvals)
    ]
    return _take_turns(waiting, lambda request: request)


def _take_turns(items: Iterable[T], find_request: Callable[[T], _Waiting]) -> list[T]:
    """Return the items with the earliest request of each member first, then with the second of
    each, and so on."""
    counts: Counter[str] = Counter()
    ordered = []
    for item in sorted(items, key=lambda each: find_request(each).expires_at):
        request = find_request(item)
        ordered.append((counts[request.member], item))
        counts[request.member] += 1
    return [item for _, item in sorted(ordered, key=lambda turn_and_item: turn_and_item[0])]


def _list_requests(
    ports: Ports, engagement: str, pending: Iterable[AccessRequest]
) -> list[AccessRequest]:
    """Return these requests that wait, and the last of the engagement's others.

    The list of waiting requests may lag, and so may the trail. So each request is read again.
    """
    keys = (
        *(request.key for request in pending),
        *_list_recorded(ports, engagement, ports.now()),
    )
    stored = read_again(ports.state, AccessRequest, keys)
    return [request for request in stored if request.engagement == engagement]


def _list_recorded(ports: Ports, engagement: str, now: datetime) -> list[tuple[str, str]]:
    """Return the keys of the requests that the engagement's latest entries are about: of the
    emergencies, of those that the client decided, and of the others. A member who sends many
    requests must not be able to push the first two off the page."""
    emergencies: dict[tuple[str, str], None] = {}
    decided: dict[tuple[str, str], None] = {}
    others: dict[tuple[str, str], None] = {}
    query = TrailQuery(
        since=now - LOOK_BACK,
        until=now + MAX_CLOCK_LEAD,
        engagement=engagement,
        no_vends=True,
        outcome=Outcome.DONE,
        limit=_TRAIL_PAGE,
    )
    entries, _ = read_trail(ports.trail, query, _MAX_TRAIL_PAGES)
    for entry in entries:
        request = entry.detail("request")
        if entry.action in _LISTED and request:
            is_emergency = entry.action is Action.EMERGENCY_BEGIN
            keys = decided if entry.actor == CLIENT else others
            keys = emergencies if is_emergency else keys
            keys[member_of_request(request), request] = None
    return [key for keys in (emergencies, decided, others) for key in list(keys)[:MAX_DECIDED]]


def _concerns_client(context: RequestContext) -> bool:
    """Return whether the client approves such requests or has decided this one, or whether it is an
    emergency."""
    request = context.request
    return (
        context.policy.client
        or request.is_emergency
        or any(each.is_client for each in request.approvals)
        or request.decided_by.startswith(CLIENT)
    )


def _build_requests(
    ports: Ports,
    engagement: Engagement,
    contexts: list[RequestContext],
) -> list[PageRequest]:
    """Return the requests as the page shows them."""
    if not contexts:
        return []
    members = ports.state.get_many(
        Member, {(name,) for c in contexts for name in _list_members(c.request)}
    )
    roles = ports.state.get_many(Role, {(engagement.id, c.request.role) for c in contexts})
    permissions = {
        role.name: _describe_permissions(ports, engagement, role) for role in roles.values()
    }
    people = {each.id: each.name for each in _list_people(ports, engagement.id)}
    sessions = count_sessions(ports, [c.request for c in contexts])
    now = ports.now()

    def name(person: str) -> str:
        """Return the name of a member, or of a person at the client."""
        if person.startswith(f"{CLIENT}/"):
            id = person.removeprefix(f"{CLIENT}/")  # noqa: A001
            return people.get(id, id)
        member = members.get((person,))
        return member.name if member is not None else person

    def build(context: RequestContext) -> PageRequest:
        request, view = context.request, show(context, now)
        role = roles.get((engagement.id, request.role))
        is_pending = view.status is RequestStatus.PENDING
        has_client = any(each.is_client for each in view.approvals)
        return PageRequest(
            view=view,
            span=describe_span(request),
            member_name=name(request.member),
            is_agent=request.caller is CallerKind.AGENT,
            role_arn=role.arn if role is not None else "",
            permissions=permissions.get(request.role, ""),
            choices=list_choices(request, now) if is_pending else (),
            needs_client=is_pending and context.policy.client and not has_client,
            decider=name(request.decided_by) if request.decided_by else "",
            sessions=sessions.get(request.id, SessionUse()),
        )

    return [build(context) for context in contexts]


def _list_members(request: AccessRequest) -> Iterable[str]:
    """Return the IDs of the members that the page names."""
    yield request.member
    if request.decided_by and not request.decided_by.startswith(CLIENT):
        yield request.decided_by


def _list_people(ports: Ports, engagement: str) -> Iterable[ClientApprover]:
    """Return the client's approvers and contacts, also those who were revoked."""
    return iterate_list(ports.state, ClientApprover, 200, engagement=engagement)


def _describe_permissions(ports: Ports, engagement: Engagement, role: Role) -> str:
    """Return a sentence on what the role may do in the client's account."""
    spec = build_spec_for_role(ports, engagement, role)
    if spec.exists_already:
        return "Whatever you allow this role in your account."
    if spec.permissions.choice is None:
        return "Whatever your own permissions policy allows this role."
    return spec.permissions.summary


def _newest_first(requests: Iterable[PageRequest]) -> tuple[PageRequest, ...]:
    return tuple(sorted(requests, key=lambda each: each.view.created_at, reverse=True))
