"""The web console's action that opens an engagement."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.engagements.engagements import (
    AgentAccess,
    CutOffMethod,
    Engagement,
    NewEngagement,
)
from chalicelib.domain.engagements.roles import MaxSession, RequiresReason
from chalicelib.domain.errors import Conflict
from chalicelib.domain.identifiers import AccountId, Arn, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, rfc3339
from chalicelib.domain.onboarding.requests import (
    OpenEngagement,
    RequestedRole,
)
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.onboarding.engagements import with_url
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.engagements.fields import (
    PERMISSION_OPTIONS,
    SESSION_OPTIONS,
    choice_fields,
)
from chalicelib.entrypoints.web.actions.fields import build_field, with_typed
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.onboarding import open_engagement as opening


class OpenForm(NewEngagement, frozen=True, kw_only=True):
    """The form that opens an engagement with one role. Further roles are added later."""

    account_id: AccountId
    role: RoleName
    arn: Arn | None = None
    permissions: PermissionSet = PermissionSet.VIEW_ONLY_ACCESS
    max_session: MaxSession = LONGEST_SESSION
    requires_reason: RequiresReason = False


@web_action(
    "open-engagement",
    heading="Open an engagement",
    button="Open the engagement",
    done="The engagement is open.",
    kinds=LEADS,
    action=Action.ENGAGEMENT_CREATE,
    form=OpenForm,
    lets_in=True,
)
def open_engagement(web: WebRequest, form: OpenForm) -> ActionResult:
    """Open the engagement, and show the link to the client's page once."""
    role = RequestedRole(
        name=form.role,
        arn=form.arn,
        permissions=None if form.arn else form.permissions,
        max_session=form.max_session,
        requires_reason=form.requires_reason,
    )
    shared = {name: getattr(form, name) for name in NewEngagement.__struct_fields__}
    request = OpenEngagement(account_id=form.account_id, roles=(role,), **shared)
    try:
        opened = opening.open_engagement(web.ports, web.caller, request)
    except Conflict as error:
        earlier = web.ports.state.get(Engagement, form.id)
        if error.reason is not Reason.ALREADY_EXISTS or not _is_same(earlier, form):
            raise
        return show("web/engagements/opened.html", title="Opened", engagement=earlier, url="")
    url = with_url(opened.link, web.base_url).url if opened.link is not None else ""
    return show(
        "web/engagements/opened.html", title="Opened", engagement=opened.engagement, url=url
    )


def _is_same(earlier: Engagement | None, form: OpenForm) -> bool:
    """Return whether this form, sent before, opened the engagement."""
    return earlier is not None and (earlier.client, earlier.account_id, earlier.ends_at) == (
        form.client,
        form.account_id,
        form.ends_at,
    )


@open_engagement.page
def show_open_engagement(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    return ActionPage(
        effect=(
            (
                "Daypass creates the engagement with a random external ID that no other engagement"
                " has or had, and the role."
            ),
            (
                "Daypass shows a link to the client’s page, once. It works for 14 days. Send it to"
                " the client’s administrator, who creates the role there and checks it."
            ),
            (
                "No one gets a session until the role has passed a check and you have granted"
                " someone access."
            ),
        ),
        fields=with_typed(
            typed,
            (
                build_field(
                    "id",
                    "ID",
                    hint="2 to 40 characters: a-z, 0-9 and single hyphens, such as"
                    " acme-prod. It can never be used again.",
                    value=typed.get("id", ""),
                ),
                build_field("client", "Client", value=typed.get("client", "")),
                build_field(
                    "account_id",
                    "AWS account",
                    hint="12 digits. It cannot be one of the firm’s own accounts.",
                ),
                build_field("starts_at", "Starts", "date-time", required=False, hint="Empty: now."),
                build_field(
                    "ends_at",
                    "Ends",
                    "date-time",
                    value=_default_end(web),
                    hint="At most two years after the start. No session lasts longer.",
                ),
                build_field(
                    "role",
                    "Role",
                    value="readonly",
                    hint="The role’s name in Daypass, such as readonly.",
                ),
                build_field(
                    "arn",
                    "ARN of an existing role",
                    required=False,
                    hint="Empty: the client creates a role daypass- and this name.",
                ),
                build_field(
                    "permissions",
                    "Permissions of a new role",
                    "select",
                    value=PermissionSet.VIEW_ONLY_ACCESS.value,
                    options=PERMISSION_OPTIONS,
                    hint="An existing role keeps its permissions.",
                ),
                build_field(
                    "max_session",
                    "Longest session",
                    "select",
                    value=str(LONGEST_SESSION),
                    options=SESSION_OPTIONS,
                ),
                build_field(
                    "requires_reason",
                    "Members must give a reason for each session",
                    "checkbox",
                    required=False,
                ),
                *choice_fields(AgentAccess.READ_ONLY, CutOffMethod.BRAKE),
            ),
        ),
    )


def _default_end(web: WebRequest) -> str:
    """Return midnight in 90 days as a form's value."""
    end = web.now + timedelta(days=90)
    return rfc3339(end.replace(hour=0, minute=0, second=0, microsecond=0))
