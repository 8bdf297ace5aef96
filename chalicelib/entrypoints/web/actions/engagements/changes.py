"""The web console's forms that open, change and renew an engagement."""

from __future__ import annotations

from datetime import timedelta

from msgspec import field

from chalicelib.domain.engagements.engagements import (
    AgentAccess,
    ChangeEngagement,
    CutOffMethod,
    EndsAt,
    Engagement,
    NewEngagement,
    StartsAt,
)
from chalicelib.domain.engagements.roles import MaxSession, RequiresReason
from chalicelib.domain.identifiers import AccountId, Arn, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, Moment
from chalicelib.domain.onboarding.requests import (
    GrantsToRenew,
    OpenEngagement,
    RenewEngagement,
    RequestedRole,
)
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.text import ClientName, ReasonText
from chalicelib.domain.values import SeenVersion
from chalicelib.entrypoints.http.routing import EngagementPath
from chalicelib.entrypoints.onboarding.engagements import with_url
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    lead_action,
    pick_fields,
    show,
)
from chalicelib.entrypoints.web.actions.fields import CHOICES
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements.actions import CHANGE
from chalicelib.usecases.onboarding import open_engagement as opening
from chalicelib.usecases.onboarding import renew
from chalicelib.usecases.onboarding.actions import OPEN, RENEW


class OpenForm(NewEngagement):
    """The form that opens an engagement with one role. Further roles are added later."""

    cut_off: CutOffMethod = CutOffMethod.BRAKE
    account_id: AccountId
    role: RoleName
    arn: Arn | None = None
    permissions: PermissionSet = PermissionSet.VIEW_ONLY_ACCESS
    max_session: MaxSession = LONGEST_SESSION
    requires_reason: RequiresReason = False


def _open(web: WebRequest, form: OpenForm) -> ActionResult:
    """Open the engagement, and show the link to the client's page once. A form that was sent before
    opens nothing, and shows no link."""
    role = RequestedRole(
        name=form.role,
        arn=form.arn,
        permissions=None if form.arn else form.permissions,  # an existing role keeps its own
        max_session=form.max_session,
        requires_reason=form.requires_reason,
    )
    shared = {name: getattr(form, name) for name in NewEngagement.__struct_fields__}
    request = OpenEngagement(account_id=form.account_id, roles=(role,), **shared)
    opened = opening.open_engagement(web.ports, web.caller, request)
    url = with_url(opened.link, web.base_url).url if opened.link is not None else ""
    return show(
        "web/engagements/opened.html",
        title=f"{opened.engagement.id} is open",
        engagement=opened.engagement,
        url=url,
    )


@lead_action(
    OPEN,
    OpenForm,
    perform=_open,
    labels={
        "id": (
            "ID",
            (
                "2 to 40 characters: a-z, 0-9 and single hyphens, such as acme-prod. This ID can"
                " never be used again."
            ),
        ),
        "client": "Client",
        "account_id": ("AWS account", "12 digits. It cannot be one of the firm’s own accounts."),
        "starts_at": ("Starts", "Leave empty to start now."),
        "ends_at": (
            "Ends",
            "At most two years after the start. Sessions cannot continue after this date.",
        ),
        "role": ("Role", "The role’s name in Daypass, such as readonly."),
        "arn": (
            "ARN of an existing role",
            "Leave empty if the client creates a new role.",
        ),
        "permissions": (
            "Permissions of a new role",
            "An existing role keeps its permissions.",
        ),
    },
)
def _(web: WebRequest, _: None) -> ActionPage:
    end = web.now + timedelta(days=90)
    new = (each for each in PermissionSet if each is not PermissionSet.AS_THEY_ARE)
    return ActionPage(
        stored={
            "ends_at": end.replace(hour=0, minute=0, second=0, microsecond=0),
            "role": "readonly",
        },
        options={"permissions": tuple((e.value, CHOICES[PermissionSet][e]) for e in new)},
    )


class ChangeForm(EngagementPath):
    """The form that changes an engagement. It sends every field, changed or not."""

    version: SeenVersion
    """The version of the engagement that the form showed."""
    client: ClientName
    starts_at: StartsAt
    ends_at: EndsAt
    agents: AgentAccess
    cut_off: CutOffMethod


@lead_action(
    CHANGE,
    ChangeForm,
    change=ChangeEngagement,
    labels={
        "client": "Client",
        "starts_at": "Starts",
        "ends_at": ("Ends", "To extend its grants as well, renew the engagement instead."),
    },
)
def _(_: WebRequest, current: Engagement) -> ActionPage:
    return ActionPage(
        stored=current,
    )


class RenewForm(EngagementPath):
    """The form that renews an engagement."""

    version: SeenVersion
    """The version of the engagement that the form showed."""
    ends_at: Moment
    grants: GrantsToRenew = GrantsToRenew.ENDED_WITH_IT
    why: ReasonText = field(name="reason")


def _renew(web: WebRequest, form: RenewForm) -> ActionResult:
    """Renew the engagement, and show which grants were renewed and what the client has to do."""
    request = pick_fields(RenewEngagement, form)
    renewal = renew.renew_engagement(web.ports, web.caller, form.engagement, request)
    return show(
        "web/engagements/renewed.html", title=f"{form.engagement} is renewed", renewal=renewal
    )


@lead_action(
    RENEW,
    RenewForm,
    perform=_renew,
    labels={"ends_at": ("New end", "At most two years from now."), "grants": "Grants"},
)
def _(web: WebRequest, current: Engagement) -> ActionPage:
    end = max(current.ends_at, web.now.replace(second=0, microsecond=0)) + timedelta(days=365)
    return ActionPage(
        stored={"version": current.version, "ends_at": end},
    )
