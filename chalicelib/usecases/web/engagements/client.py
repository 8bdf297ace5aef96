"""Read the page about an engagement's client: the links to the client's page, and cut-offs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.cut_off.view import CutOffView
from chalicelib.domain.verification.report import CutOffReport
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import MAX_ROLES
from chalicelib.usecases.lists import list_unread, read_parts
from chalicelib.usecases.onboarding.links import ListedLink, list_links
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.report import build_cut_off_report
from chalicelib.usecases.web.engagements.page import ROWS
from chalicelib.usecases.web.engagements.role import build_cut_off_views

LINKS_READ = 200
LINKS_SINCE = timedelta(days=91)
"""No link to a client's page is valid for longer than 90 days."""


class RoleCutOff(Value, frozen=True, kw_only=True):
    """A role with the report on the last check of its cut-off."""

    role: Role
    report: CutOffReport


class ClientSide(Value, frozen=True, kw_only=True):
    """The content of the page about the client's side. A part is None if it could not be read."""

    engagement: Engagement
    links: tuple[ListedLink, ...] | None
    """The links of the last 91 days: those that work, and then the others, the latest first."""
    has_more_links: bool
    role_cut_offs: tuple[RoleCutOff, ...] | None
    """Each role in use, if the engagement has a method for cut-offs."""
    cut_offs: tuple[CutOffView, ...] | None
    """The cut-offs whose sessions may be alive."""
    unread: tuple[str, ...]
    """The parts that could not be read, as words for a sentence."""


def read_client_side(ports: Ports, engagement_id: str) -> ClientSide:
    """Return the content of the page about the client's side. Raise NotFound if the
    engagement does not exist, and Unavailable if it cannot be read."""
    engagement = find_engagement(ports, engagement_id)
    read_list = partial(ports.state.list, limit=MAX_ROLES, engagement=engagement.id)
    parts = read_parts(
        ports,
        {
            "the links": partial(_read_links, ports, engagement.id),
            "the roles": partial(read_list, Role),
            "the checks of the cut-offs": partial(read_list, CutOffProof),
            "the cut-offs": partial(read_list, RoleCutOffs),
        },
    )
    links, roles, proofs, stored = parts.values()
    can_report = None not in (roles, proofs, stored)
    return ClientSide(
        engagement=engagement,
        links=links.items if links is not None else None,
        has_more_links=links is not None and bool(links.cursor),
        role_cut_offs=_build_role_cut_offs(engagement, roles.items, proofs.items, stored.items)
        if can_report
        else None,
        cut_offs=build_cut_off_views(stored.items, ports.now()) if stored is not None else None,
        unread=list_unread(parts),
    )


def _build_role_cut_offs(
    engagement: Engagement,
    roles: Sequence[Role],
    proofs: Sequence[CutOffProof],
    stored: Sequence[RoleCutOffs],
) -> tuple[RoleCutOff, ...]:
    proof_of = {proof.role: proof for proof in proofs}
    stored_of = {item.role: item for item in stored}
    reports = (
        (
            role,
            build_cut_off_report(
                engagement, role, proof_of.get(role.name), stored_of.get(role.name)
            ),
        )
        for role in roles
    )
    return tuple(RoleCutOff(role=role, report=report) for role, report in reports if report)


def _read_links(ports: Ports, engagement: str) -> Page[ListedLink]:
    """Return the engagement's links of the last 91 days, those that work first, and then the
    latest. The cursor only says whether there are more."""
    since = format_sortable(ports.now() - LINKS_SINCE)
    page = list_links(ports, engagement, limit=LINKS_READ, cursor=since)
    links = sorted(page.items, key=lambda each: (each.works, each.link.created_at), reverse=True)
    more = page.cursor or ("more" if links[ROWS:] else "")
    return Page(tuple(links[:ROWS]), more)
