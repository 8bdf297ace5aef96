"""The buttons of the approver's page that change an engagement: with them, the client requires its
approval for all access, or lifts that, refuses a lead's request to lift the client's pause, and its
approvers confirm and remove each other.

They share one route, because API Gateway has no more than 40 limits for the routes of a stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import ApproverId
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.authentication import SecretLinkPath
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routes import Function
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.requests.approver_page import APPROVER_FORM
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.client.rights import open_link_to_refuse
from chalicelib.usecases.requests.client.rules import (
    confirm_on_page,
    keep_pause,
    remove_on_page,
    set_client_approval,
)

RULE_FORM = replace(APPROVER_FORM, function=Function.CLIENT_CHECK)
"""Their function may write the engagement, its pause and approvers, and the outcomes of vends in
progress. The function that decides requests may write none of them."""
deciders = Routes(authentication=RULE_FORM)


class Rule(StrEnum):
    """A setting of an approver for the engagement, or a decision about another approver."""

    REQUIRE = "require"
    """It needs the client's approval."""
    LIFT = "lift"
    """It does not."""
    KEEP_PAUSE = "keep-pause"
    """No lead may lift the client's pause."""
    CONFIRM = "confirm"
    """Another approver counts from now on."""
    REMOVE = "remove"


class RuleForm(Request):
    """The form of these buttons."""

    rule: Rule


class PersonForm(RuleForm):
    """The form with which an approver confirms or removes another approver."""

    approver: ApproverId


@deciders.post(
    "/approve/{link}/rule", Action.CLIENT_APPROVAL_REQUIRE, status=303, shares_limit=True
)
def set_rule(ports: Ports, path: SecretLinkPath, form: Mapping[str, str], address: str) -> Response:
    """Set what needs the client's approval, keep its pause, or confirm or remove an approver"""
    open_link_to_refuse(ports, path.link)  # an invalid link gets the same page for any form
    # Relative URLs, because the path of the API's stage comes before the route.
    if form.get("rule") in (Rule.CONFIRM, Rule.REMOVE):
        person = parse(PersonForm, form, from_text=True)
        decide = confirm_on_page if person.rule is Rule.CONFIRM else remove_on_page
        decide(ports, path.link, person.approver, address=address)
        return redirect(f"../{path.link}#people")
    rule = parse(RuleForm, form, from_text=True).rule
    if rule is Rule.KEEP_PAUSE:
        keep_pause(ports, path.link, address=address)
        return redirect(f"../{path.link}#pause")
    set_client_approval(ports, path.link, is_required=rule is Rule.REQUIRE, address=address)
    return redirect(f"../{path.link}#rule")
