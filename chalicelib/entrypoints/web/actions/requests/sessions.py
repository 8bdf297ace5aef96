"""Actions that vend a session to the member's browser. The function ClientCheck serves them."""

from __future__ import annotations

from chalicelib.domain.identifiers import EngagementId, RoleName
from chalicelib.domain.moments import SessionSeconds, describe_duration
from chalicelib.domain.requests.effects import name_role
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.web.sessions import FormId
from chalicelib.entrypoints.vending.all_formats import format_session_in_every_format
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    Widget,
    show,
    web_action,
)
from chalicelib.entrypoints.web.actions.fields import build_field, hidden, reason_field
from chalicelib.entrypoints.web.actions.requests.role_forms import list_role_fields, read_role_names
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.requests.offers import read_session_offer
from chalicelib.usecases.web.vending import use_form_once, vend_in_browser

_FORM_BYTES = 16
_SPANS = (900, 1800, 3600)


class VendForm(Request, frozen=True, kw_only=True):
    """A form that gives one session."""

    engagement: EngagementId
    role: RoleName
    form: FormId
    """The form's ID, which makes it work once."""
    duration: SessionSeconds | None = None
    reason: ReasonText = ""


def _vend(web: WebRequest, form: VendForm) -> VendedSession:
    """Vend the form's session. Raise Conflict if the form was used before."""
    use_form_once(web.ports, web.session, form.form)
    request = SessionRequest(role=form.role, duration=form.duration, reason=form.reason)
    return vend_in_browser(web.ports, web.caller, web.origin, form.engagement, request)


def _build_page(web: WebRequest, typed: Typed, result: str) -> ActionPage:
    """Return the form, with the session that it gives."""
    engagement, role = read_role_names(typed)
    offer = read_session_offer(web.ports, web.session.presented, engagement, role)
    longest, names = describe_duration(offer.longest), name_role(role, offer.engagement)
    starts: tuple[str, ...] = ()
    if offer.starts is not None:
        lasts = describe_duration(offer.starts.duration or 0)
        starts = (f"The time of your approved access, {lasts}, begins with this session.",)
    reason = reason_field(
        typed.get("reason", ""),
        required=offer.role.requires_reason,
        hint="The audit trail keeps it."
        + (" This role requires it." if offer.role.requires_reason else ""),
    )
    spans = [each for each in _SPANS if each < offer.longest]
    return ActionPage(
        effect=(
            (
                f"Daypass asks AWS for a session of {names}, for"
                f" up to {longest}, and records it on its audit trail."
            ),
            *starts,
            result,
        ),
        target=f"{role} in {engagement}",
        fields=(
            *list_role_fields(engagement, role),
            hidden("form", web.ports.random(_FORM_BYTES).hex()),
            build_field(
                "duration",
                "Duration",
                Widget.SELECT,
                required=False,
                value=str(typed.get("duration", "")),
                options=(
                    ("", longest),
                    *((str(each), describe_duration(each)) for each in reversed(spans)),
                ),
            ),
            reason,
        ),
    )


@web_action(
    "get-credentials",
    heading="Get credentials for",
    button="Get credentials",
    done="",
    kinds=EVERYONE,
    action=Action.VEND,
    form=VendForm,
    lets_in=True,
    enters_client=True,
)
def get_credentials(web: WebRequest, form: VendForm) -> ActionResult:
    session = _vend(web, form)
    return show(
        "web/requests/credentials.html",
        title="Credentials",
        session=session,
        formats=format_session_in_every_format(session),
    )


@get_credentials.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    return _build_page(
        web,
        typed,
        "The next page shows the credentials, once. Daypass keeps no copy.",
    )


@web_action(
    "open-aws-console",
    heading="Open the AWS console with",
    button="Get a sign-in link",
    done="",
    kinds=EVERYONE,
    action=Action.VEND,
    form=VendForm,
    lets_in=True,
    enters_client=True,
)
def open_aws_console(web: WebRequest, form: VendForm) -> ActionResult:
    session = _vend(web, form)
    return show(
        "web/requests/console.html",
        title="AWS console",
        session=session,
        console_url=web.ports.sign_in_url(session.credentials),
    )


@open_aws_console.page
def _(web: WebRequest, typed: Typed) -> ActionPage:
    return _build_page(
        web,
        typed,
        "The next page has a button that opens the AWS console with this session. It works for 15"
        " minutes.",
    )
