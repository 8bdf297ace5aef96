"""Vend a session to a member's browser, exactly as the API does, once for each form."""

from __future__ import annotations

from chalicelib.domain.errors import AccessDenied, Conflict, FactsChanged
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.web.sessions import UsedForm, WebSession
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.requests.own import start_waiting_access
from chalicelib.usecases.vending.vend import vend


def use_form_once(ports: Ports, session: WebSession, form: str) -> None:
    """Record that the browser session uses this form. Raise Conflict if it used it before, also if
    two requests use it at once. Raise Unavailable if the use may not be stored."""
    try:
        ports.state.save(UsedForm(session=session.hash, form=form, expires_at=session.expires_at))
    except FactsChanged:
        raise Conflict(Reason.WEB_FORM_SENT) from None


def vend_in_browser(
    ports: Ports, caller: Caller, origin: RequestOrigin, engagement: str, request: SessionRequest
) -> VendedSession:
    """Vend the session. If approved access waits for its first use, start it, and vend again. Raise
    the errors of `vend` and of `start_access`."""
    try:
        return vend(ports, origin, engagement, request)
    except AccessDenied as error:
        if error.reason is not Reason.ACCESS_NOT_STARTED:
            raise
    start_waiting_access(ports, caller, engagement, request.role)
    return vend(ports, origin, engagement, request)
