"""Create, list, open and revoke links to a client's page.

A link contains a secret text. Daypass stores only the text's hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.onboarding.links import CreateLink, SetupLink
from chalicelib.domain.one_time_secrets import IN_URL, Lifetime
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Inline, Secret, Value, new_item
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import revoke_secret, write

LINK_LIFETIME = Lifetime(
    default=timedelta(days=14),
    longest=timedelta(days=90),
    refusal="The end of a link must be in the future, and at most 90 days from now.",
)
LINK_OF_USUAL_LIFE = CreateLink()


class NewLink(Value, frozen=True):
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


class ListedLink(Value, frozen=True, kw_only=True):
    """A link to the client's page, without its secret, and whether it works."""

    link: Inline[SetupLink]
    status: str
    """`works`, `expired`, `revoked`, or `off` if its creator is not a lead any more."""

    @property
    def works(self) -> bool:
        return self.status == "works"


def list_links(ports: Ports, engagement: str, *, limit: int, cursor: str = "") -> Page[ListedLink]:
    """Return a page of the engagement's links, oldest first, including links that do not work."""
    page = ports.state.list(SetupLink, engagement=engagement, limit=limit, cursor=cursor)
    return Page(tuple(_with_status(ports, page.items)), page.cursor)


def _with_status(ports: Ports, links: Sequence[SetupLink]) -> Iterator[ListedLink]:
    creators = ports.state.get_many(Member, {(link.created_by,) for link in links}) if links else {}
    for link in links:
        problem = link.find_problem(ports.now())
        works = _has_creator_led_since(link, creators.get((link.created_by,)))
        status = problem.value if problem is not None else "works" if works else "off"
        yield ListedLink(link=link, status=status)


def revoke_link(ports: Ports, lead: Caller, engagement: str, link: str, *, why: str) -> SetupLink:
    """Revoke the link with this ID to the client's page at once, and return it. Revoking it again
    changes nothing."""
    return revoke_secret(
        ports, lead, Action.LINK_REVOKE, lambda: _find_link(ports, engagement, link), why=why
    )


def _find_link(ports: Ports, engagement: str, link_id: str) -> SetupLink:
    """Return the engagement's link with this ID. Raise NotFound if there is none."""
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


def _has_creator_led_since(link: SetupLink, creator: Member | None) -> bool:
    """Return whether the link's creator has been a lead ever since they created the link.

    If not, the link does not work, because a former lead may have kept its URL.
    """
    return creator is not None and creator.has_led_continuously_since(link.created_at)


def open_link(ports: Ports, text: str) -> tuple[SetupLink, Engagement]:
    """Find the link with this secret text, and return the link and its engagement.

    Raise the same NotFound for a malformed, unknown, expired or revoked link, and for a link whose
    creator has stopped being a lead.
    """
    hashed = IN_URL.hash_of(text)
    link = ports.state.get(SetupLink, hashed) if hashed is not None else None
    if link is None or not link.is_valid(ports.now()):
        raise NotFound(Reason.NO_SUCH_PAGE)
    if not _has_creator_led_since(link, ports.state.get(Member, link.created_by)):
        raise NotFound(Reason.NO_SUCH_PAGE)
    engagement = ports.state.get(Engagement, link.engagement)
    if engagement is None:
        raise NotFound(Reason.NO_SUCH_PAGE)
    return link, engagement
