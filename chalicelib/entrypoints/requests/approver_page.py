"""The approver's page: a person at the client decides there on access to their account.

The page needs no token: the approver gets the link by e-mail. The link's secret text is in the
URL's path, so Daypass never logs the path. Opening the page changes nothing, because mail scanners
open links too. Its buttons send a POST. The function that serves them can write nothing, because
anyone with an approver's link reaches it. It hands the decision to the function ClientDecision,
which checks the link again.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Reason
from chalicelib.domain.requests.client_decisions import ClientDecision, DecisionForm
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.authentication import CLIENT_LINK, SecretLinkPath
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routes import Function
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.pages.render import render_page
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.page import build_anchor, build_approver_page
from chalicelib.usecases.requests.client.rights import open_approver_link

APPROVER_LINK = replace(
    CLIENT_LINK,
    headings={
        Reason.NO_SUCH_REQUEST: "There is no such request",
        Reason.REQUEST_DECIDED: "This request has already been decided",
        Reason.REQUEST_EXPIRED: "This request has expired",
        Reason.REQUEST_ENDED: "This request can no longer give access",
        Reason.RIGHT_TOO_NEW: "You cannot do this yet",
        Reason.NOT_CONFIRMED: "You cannot do this yet",
        Reason.LEAD_SUSPENDED: "You cannot do this yet",
        Reason.NO_SUCH_APPROVER: "There is nothing to do",
        Reason.NOT_AN_APPROVER: "You cannot decide this",
        Reason.PAUSED_BY_CLIENT: "The access is paused",
        Reason.NOT_PAUSED: "The access is not paused",
        Reason.FROZEN: "All access is stopped at the moment",
        Reason.TOO_MANY_APPROVED_GRANTS: "The member already has three approved periods",
        Reason.DENIAL_NEEDS_WORDS: "Please give a reason",
        Reason.BAD_VALUE: "Please check what you typed",
    },
    function=Function.CLIENT_APPROVAL,
)
"""For holders of an approver's link."""
approvers = Routes(authentication=APPROVER_LINK)


@approvers.get("/approve/{link}")
def show_approver_page(ports: Ports, path: SecretLinkPath) -> Response:
    """Show a client's approver the requests that wait, their decisions, and the sessions since"""
    page = build_approver_page(ports, path.link)
    template = "approve/proposals.html" if page.only_refuses else "approve/page.html"
    return render_page(template, assets="approve/page", page=page, link=path.link)


APPROVER_FORM = replace(
    APPROVER_LINK,
    refusals=APPROVER_LINK.refusals | {AccessDenied},
)
"""For the page's buttons."""
deciders = Routes(authentication=APPROVER_FORM)


@deciders.post("/approve/{link}", Action.REQUEST_APPROVE, status=303)
def decide(ports: Ports, path: SecretLinkPath, form: Mapping[str, str], address: str) -> Response:
    """Approve, shorten or deny a request as the client's approver"""
    open_approver_link(ports, path.link)  # an invalid link gets the same page for any form
    decision = parse(DecisionForm, form, from_text=True)
    ports.decide_for_client(ClientDecision(link=path.link, address=address, form=decision))
    # A relative URL, because the path of the API's stage comes before the route.
    return redirect(f"{path.link}#{build_anchor(decision.request)}")
