"""Links to a client's page: make one and show it once, list them, revoke one."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound
from chalicelib.domain.lists import Page
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.one_time_secrets import IN_URL, Lifetime
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Secret, Value
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import revoke_secret, write

LIFE = Lifetime(
    default=timedelta(days=14),
    longest=timedelta(days=90),
    refusal="A link lives for 90 days at most.",
)


class NewLink(Value, frozen=True):
    """A link at the one moment at which the text is known that makes it unguessable."""

    link: SetupLink
    text: Secret[str]


def make_link(
    ports: Ports, lead: Caller, place: Engagement, expires_at: datetime | None
) -> NewLink:
    """A link to keep (its hash), and its text to send. InvalidRequest for more than 90 days."""
    now = ports.now()
    ends_at = LIFE.end(now, expires_at)
    text, kept = IN_URL.make(ports.random)
    link = SetupLink(
        hash=kept,
        engagement=place.id,
        created_by=lead.actor,
        created_at=now,
        expires_at=ends_at,
    )
    return NewLink(link, text)


def create_link(
    ports: Ports, lead: Caller, engagement: str, *, expires_at: datetime | None = None
) -> NewLink:
    """A link for the client: 14 days unless told otherwise, 90 at most."""
    place = find_engagement(ports, engagement)
    new = make_link(ports, lead, place, expires_at)
    write(ports, lead, Action.LINK_CREATE, (None, new.link), preconditions=[place])
    return new


def links_of(ports: Ports, engagement: str, *, limit: int, cursor: str = "") -> Page[SetupLink]:
    """The engagement's links, the dead ones included, oldest first; NotFound if it is none."""
    find_engagement(ports, engagement)
    return ports.state.list(SetupLink, engagement=engagement, limit=limit, cursor=cursor)


def revoke_link(ports: Ports, lead: Caller, engagement: str, link: str, *, why: str) -> SetupLink:
    """The page is gone for whoever has this link, at once. Revoking again changes nothing."""

    return revoke_secret(
        ports, lead, Action.LINK_REVOKE, lambda: _find_link(ports, engagement, link), why=why
    )


def _find_link(ports: Ports, engagement: str, link: str) -> SetupLink:
    find_engagement(ports, engagement)
    for listed in list_all(ports.state, SetupLink, engagement=engagement):
        found = ports.state.get(SetupLink, listed.hash) if listed.id == link else None
        if found is not None:
            return found
    raise NotFound(Reason.NO_SUCH_LINK)


def working_links(ports: Ports, engagement: str) -> list[SetupLink]:
    """Return the links by which the client's page can be opened now, the last to expire first."""
    now = ports.now()
    links = [
        link
        for link in list_all(ports.state, SetupLink, engagement=engagement)
        if link.is_good(now)
    ]
    makers = ports.state.get_many(Member, {(link.created_by,) for link in links}) if links else {}
    working = [link for link in links if _is_kept_alive(link, makers.get((link.created_by,)))]
    return sorted(working, key=lambda link: link.expires_at, reverse=True)


def _is_kept_alive(link: SetupLink, maker: Member | None) -> bool:
    """Return whether the link's maker has led ever since: they may have kept the link."""
    return maker is not None and maker.has_led_since(link.created_at)


def open_link(ports: Ports, text: str) -> tuple[SetupLink, Engagement]:
    """What the link leads to. NotFound, always the same one, if it does not lead anywhere now."""
    kept = IN_URL.hash_of(text)
    link = ports.state.get(SetupLink, kept) if kept is not None else None
    if link is None or not link.is_good(ports.now()):
        raise NotFound(Reason.NO_SUCH_PAGE)
    if not _is_kept_alive(link, ports.state.get(Member, link.created_by)):
        raise NotFound(Reason.NO_SUCH_PAGE)
    place = ports.state.get(Engagement, link.engagement)
    if place is None:
        raise NotFound(Reason.NO_SUCH_PAGE)
    return link, place
