"""The web console's actions that change or renew an engagement."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import field

from chalicelib.domain.engagements.engagements import (
    AgentAccess,
    ChangeEngagement,
    CutOffMethod,
    EndsAt,
    StartsAt,
)
from chalicelib.domain.errors import Conflict
from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.moments import Moment, rfc3339, utc_text
from chalicelib.domain.onboarding.requests import (
    GrantsToRenew,
    RenewEngagement,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.text import ClientName, ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.engagements.fields import RENEWAL_OPTIONS, choice_fields
from chalicelib.entrypoints.web.actions.fields import build_field, hidden, reason_field, with_typed
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import engagements
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.onboarding import renew


class ChangeForm(Request, frozen=True, kw_only=True):
    """The form that changes an engagement. It sends every field, changed or not."""

    engagement: EngagementId
    version: int
    """The version of the engagement that the form showed."""
    client: ClientName
    starts_at: StartsAt
    ends_at: EndsAt
    agents: AgentAccess
    cut_off: CutOffMethod


@web_action(
    "change-engagement",
    heading="Change the engagement",
    button="Change the engagement",
    done="The engagement is changed.",
    kinds=LEADS,
    action=Action.ENGAGEMENT_CHANGE,
    form=ChangeForm,
    lets_in=True,
)
def change_engagement(web: WebRequest, form: ChangeForm) -> ActionResult:
    """Change what the form changes, unless someone else changed the engagement meanwhile."""
    current = find_engagement(web.ports, form.engagement)
    names = ChangeEngagement.__struct_fields__
    changes = {
        name: getattr(form, name)
        for name in names
        if not _shows_same(getattr(form, name), getattr(current, name))
    }
    if changes:
        if current.version != form.version:
            raise Conflict(Reason.CHANGED_MEANWHILE)
        change = ChangeEngagement(**changes)
        engagements.change_engagement(web.ports, web.caller, form.engagement, change)
    return go_to(f"engagements/{form.engagement}")


def _shows_same(sent: object, stored: object) -> bool:
    """Return whether the field of the form shows the stored value. It shows times by the minute."""
    if isinstance(sent, datetime) and isinstance(stored, datetime):
        return sent == stored.replace(second=0, microsecond=0)
    return sent == stored


@change_engagement.page
def show_change_engagement(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the engagement as it is stored, and the exact effect."""
    current = find_engagement(web.ports, typed.get("engagement", ""))
    return ActionPage(
        target=current.id,
        effect=(
            (
                f"This changes {current.id} for everyone, at once. Requests for a session that are"
                " in progress and are not allowed any more get none. Live sessions run to their"
                " end."
            ),
            (
                "Another end is a new date in the trust policy of each role: the client has to"
                " update it, and their page shows how. Grants keep their own ends."
            ),
            "Another method for cut-offs begins to work when the client has created what it needs.",
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", current.id),
                hidden("version", str(current.version)),
                build_field("client", "Client", value=current.client),
                build_field("starts_at", "Starts", "date-time", value=rfc3339(current.starts_at)),
                build_field(
                    "ends_at",
                    "Ends",
                    "date-time",
                    value=rfc3339(current.ends_at),
                    hint="To give grants the later end too, renew the engagement instead.",
                ),
                *choice_fields(current.agents, current.cut_off),
            ),
        ),
    )


class RenewForm(Request, frozen=True, kw_only=True):
    """The form that renews an engagement."""

    engagement: EngagementId
    version: int
    """The version of the engagement that the form showed."""
    ends_at: Moment
    grants: GrantsToRenew = GrantsToRenew.ENDED_WITH_IT
    why: ReasonText = field(name="reason")


@web_action(
    "renew-engagement",
    heading="Renew the engagement",
    button="Renew the engagement",
    done="The engagement is renewed.",
    kinds=LEADS,
    action=Action.ENGAGEMENT_RENEW,
    form=RenewForm,
    lets_in=True,
)
def renew_engagement(web: WebRequest, form: RenewForm) -> ActionResult:
    """Renew the engagement, and show which grants were renewed and what the client has to do."""
    current = find_engagement(web.ports, form.engagement)
    if current.version != form.version:
        if current.ends_at == form.ends_at:  # this form was sent before
            return go_to(f"engagements/{form.engagement}")
        raise Conflict(Reason.CHANGED_MEANWHILE)
    request = RenewEngagement(ends_at=form.ends_at, grants=form.grants, why=form.why)
    renewal = renew.renew_engagement(web.ports, web.caller, form.engagement, request)
    return show("web/engagements/renewed.html", title="Renewed", renewal=renewal)


@renew_engagement.page
def show_renew_engagement(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with an end a year after the present one, and the exact effect."""
    current = find_engagement(web.ports, typed.get("engagement", ""))
    end = max(current.ends_at, web.now.replace(second=0, microsecond=0)) + timedelta(days=365)
    return ActionPage(
        target=current.id,
        effect=(
            (
                f"The end of {current.id} moves from {utc_text(current.ends_at)} to the end that"
                " you choose. If it was over, members with a grant can get sessions again."
            ),
            (
                "The grants that ended with it get the new end too, unless you choose otherwise."
                " Their members need not be asked: check that each still needs it."
            ),
            (
                "The client has to update the trust policies, which have an end date. Until then,"
                " AWS refuses sessions after the old date."
            ),
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", current.id),
                hidden("version", str(current.version)),
                build_field(
                    "ends_at",
                    "New end",
                    "date-time",
                    value=rfc3339(end),
                    hint="At most two years from now.",
                ),
                build_field(
                    "grants",
                    "Grants",
                    "select",
                    value=GrantsToRenew.ENDED_WITH_IT.value,
                    options=RENEWAL_OPTIONS,
                ),
                reason_field(),
            ),
        ),
    )
