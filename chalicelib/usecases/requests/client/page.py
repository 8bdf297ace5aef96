"""Build the approver's page: the requests that wait for the client, and the last of the others.

The page needs no account: the approver has the link by e-mail. Opening it changes nothing, because
mail scanners open links too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.firm import Firm
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import RequestContext, build_effective_policy
from chalicelib.domain.requests.opening import Choice, list_choices
from chalicelib.domain.requests.outcomes import list_request_sessions
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus, member_of_request
from chalicelib.domain.requests.view import RequestView, build_view
from chalicelib.domain.trail import CLIENT, Action, Entry, Outcome
from chalicelib.domain.values import ItemKey, Value
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.lists import (
    PAGE_SIZE,
    iterate_list,
    list_all,
    read_again,
    read_latest_changes,
)
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.rights import (
    ApproverStatus,
    OpenedLink,
    open_link_to_refuse,
    read_statuses,
)
from chalicelib.usecases.requests.policies import read_policies
from chalicelib.usecases.requests.reading import list_decided, read_contexts

LOOK_BACK = timedelta(days=30)
MAX_PER_GROUP = 20
"""The most requests of each group in `_list_latest_keys` that the page shows."""
MAX_DECIDED = 5000
"""The most decided requests that the page reads, of all engagements."""
MAX_PENDING = 50
"""The most listed requests that the page shows of those that wait."""
_MAX_VEND_ENTRIES = 2000
"""The most entries that are read of one member's vends."""
_LISTED = (Action.REQUEST_CREATE, Action.REQUEST_APPROVE, Action.REQUEST_DENY)


def build_anchor(request: str) -> str:
    """Return the ID of the request's part of the page."""
    return f"request-{request.replace('.', '-')}"


class SessionUse(Value):
    """The sessions that a member got under one request."""

    count: int = 0
    last_at: datetime | None = None
    is_complete: bool = True
    """False if there were too many entries to count them all."""


class PageRequest(Value):
    """A request as the approver's page shows it."""

    view: RequestView
    member_name: str
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


class PagePerson(Value):
    """An approver or contact at the client, as the page shows them."""

    person: ClientApprover
    named_by: str
    """The name of the lead who named them."""
    status: ApproverStatus | None
    """None for a contact."""
    may_confirm: bool
    """True if the reader of the page can confirm them."""
    may_remove: bool

    @property
    def counts(self) -> bool:
        return self.status is not None and self.status.counts

    @property
    def waits_for_lead(self) -> bool:
        """Return whether their lead was suspended, so that another lead has to name them again."""
        return self.status is not None and self.status.problem is Reason.LEAD_SUSPENDED


class ApproverPage(Value):
    """The content of an approver's page. A former approver's page has no requests. On it, they can
    only refuse approvers that a lead has named since."""

    firm: Firm
    engagement: Engagement
    approver: ClientApprover
    link_expires_at: datetime
    only_refuses: bool
    people: tuple[PagePerson, ...]
    """The client's approvers and contacts, the reader of the page first."""
    pause: Block | None
    """The client's pause, in force or lifted. None if there never was one."""
    pending: tuple[PageRequest, ...] = ()
    """At most 50 of those that wait: first those that wait for the client, one of each member in
    turn, and then those that wait for the firm."""
    pending_count: int = 0
    """How many wait."""
    decided: tuple[PageRequest, ...] = ()
    emergencies: tuple[PageRequest, ...] = ()


def build_approver_page(ports: Ports, link_text: str) -> ApproverPage:
    """Return the content of the page that the link opens. Raise NotFound if the link is not
    valid."""
    # This also opens the links of current approvers, who may do everything on the page.
    opened = open_link_to_refuse(ports, link_text)
    engagement = opened.engagement
    listed = [] if opened.only_refuses else _list_pending(ports, engagement)
    views = [] if opened.only_refuses else _read_requests(ports, engagement, listed[:MAX_PENDING])
    # `views` also has requests from the trail. If one of them waits, but was not listed yet, it
    # comes last.
    waiting = [each for each in views if each.view.status is RequestStatus.WAITING]
    order = {request.id: number for number, request in enumerate(listed)}
    waiting.sort(key=lambda each: order.get(each.view.id, len(order)))
    others = [each for each in views if each not in waiting]
    others.sort(key=lambda each: each.view.created_at, reverse=True)
    return ApproverPage(
        firm=ports.firm,
        engagement=engagement,
        approver=opened.approver,
        link_expires_at=opened.link.expires_at,
        only_refuses=opened.only_refuses,
        people=_build_people(ports, opened),
        pause=ports.state.get(Block, engagement.id),
        pending=tuple(waiting),
        pending_count=max(len(listed), len(waiting)),
        decided=tuple(each for each in others if not each.view.is_emergency),
        emergencies=tuple(each for each in others if each.view.is_emergency),
    )


def _build_people(ports: Ports, opened: OpenedLink) -> tuple[PagePerson, ...]:
    """Return the client's approvers and contacts as the link's holder sees them, with the holder
    first. A holder whose own approval counts can remove any other approver. Other holders can only
    refuse, which means to remove, approvers whose approval does not count yet."""
    reader, engagement = opened.approver, opened.engagement
    people = list_all(ports.state, ClientApprover, engagement=engagement.id)
    people = tuple(each for each in people if each.is_active)
    statuses = {each.approver.id: each for each in read_statuses(ports, engagement, people)}
    leads = ports.state.get_many(Member, {(each.named_by,) for each in people})
    own = statuses.get(reader.id)
    reader_counts = own is not None and own.counts and not opened.only_refuses

    def build(person: ClientApprover) -> PagePerson:
        status, lead = statuses.get(person.id), leads.get((person.named_by,))
        # A contact has no status, and is neither confirmed nor removed here.
        is_other = status is not None and person.id != reader.id
        is_refusable = status is not None and not status.counts
        is_unconfirmed = status is not None and (
            not person.is_confirmed(engagement) or status.problem is Reason.LEAD_SUSPENDED
        )
        may_confirm = reader_counts and is_refusable and is_unconfirmed
        return PagePerson(
            person=person,
            named_by=lead.name if lead is not None else person.named_by,
            status=status,
            may_confirm=is_other and may_confirm and engagement.requires_client_approval,
            may_remove=is_other and (reader_counts or is_refusable),
        )

    return tuple(map(build, sorted(people, key=lambda person: person.id != reader.id)))


def _list_pending(ports: Ports, engagement: Engagement) -> list[AccessRequest]:
    """Return the engagement's undecided requests that wait for the client, or that the client has
    approved: the page shows these too, as waiting for the firm. The list may lag.

    Those that wait for the client come first. Take one of each member in turn, the earliest expiry
    first, so that a member with many requests cannot hide another member's.
    """
    # The list of undecided requests is sorted by expiry. Begin after those that have expired.
    undecided = iterate_list(ports.state, AccessRequest, PAGE_SIZE, format_sortable(ports.now()))
    requests = [each for each in undecided if each.engagement == engagement.id]
    policies = read_policies(ports, engagement.id, *(each.role for each in requests))
    # How many requests of the same member, approved by the client or not, come before.
    ahead: Counter[tuple[bool, str]] = Counter()
    waiting = []
    for request in requests:  # in the order of their expiry
        needs_client = build_effective_policy(engagement, policies, request.role).client
        is_approved = request.is_client_approved
        if needs_client or is_approved:
            waiting.append((is_approved, ahead[is_approved, request.member], request))
            ahead[is_approved, request.member] += 1
    return [request for *_, request in sorted(waiting, key=lambda each: each[:2])]


def _read_requests(
    ports: Ports, engagement: Engagement, pending: Iterable[AccessRequest]
) -> list[PageRequest]:
    """Return these pending requests, and the engagement's latest others that concern the client.

    The list of undecided requests may lag, and so may the trail. So read each request again.
    """
    keys = (*(request.key for request in pending), *_list_latest_keys(ports, engagement.id))
    stored = read_again(ports.state, AccessRequest, keys)
    contexts = read_contexts(ports, [each for each in stored if each.engagement == engagement.id])
    return _build_requests(ports, engagement, list(filter(_concerns_client, contexts)))


def _list_latest_keys(ports: Ports, engagement: str) -> list[ItemKey]:
    """Return the keys of the engagement's latest requests: first the emergencies, then those that
    the client decided, then those of the latest trail entries. A key can be there twice.

    Each group has a limit of its own, so that a member who sends many requests cannot push
    emergencies and decisions off the page. Nor can refused attempts, with which any member can fill
    the engagement's part of the trail: the first two groups also come from the stored requests. Any
    member can withdraw requests without end, so only the latest MAX_DECIDED of the firm are read.
    """
    decided = islice(list_decided(ports, ports.now() - LOOK_BACK), MAX_DECIDED)
    requests = [each for each in decided if each.engagement == engagement]
    entries, _ = read_latest_changes(ports, engagement, LOOK_BACK)
    begun = [each for each in entries if each.action is Action.EMERGENCY_BEGIN]
    others = [each for each in entries if each.action in _LISTED]
    groups = (
        [each.id for each in requests if each.is_emergency] + _list_ids(begun),
        [each.id for each in requests if _has_client_decided(each)]
        + _list_ids(each for each in others if each.actor == CLIENT),
        _list_ids(others),
    )
    shown = (each for group in groups for each in islice(dict.fromkeys(group), MAX_PER_GROUP))
    return [(member_of_request(each), each) for each in shown]


def _list_ids(entries: Iterable[Entry]) -> list[str]:
    return [entry.detail("request") for entry in entries]


def _has_client_decided(request: AccessRequest) -> bool:
    """Return whether the client has approved or denied the request."""
    return request.is_client_approved or request.decided_by.startswith(CLIENT)


def _concerns_client(context: RequestContext) -> bool:
    """Return whether the request concerns the client: the client approves such requests, or has
    decided this one, or the request is an emergency."""
    request = context.request
    return context.policy.client or _has_client_decided(request) or request.is_emergency


def _build_requests(
    ports: Ports, engagement: Engagement, contexts: list[RequestContext]
) -> list[PageRequest]:
    """Return the requests as the page shows them."""
    if not contexts:
        return []
    requests = [context.request for context in contexts]
    ids = {name for each in requests for name in (each.member, each.decided_by) if name}
    # A decider with a slash is the client's approver: `@client/` and their ID.
    members = ports.state.get_many(Member, {(name,) for name in ids if "/" not in name})
    names = {member.id: member.name for member in members.values()}
    people = list_all(ports.state, ClientApprover, engagement=engagement.id)
    names |= {f"{CLIENT}/{each.id}": each.name for each in people}
    roles = ports.state.get_many(Role, {(engagement.id, each.role) for each in requests})
    permissions = {
        role.name: _describe_permissions(ports, engagement, role) for role in roles.values()
    }
    sessions = _count_sessions(ports, requests)

    def build(context: RequestContext) -> PageRequest:
        request, view = context.request, build_view(context)
        role = roles.get((engagement.id, request.role))
        is_pending = view.status is RequestStatus.WAITING
        decided_by = request.decided_by
        return PageRequest(
            view=view,
            member_name=names.get(request.member, request.member),
            role_arn=role.arn if role is not None else "",
            permissions=permissions.get(request.role, ""),
            choices=list_choices(request, context.now) if is_pending else (),
            needs_client=is_pending and context.policy.client and not view.is_client_approved,
            decider=names.get(decided_by, decided_by.removeprefix(f"{CLIENT}/")),
            sessions=sessions.get(request.id, SessionUse()),
        )

    return [build(context) for context in contexts]


def _count_sessions(ports: Ports, requests: Iterable[AccessRequest]) -> dict[str, SessionUse]:
    """Return, by request, the sessions that Daypass may have handed over under it. Count also a
    session without an outcome, because AWS may have issued it."""
    # A request that has opened access has the number of its approved grant.
    opened, uses = [each for each in requests if each.number], {}
    for member in {each.member for each in opened}:
        own = [each for each in opened if each.member == member]
        since = min(each.decided_at or each.created_at for each in own)
        entries = list(islice(ports.trail.vends(member, since), _MAX_VEND_ENTRIES))
        is_complete = len(entries) < _MAX_VEND_ENTRIES
        for request in own:
            sessions = list_request_sessions(entries, request.id)
            begun = [each.began_at for each in sessions if each.outcome in (None, Outcome.ISSUED)]
            last_at = max(begun, default=None)
            use = SessionUse(count=len(begun), last_at=last_at, is_complete=is_complete)
            uses[request.id] = use
    return uses


def _describe_permissions(ports: Ports, engagement: Engagement, role: Role) -> str:
    """Return a sentence on what the role may do in the client's account."""
    spec = build_spec_for_role(ports, engagement, role)
    if spec.exists_already:
        return "Whatever you allow this role in your account."
    if spec.permissions.choice is None:
        return "Whatever your own permissions policy allows this role."
    return spec.permissions.summary
