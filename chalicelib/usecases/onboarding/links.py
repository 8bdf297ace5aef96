"""Create, list, open and revoke links to a client's page.

A link contains a secret text. Daypass stores only the text's hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from enum import StrEnum

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound, Reason
from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.one_time_secrets import IN_URL, Lifetime
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.text import Tone
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Inline, Page, Secret, Value, new_item
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import revoke_secret, write
from chalicelib.usecases.selections import Chip, Column, Question, SearchFilters, Span, WholeList

LINK_LIFETIME = Lifetime(
    default=timedelta(days=14),
    longest=timedelta(days=90),
    refusal="A link must expire in the future, no later than 90 days from now.",
)
LINK_OF_USUAL_LIFE = CreateLink()
_LISTED_FOR = timedelta(days=91)
"""No link is valid for longer than 90 days."""


class LinkStatus(StrEnum):
    """The status of a link. Only a working link opens the client's page."""

    WORKS = "works"
    EXPIRED = "expired"
    REVOKED = "revoked"
    OFF = "off"
    """Its creator is not a lead any more."""

    @property
    def tone(self) -> Tone:
        return Tone.GOOD if self is LinkStatus.WORKS else Tone.PLAIN


class NewLink(Value, kw_only=False):
    """A new link with its secret text, which Daypass does not store."""

    link: SetupLink
    text: Secret[str]


def build_link(ports: Ports, lead: Caller, engagement: Engagement, request: CreateLink) -> NewLink:
    """Return a new link, not yet stored, with the secret text to send to the client.

    Raise InvalidRequest if the link would be valid for more than 90 days.
    """
    now = ports.now()
    ends_at = LINK_LIFETIME.choose_end(now, request.expires_at)
    text, hashed = IN_URL.new_secret(ports.random)
    link = new_item(
        SetupLink,
        request,
        hash=hashed,
        engagement=engagement.id,
        created_by=lead.actor,
        created_at=now,
        expires_at=ends_at,
    )
    return NewLink(link, text)


def create_link(
    ports: Ports, lead: Caller, engagement_id: str, request: CreateLink = LINK_OF_USUAL_LIFE
) -> NewLink:
    """Create a link to the client's page, and return it with its secret text.

    The link is valid for 14 days by default, and for 90 days at most.
    """
    engagement = find_engagement(ports, engagement_id)
    new_link = build_link(ports, lead, engagement, request)
    write(ports, lead, Action.LINK_CREATE, (None, new_link.link), preconditions=[engagement])
    return new_link


class ListedLink(Value):
    """A link to the client's page, without its secret, and whether it works."""

    link: Inline[SetupLink]
    status: LinkStatus

    @property
    def works(self) -> bool:
        return self.status is LinkStatus.WORKS

    @property
    def note(self) -> str:
        return "its creator is no longer a lead" if self.status is LinkStatus.OFF else ""


class LinkFilters(SearchFilters):
    """The links to list."""

    engagement: EngagementId = ""
    """The links' engagement."""


def _list_items(ports: Ports, _: Caller, filters: LinkFilters, span: Span) -> Page[SetupLink]:
    since = format_sortable(ports.now() - _LISTED_FOR)
    return ports.state.list(SetupLink, engagement=filters.engagement, cursor=since, **span)


def _build_rows(
    ports: Ports, _: Caller, __: LinkFilters, links: Sequence[SetupLink]
) -> list[ListedLink]:
    """Return the links: working links first, and then the latest first."""
    rows = _with_status(ports, links)
    return sorted(rows, key=lambda row: (row.works, row.link.created_at), reverse=True)


LINKS: Question[ListedLink, LinkFilters] = Question(
    name="links",
    title="Links to the client’s page",
    kinds=READERS,
    columns=(
        Column("link.id", "Link"),
        Column("status", "Status"),
        Column("link.created_at", "Created", 2),
        Column("link.created_by", "By", 2),
        Column("link.expires_at", "Expires"),
        Column("link.checked_at", "Last check", 2),
        Column("note", "", 2),
    ),
    empty="No link was created in the last 91 days, so the client cannot open their page.",
    rows=WholeList(
        list_items=_list_items,
        build_rows=_build_rows,
        has_ids=False,
        key="link.id",
        searched=("link.id", "link.created_by"),
        chips=tuple(
            Chip(each.value, each.value.capitalize(), "status", frozenset({each}))
            for each in LinkStatus
        ),
    ),
)


def _with_status(ports: Ports, links: Sequence[SetupLink]) -> Iterator[ListedLink]:
    creators = ports.state.get_many(Member, {(link.created_by,) for link in links}) if links else {}
    for link in links:
        yield ListedLink(
            link=link, status=_find_status(ports, link, creators.get((link.created_by,)))
        )


def _find_status(ports: Ports, link: SetupLink, creator: Member | None) -> LinkStatus:
    """Return the link's status. A link works only if its creator has been a lead without
    interruption since they created it, because a former lead may have kept its URL."""
    problem = link.find_problem(ports.now())
    if problem is not None:
        return LinkStatus(problem.value)
    is_leading = creator is not None and creator.has_led_continuously_since(link.created_at)
    return LinkStatus.WORKS if is_leading else LinkStatus.OFF


def revoke_link(ports: Ports, lead: Caller, engagement: str, link: str, *, why: str) -> SetupLink:
    """Revoke the link with this ID to the client's page at once, and return it. Revoking it again
    changes nothing."""
    return revoke_secret(
        ports, lead, Action.LINK_REVOKE, lambda: find_link(ports, engagement, link), why=why
    )


def find_link(ports: Ports, engagement: str, link_id: str) -> SetupLink:
    """Return the link with this ID to the client's page, or raise NotFound."""
    find_engagement(ports, engagement)
    for listed in list_all(ports.state, SetupLink, engagement=engagement):
        current = ports.state.get(SetupLink, listed.hash) if listed.id == link_id else None
        if current is not None:
            return current
    raise NotFound(Reason.NO_SUCH_LINK)


def list_working_links(ports: Ports, engagement: str) -> list[SetupLink]:
    """Return the engagement's links that open the client's page now, the last to expire first."""
    listed = _with_status(ports, list_all(ports.state, SetupLink, engagement=engagement))
    working = [each.link for each in listed if each.works]
    return sorted(working, key=lambda link: link.expires_at, reverse=True)


def open_link(ports: Ports, text: str) -> tuple[SetupLink, Engagement]:
    """Find the link with this secret text, and return the link and its engagement.

    Raise the same NotFound for a malformed, unknown, expired or revoked link, and for a link whose
    creator has stopped being a lead.
    """
    hashed = IN_URL.hash_of(text)
    link = ports.state.get(SetupLink, hashed) if hashed is not None else None
    if link is None:
        raise NotFound(Reason.NO_SUCH_PAGE)
    engagement = ports.state.get(Engagement, link.engagement)
    creator = ports.state.get(Member, link.created_by)
    if engagement is None or _find_status(ports, link, creator) is not LinkStatus.WORKS:
        raise NotFound(Reason.NO_SUCH_PAGE)
    return link, engagement
