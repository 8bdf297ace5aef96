"""Lift the freeze of everything, which needs two leads."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import ReasonBody
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.entrypoints.web.stops.forms import show_preview, stop_reason_field
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.vending.blocks import freezing
from chalicelib.usecases.vending.stops.previews import preview_thaw


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
    return go_to("stops/freeze")


@thaw.page
def build_thaw_page(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form, with the state of the freeze first."""
    page = show_preview(preview_thaw(web.ports, web.caller))
    return replace(page, fields=(stop_reason_field(typed),))
