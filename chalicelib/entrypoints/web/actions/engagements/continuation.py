"""The web console's actions that reopen an engagement, and replace its external ID."""

from __future__ import annotations

from chalicelib.domain.moments import utc_text
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import hidden, reason_field, with_typed
from chalicelib.entrypoints.web.actions.reason_forms import EngagementReasonForm
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import engagements
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.verification import rotation


@web_action(
    "reopen-engagement",
    heading="Reopen the engagement",
    button="Reopen the engagement",
    done="The engagement is open again.",
    kinds=LEADS,
    action=Action.ENGAGEMENT_REOPEN,
    form=EngagementReasonForm,
    lets_in=True,
)
def reopen_engagement(web: WebRequest, form: EngagementReasonForm) -> ActionResult:
    """Reopen the engagement. One that is open already stays so."""
    current = find_engagement(web.ports, form.engagement)
    if current.closed_at is not None or current.revoked_at is not None:
        engagements.reopen_engagement(web.ports, web.caller, form.engagement, why=form.reason)
    return go_to(f"engagements/{form.engagement}")


@reopen_engagement.page
def show_reopen_engagement(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect: which dates apply again."""
    current = find_engagement(web.ports, typed.get("engagement", ""))
    is_past = current.ends_at <= web.now
    return ActionPage(
        target=current.id,
        effect=(
            f"{current.id} is open again until {utc_text(current.ends_at)}."
            if not is_past
            else f"{current.id} is not closed any more, but it ended on"
            f" {utc_text(current.ends_at)}. Renew it next.",
            (
                "Its roles and grants are as they were: members with a current grant can get"
                " sessions of roles that passed their check."
            ),
            "Requests that the end stopped stay ended.",
        ),
        fields=with_typed(typed, (hidden("engagement", current.id), reason_field())),
    )


@web_action(
    "rotate-external-id",
    heading="Replace the external ID of",
    button="Begin the replacement",
    done="The replacement has begun. The client’s page shows the next external ID.",
    kinds=LEADS,
    action=Action.EXTERNAL_ID_ROTATE,
    form=EngagementReasonForm,
    lets_in=True,
)
def rotate_external_id(web: WebRequest, form: EngagementReasonForm) -> ActionResult:
    """Begin the rotation. One that is under way goes on."""
    if not find_engagement(web.ports, form.engagement).is_rotating:
        rotation.begin_rotation(web.ports, web.caller, form.engagement, why=form.reason)
    return go_to(f"engagements/{form.engagement}")


@rotate_external_id.page
def show_rotate_external_id(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    current = find_engagement(web.ports, typed.get("engagement", ""))
    return ActionPage(
        target=current.id,
        effect=(
            (
                f"Daypass generates the next external ID of {current.id}. Sessions keep the current"
                " one for now, and nothing stops working."
            ),
            (
                "The client adds the next ID to the trust policy of each role, and checks on their"
                " page. When every role in use accepts it, it becomes the current ID."
            ),
            (
                "Then the client removes the old ID, and another check confirms that every role"
                " refuses it."
            ),
        ),
        fields=with_typed(typed, (hidden("engagement", current.id), reason_field())),
        warning="A rotation is already under way. Checks of the roles continue it."
        if current.is_rotating
        else "",
    )
