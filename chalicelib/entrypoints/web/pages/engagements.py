"""The web console's pages about engagements."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.role_grades import grade_role
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound, Reason, Unavailable
from chalicelib.domain.onboarding.next_step import StepKind, choose_next_step
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.requests.decisions import build_effective_policy
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.values import NameCursor, Request, sent_fields
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.vending.cut_off.view import build_cut_off_view
from chalicelib.domain.vending.session_states import count_sessions
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.routing import EngagementPath, RolePath
from chalicelib.entrypoints.web.actions.fields import describe_permissions
from chalicelib.entrypoints.web.grant_timeline import draw_grants
from chalicelib.entrypoints.web.list_view import build_view, download_list, show_list
from chalicelib.entrypoints.web.pages import readers
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.listing import ENGAGEMENTS, read_basics, read_engagement
from chalicelib.usecases.engagements.roles import MAX_ROLES
from chalicelib.usecases.evidence.timeline import read_latest_events
from chalicelib.usecases.lists import pick, read_parts
from chalicelib.usecases.onboarding.links import LINKS, LinkFilters
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.client.approvers import list_approvers
from chalicelib.usecases.requests.listing import RequestFilters, list_requests
from chalicelib.usecases.requests.policies import (
    ALL_ROLES,
    describe_clients_answer,
    list_role_policies,
)
from chalicelib.usecases.selections import ROWS, ListFormat, SearchFilters
from chalicelib.usecases.vending.cut_offs.listing import list_cut_offs
from chalicelib.usecases.vending.sessions import list_sessions_with_states
from chalicelib.usecases.verification.report import (
    build_cut_off_report,
    build_report,
    read_cut_off_reports,
)


class CursorQuery(Request):
    """A page of a list on a page."""

    cursor: NameCursor = ""


@readers.get("/web/engagements")
def show_engagements(web: WebRequest, query: SearchFilters) -> Response:
    """Show the engagements with their states"""
    return show_list("web/engagements/list.html", web, ENGAGEMENTS, query)


@readers.get("/web/engagements/{engagement}")
def show_engagement(
    ports: Ports, web: WebRequest, path: EngagementPath, query: CursorQuery
) -> Response:
    """Show an engagement: its state, roles, grants, live sessions and latest trail entries"""
    by: dict[str, Any] = {"engagement": path.engagement, "limit": ROWS}
    parts = read_parts(  # by the names with which the page says that a part could not be read
        ports,
        {
            "engagement": partial(read_engagement, ports, path.engagement),
            "grants": partial(ports.state.list, Grant, cursor=query.cursor, **by),
            "sessions": partial(list_sessions_with_states, ports, with_given_back=True, **by),
            "trail": partial(read_latest_events, ports, path.engagement),
            "undecided requests": partial(
                list_requests, ports, web.caller, RequestFilters(engagement=path.engagement)
            ),
        },
    )
    row = parts.pop("engagement")
    if row is None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)
    engagement, grants, sessions = row.engagement, parts["grants"], parts["sessions"]
    requests = parts["undecided requests"]
    # Only the links to the client's page store whether the client has checked that its removal of
    # the access worked, and this page does not read them.
    step = choose_next_step(engagement, row.roles or (), web.now, removal_checked=False)
    awaited = describe_clients_answer(ports, engagement.id, requests.items if requests else ())
    only_answers = bool(awaited) and step.kind is StepKind.DONE
    graded = [grade_role(engagement, role, web.now) for role in row.roles or ()]
    return render_console(
        "web/engagements/show.html",
        web,
        title=f"{engagement.client} ({engagement.id})",
        row=row,
        engagement=engagement,
        parts={"roles": row.roles, **parts},
        graded_roles=sorted(graded, key=lambda each: not each.is_in_use),
        step=step,
        client_step=awaited if only_answers else f"{step.text} {awaited}".strip(),
        count=count_sessions(each.state for each in (sessions.items if sessions else ())).text,
        timeline=draw_grants(grants.items if grants else (), web.now),
        cursor=query.cursor,
    )


@readers.get("/web/engagements/{engagement}/roles/{role}")
def show_role(ports: Ports, web: WebRequest, path: RolePath) -> Response:
    """Show a role: its settings, and the reports on its last check and its cut-off"""
    basics = read_basics(ports, path.engagement)
    if basics.roles is None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)
    role = next((role for role in basics.roles if role.name == path.role), None)
    if role is None:
        raise NotFound(Reason.NO_SUCH_ROLE)
    return render_console(
        "web/engagements/role.html",
        web,
        title=f"Role {path.engagement}/{path.role}",
        basics=basics,
        engagement=basics.engagement,
        shown=grade_role(basics.engagement, role, web.now),
        **_read_reports(ports, basics.engagement, role, basics.cut_offs),
    )


def _read_reports(
    ports: Ports, engagement: Engagement, role: Role, cut_offs: Sequence[RoleCutOffs]
) -> dict[str, Any]:
    """Return the template's values about the role: its setup and permissions, the reports on its
    check and on that of its cut-off, its cut-offs, and its approval policy. `cut_offs` has at most
    one item for each role of the engagement."""
    own: list[MixedKey] = [(kind, role.key) for kind in (RoleSetup, CutOffProof)]
    names = (role.name, ALL_ROLES)
    items = ports.state.get_together(
        [*own, *((ApprovalPolicy, (engagement.id, name)) for name in names)]
    )
    setup = pick(items, RoleSetup, *role.key) or RoleSetup(engagement=engagement.id, role=role.name)
    of_role = [item for item in cut_offs if item.role == role.name]  # at most one item
    proof = pick(items, CutOffProof, *role.key)
    cut_off_report = build_cut_off_report(engagement, role, proof, next(iter(of_role), None))
    spec = build_spec_for_role(ports, engagement, role, setup)
    policies = {each.role: each for each in items.values() if isinstance(each, ApprovalPolicy)}
    return {
        "setup": setup,
        "permissions": describe_permissions(setup),
        "report": build_report(engagement, role, spec, cut_off_report),
        "cut_off": cut_off_report,
        "cut_offs": [
            build_cut_off_view(item, cut_off, ports.now())
            for item in of_role
            for cut_off in item.cut_offs
        ],
        "policy": build_effective_policy(engagement, policies, role.name),
        "has_own_policy": role.name in policies,
    }


@readers.get("/web/engagements/{engagement}/client")
def show_client_side(
    ports: Ports, web: WebRequest, path: EngagementPath, query: SearchFilters
) -> Response:
    """Show an engagement's links to the client's page, and how live sessions can be ended"""
    engagement = find_engagement(ports, path.engagement)
    filters = LinkFilters(engagement=engagement.id, **sent_fields(query))
    if query.format is ListFormat.CSV:
        return download_list(web, LINKS, filters)
    parts = read_parts(  # by the names with which the page says that a part could not be read
        ports,
        {
            "links": partial(LINKS.ask, ports, web.caller, filters),
            "checks of the cut-offs": partial(read_cut_off_reports, ports, engagement),
            "cut-offs": partial(list_cut_offs, ports, engagement=engagement.id, limit=MAX_ROLES),
        },
    )
    return render_console(
        "web/engagements/client.html",
        web,
        title=f"{engagement.client} ({engagement.id}): client and cut-offs",
        engagement=engagement,
        links=build_view(web, LINKS, query, parts["links"], "#links"),
        parts=parts,
    )


@readers.get("/web/engagements/{engagement}/approvals")
def show_approvals(ports: Ports, web: WebRequest, path: EngagementPath) -> Response:
    """Show an engagement's approval policies, the client's approvers and undecided requests"""
    engagement = find_engagement(ports, path.engagement)
    parts = read_parts(  # by the names with which the page says that a part could not be read
        ports,
        {
            "approval policies": partial(list_role_policies, ports, engagement),
            "client’s approvers": partial(list_approvers, ports, engagement.id),
            "undecided requests": partial(
                list_requests, ports, web.caller, RequestFilters(engagement=engagement.id)
            ),
        },
    )
    return render_console(
        "web/engagements/approvals.html",
        web,
        title=f"{engagement.client} ({engagement.id}): approvals",
        engagement=engagement,
        parts=parts,
        can_mail_clients=ports.can_mail_clients,
    )
