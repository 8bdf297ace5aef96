"""Actions that vend a session to the member's browser. The function ClientCheck serves them."""

from __future__ import annotations

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.moments import SessionSeconds, describe_duration
from chalicelib.domain.people.sign_in import FormId
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.effects import name_role
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.entrypoints.http.routing import RolePath
from chalicelib.entrypoints.vending.all_formats import format_session_in_every_format
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Perform,
    pick_fields,
    show,
    web_action,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE
from chalicelib.usecases.people.sign_in import use_form_once
from chalicelib.usecases.requests.own import (
    SessionOffer,
    read_session_offer,
    start_waiting_access,
)
from chalicelib.usecases.vending.vend import vend

_FORM_BYTES = 16
_DURATIONS = (3600, 1800, 900)
"""The shorter durations that the form offers, in seconds."""


class VendForm(RolePath):
    """A form that gives one session."""

    form: FormId
    """The form's ID, which makes it work once."""
    duration: SessionSeconds | None = None
    reason: ReasonText = ""


def _vend(web: WebRequest, form: VendForm) -> VendedSession:
    """Vend the form's session, exactly as the API does. If approved access waits for its first use,
    start it, and vend again. Raise Conflict if the form was used before."""
    use_form_once(web.ports, web.session, form.form)
    request = pick_fields(SessionRequest, form)
    try:
        return vend(web.ports, web.origin, form.engagement, request)
    except AccessDenied as error:
        if error.reason is not Reason.ACCESS_NOT_STARTED:
            raise
    start_waiting_access(web.ports, web.caller, form.engagement, form.role)
    return vend(web.ports, web.origin, form.engagement, request)


def _get_credentials(web: WebRequest, form: VendForm) -> ActionResult:
    session = _vend(web, form)
    formats = format_session_in_every_format(session)
    template = "web/requests/credentials.html"
    return show(
        template,
        title=f"Credentials for {session.role} in {session.engagement}",
        session=session,
        formats=formats,
    )


def _open_aws_console(web: WebRequest, form: VendForm) -> ActionResult:
    session = _vend(web, form)
    console_url = web.ports.sign_in_url(session.credentials)
    template = "web/requests/console.html"
    return show(
        template,
        title=f"AWS console with {session.role} in {session.engagement}",
        session=session,
        console_url=console_url,
    )


def _declare(name: str, heading: str, button: str, perform: Perform, next_page_text: str) -> None:
    """Declare an action that vends a session. `next_page_text` says what the next page shows."""

    @web_action(
        name,
        heading,
        button,
        "",
        Action.VEND,
        VendForm,
        perform=perform,
        find=lambda web, **names: read_session_offer(web.ports, web.session.presented, **names),
        kinds=EVERYONE,
        grants_access=True,
        enters_client=True,
        labels={
            "duration": "Duration",
            "reason": ("Reason", "Recorded in the audit trail, and visible to the client."),
        },
        then="access",
    )
    def build_page(web: WebRequest, offer: SessionOffer) -> ActionPage:
        """Return the form, with a description of the session that Daypass would vend for it."""
        longest = describe_duration(offer.longest)
        role = name_role(offer.role.name, offer.engagement)
        starts: tuple[str, ...] = ()
        if offer.starts is not None:
            lasts = describe_duration(offer.starts.duration or 0)
            starts = (f"Your {lasts} of approved access starts with this session.",)
        needs_reason = offer.role.requires_reason
        shorter = ((str(s), describe_duration(s)) for s in _DURATIONS if s < offer.longest)
        return ActionPage(
            effect=(
                (
                    f"Daypass asks AWS for a session for {role} of up to {longest}, and records it"
                    " in its audit trail."
                ),
                *starts,
                next_page_text,
            ),
            target=f"{offer.role.name} in {offer.role.engagement}",  # the heading: short
            # The form's ID. A form that is sent twice gives only one session: see `_vend`.
            stored={"form": web.ports.random(_FORM_BYTES).hex()},
            options={"duration": (("", longest), *shorter)},
            labels={
                "reason": (
                    "Reason",
                    (
                        "This role requires a reason. The reason is recorded in the audit trail,"
                        " and visible to the client."
                    ),
                )
            }
            if needs_reason
            else {},
            required=frozenset({"reason"} if needs_reason else ()),
        )


_declare(
    "get-credentials",
    "Get credentials for",
    "Get credentials",
    _get_credentials,
    "The next page shows the credentials, once. Daypass keeps no copy.",
)
_declare(
    "open-aws-console",
    "Open the AWS console with",
    "Get a sign-in link",
    _open_aws_console,
    "The next page has a button that opens the AWS console with this session. It works for 15"
    " minutes.",
)
