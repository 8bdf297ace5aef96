"""Describe what a stop will do now. This only reads, and changes nothing. The preview names each
part that cannot be read, so a failed read never prevents the stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.moments import format_sortable, utc_text
from chalicelib.domain.people.members import Caller, Kind, Leads, Member
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.stops import Stoppable
from chalicelib.domain.text import isolate
from chalicelib.domain.values import Item, Page
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.stops.kinds import (
    SUSPENSIONS,
    StopKind,
    StopNames,
    StopTarget,
)
from chalicelib.domain.vending.stops.previews import (
    OTHER_CREDENTIALS,
    Preview,
    as_sentence,
    build_parts,
    describe_cut_offs,
    describe_live_sessions,
    shorten,
)
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.stops.results import (
    LiveSessions,
    PartReader,
    find_item,
    find_similar_clients,
    list_engagements,
    list_given_access,
    read_engagements,
    read_live_sessions,
    select_of_client,
    with_ended_tokens,
)

MAX_ROWS = 50
"""The grants, the requests and the approvals that are read, of each kind."""
MAX_ENGAGEMENTS_READ = 25
"""The engagements of a client whose approved access is read."""
ONLY_LEAD = (
    "You are the only active lead, and it takes two leads to lift the freeze. Make another member a"
    " lead, now or during the freeze. If you can no longer sign in, ask the operator to run make"
    " recover-lead (see docs/runbooks/people.md)."
)
FORMER_LEAD = "Changes that this lead made stay in effect. The lead's page lists them."
MORE = "There may be more than this preview lists. The revocation finds all of them."
_NO_ENGAGEMENTS: Page[Engagement] = Page((), "?")
_NO_GRANTS: Page[Grant] = Page((), "?")


def preview_stop(
    ports: Ports, caller: Caller, kind: StopKind, names: StopNames, *, lists_everyone: bool = True
) -> Preview:
    """Return what the stop will do to this target now.

    Without `lists_everyone`, leave out sessions that only a list of all engagements shows. Raise
    InvalidRequest if a name is missing, and NotFound if the target does not exist.
    """
    target, reader = StopTarget.build(kind, names), PartReader()
    item = reader.read("The current state", lambda: find_item(ports, target), None)
    if target.tokens:
        target = reader.read("Other tokens", partial(with_ended_tokens, ports, target), target)
    live = LiveSessions()
    if lists_everyone or target.member or target.names.engagement:
        live = reader.read("The sessions", partial(read_live_sessions, ports, target), live)
    engagements: Mapping[str, Engagement] = {}
    stood: tuple[str, ...] = ()
    if target.names.client:
        page = reader.read(
            "The engagements", partial(list_engagements, ports, live), _NO_ENGAGEMENTS
        )
        engagements = select_of_client(page, target.names.client)
        live = live.select(engagements, has_all=bool(page.items))
        similar = find_similar_clients(page, target.names.client)
        stood = (
            *shorten(list(engagements)),
            *(
                ((f"These clients are not included, because their names differ: {similar}."),)
                if similar
                else ()
            ),
            *((MORE,) if page.cursor else ()),
        )
    else:
        grants: Page[Grant] = Page((), "")
        if kind.name == "member-leaves":
            grants = reader.read("The grants", partial(_read_grants, ports, target), _NO_GRANTS)
        engagements = reader.read(
            "The engagements",
            partial(read_engagements, ports, live, *(each.engagement for each in grants.items)),
            engagements,
        )
        stood = _list_grants(grants, engagements)
    requests: tuple[str, ...] = ()
    if kind.ends_requests:
        requests = reader.read(
            "The requests",
            partial(_describe_ended_requests, ports, target, list(engagements)),
            requests,
        )
    methods = {name: each.cut_off for name, each in engagements.items()}
    limits = list(kind.limits)
    if isinstance(item, Member) and item.has_ever_led and kind.name in SUSPENSIONS:
        limits.append(FORMER_LEAD)
    if live.sessions:
        limits.append(OTHER_CREDENTIALS)
    effect = target.format(kind.effect)
    return Preview(
        name=kind.name,
        title=target.title,
        warnings=reader.read("The leads", partial(_list_warnings, ports, caller, target), ()),
        parts=build_parts(
            ("Effect", (f"This {effect}.", *_describe_repeat(kind, item))),
            ("Live sessions", describe_live_sessions(live.sessions, are_all=live.are_all)),
            ("Cut-off", describe_cut_offs(kind, live.sessions, methods)),
            ("Engagements" if target.names.client else "Grants that end", stood),
            ("Requests", requests),
            ("What it does not do", limits),
            ("Undo", (as_sentence(kind.undo),) if kind.undo else ()),
            ("Not read", [f"{each} You can still confirm this action." for each in reader.unread]),
        ),
    )


def _describe_repeat(kind: StopKind, item: Item | None) -> tuple[str, ...]:
    """Return since when the stop has been in force, and that it can be repeated. Return nothing if
    it is not in force. `Stoppable.ENDS` has the actions that end an item of this type."""
    at = None
    if isinstance(item, Block):
        at = item.began_at if item.is_in_force else None
    elif isinstance(item, Member) and kind.name == "member-leaves":
        at = item.left_at
    elif isinstance(item, Stoppable) and kind.action in item.ENDS:
        at = item.stopped_at(kind.action)
    if at is None:
        return ()
    return (
        (
            f"This has already been in force since {utc_text(at)}. You can safely repeat it to"
            " complete any missing steps."
        ),
    )


def _read_grants(ports: Ports, target: StopTarget) -> Page[Grant]:
    """Return the member's first grants that end with their leaving."""
    page = ports.state.list(Grant, limit=MAX_ROWS, member=target.member)
    now = ports.now()
    current = tuple(each for each in page.items if each.is_current_or_upcoming(now))
    return Page(current, page.cursor)


def _list_grants(grants: Page[Grant], engagements: Mapping[str, Engagement]) -> tuple[str, ...]:
    """Return the grants of a member who leaves, by client."""
    by_client: dict[str, list[str]] = {}
    for grant in grants.items:
        engagement = engagements.get(grant.engagement)
        client = isolate(engagement.client) if engagement is not None else "Unknown client"
        roles = ", ".join(sorted(grant.roles))
        by_client.setdefault(client, []).append(f"{grant.engagement} ({roles})")
    lines = [f"{client}: {', '.join(sorted(own))}" for client, own in sorted(by_client.items())]
    return (*shorten(lines), *((MORE,) if grants.cursor else ()))


def _describe_ended_requests(
    ports: Ports, target: StopTarget, engagements: Iterable[str]
) -> tuple[str, ...]:
    """Return a sentence for each request and each approved access that the stop ends. `engagements`
    are a client's, if the target is a client. If not all of them were read, end with MORE."""
    now, names = ports.now(), target.names
    filters = [{"member": target.member}] if target.member else []
    if not target.member:
        own = list(engagements) if names.client else [names.engagement]
        filters = [{"engagement": each} for each in own]
    # Requests are listed by the time at which they lapse, so this cursor skips the lapsed ones.
    waiting = ports.state.list(AccessRequest, limit=MAX_ROWS, cursor=format_sortable(now))
    calls = [partial(ports.state.list, ApprovedGrant, limit=MAX_ROWS, **by) for by in filters]
    opened = list(ports.side_by_side(calls[:MAX_ENGAGEMENTS_READ]))
    is_cut = len(calls) > MAX_ENGAGEMENTS_READ or any(page.cursor for page in opened)
    lines = [
        f"{each.member}'s request for {each.engagement}/{each.role} can no longer be approved."
        for each in waiting.items
        if target.covers(each.engagement, each.role, each.member)
        and (not names.client or each.engagement in engagements)
    ]
    lines += [
        f"{each.member} permanently loses the approved access to {each.engagement}/{each.role}."
        for page in opened
        for each in page.items
        if target.covers(each.engagement, each.role, each.member)
        and each.is_current_or_upcoming(now)
    ]
    if target.kind.name in SUSPENSIONS:
        # The access of others that the member helped to open ends with them.
        approved = list_given_access(ports, target.member, MAX_ROWS)
        is_cut = is_cut or bool(approved.cursor)
        lines += [
            f"{each.member}'s access to {each.engagement}/{each.role}, which {target.member}"
            " approved, is revoked."
            for each in approved.items
            if each.is_current_or_upcoming(now)
        ]
    has_more = waiting.cursor or is_cut
    return (*shorten(lines), *((MORE,) if has_more else ()))


def _list_warnings(ports: Ports, caller: Caller, target: StopTarget) -> tuple[str, ...]:
    """Return a warning if the lead is about to lock themself out, or if no one could help them to
    lift the freeze."""
    if target.kind.name == "freeze":
        leads = ports.state.get(Leads) or Leads(members=frozenset())
        others = ports.state.get_many(Member, [(each,) for each in leads.members])
        can_thaw = any(
            each.kind is Kind.LEAD and each.suspended_at is None and each.id != caller.member.id
            for each in others.values()
        )
        return () if can_thaw else (ONLY_LEAD,)
    own = target.member == caller.member.id
    if own and target.kind.name in SUSPENSIONS:
        return ("This is your own account. You will be signed out everywhere immediately.",)
    if own and target.names.token == caller.token.id:
        return ("You are signed in with this token, so revoking it signs you out immediately.",)
    return ()
