"""The web console's check of a client's role. The function ClientCheck makes it, because it assumes
the role."""

from __future__ import annotations

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.routing import RolePath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    show,
    web_action,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.onboarding.client_setup import build_last_report
from chalicelib.usecases.verification.verify import check_role


def _verify(web: WebRequest, form: RolePath) -> ActionResult:
    """Check the role, and show the report. Checking it again is another check."""
    check_role(web.ports, web.caller, form.engagement, form.role)
    return show(
        "web/engagements/verified.html",
        title=f"The check of {form.engagement}/{form.role}",
        engagement=form.engagement,
        role=form.role,
        report=build_last_report(web.ports, form.engagement, form.role),
    )


@web_action(
    "verify-role",
    "Check the role",
    "Check now",
    "The role is checked.",
    Action.ROLE_VERIFY,
    RolePath,
    perform=_verify,
    enters_client=True,
)
def _(_web: WebRequest, _role: Role) -> ActionPage:
    return ActionPage(
        effect=(
            (
                "Daypass tries to assume the role with the correct external ID, without an external"
                " ID, and with wrong IDs. The session names use a placeholder. The check takes a"
                " few seconds."
            ),
            (
                "These sessions cannot do anything, and nothing changes in the client’s account."
                " The client’s CloudTrail shows only the requests that succeed. AWS logs denied"
                " requests only in the firm’s account."
            ),
            (
                "The result replaces the previous one. If the role does not pass, no one can get"
                " sessions for the role."
            ),
        ),
    )
