"""Lift the freeze of everything, which needs two leads."""

from __future__ import annotations

from chalicelib.domain.trail import Action
from chalicelib.domain.vending.freeze_status import FreezeStatus
from chalicelib.domain.web.stops.freezes import describe_thaw
from chalicelib.entrypoints.http.requests import ReasonBody
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.entrypoints.web.stops.forms import stop_reason_field
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.vending.blocks import freezing


@web_action(
    "thaw",
    heading="Thaw",
    button="Thaw",
    done="",  # the page that follows says which of both it was
    kinds=LEADS,
    action=Action.FREEZE_LIFT_REQUEST,
    form=ReasonBody,
    lets_in=True,
)
def thaw(web: WebRequest, form: ReasonBody) -> ActionResult:
    """Request to lift the freeze, or lift it if another lead has requested that."""
    freezing.thaw(web.ports, web.caller, why=form.reason)
    return go_to("stops/everything")


@thaw.page
def build_thaw_page(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form, with the state of the freeze first."""
    status = FreezeStatus.from_block(freezing.find_freeze(web.ports), web.now)
    effect = describe_thaw(status, web.caller.member.id)
    return ActionPage(effect=effect, fields=(stop_reason_field(typed),))
