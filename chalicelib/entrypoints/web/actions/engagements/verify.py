"""The web console's check of a client's role. The function ClientCheck makes it, because it assumes
the role."""

from __future__ import annotations

from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import RolePath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import hidden
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements.roles import find_role
from chalicelib.usecases.onboarding.client_setup import build_last_report
from chalicelib.usecases.verification.check_role import check_role


@web_action(
    "verify-role",
    heading="Check the role",
    button="Check now",
    done="The role is checked.",
    kinds=LEADS,
    action=Action.ROLE_VERIFY,
    form=RolePath,
    enters_client=True,
)
def verify_role(web: WebRequest, form: RolePath) -> ActionResult:
    """Check the role, and show the report. Checking it again is another check."""
    check_role(web.ports, web.caller, form.engagement, form.role)
    return show(
        "web/engagements/verified.html",
        title="Checked",
        engagement=form.engagement,
        role=form.role,
        report=build_last_report(web.ports, form.engagement, form.role),
    )


@verify_role.page
def show_verify_role(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the page with the exact effect."""
    role = find_role(web.ports, typed.get("engagement", ""), typed.get("role", ""))
    return ActionPage(
        target=f"{role.engagement}/{role.name}",
        effect=(
            (
                "Daypass tries to assume the role with the right external ID, without one, and with"
                " wrong ones, under a made-up name. It takes a few seconds."
            ),
            (
                "The sessions can do nothing, and nothing changes in the client’s account. The"
                " client’s CloudTrail shows the requests that the role accepts. AWS logs refused"
                " requests in the firm’s account only."
            ),
            (
                "The result replaces the last one. If the role does not pass, Daypass issues no"
                " session of it."
            ),
        ),
        fields=(hidden("engagement", role.engagement), hidden("role", role.name)),
    )
