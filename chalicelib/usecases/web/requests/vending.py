"""Vend a session to a member's browser, exactly as the API does, once for each form."""

from __future__ import annotations

from contextlib import suppress

from chalicelib.domain.errors import AccessDenied, Conflict, FactsChanged
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.vending.first_use import find_grant_to_start
from chalicelib.domain.web.sessions import WebSession
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.requests.own import start_access
from chalicelib.usecases.requests.reading import read_facts
from chalicelib.usecases.vending.vend import vend

_MAX_TRIES = 4
FORMS_KEPT = 8
"""How many used forms a browser session keeps. A page that is reloaded sends its form again."""


def use_form_once(ports: Ports, session: WebSession, form: str) -> None:
    """Record that the browser session has used this form. Raise Conflict if it had used it before,
    also if two requests use it at once."""
    for _ in range(_MAX_TRIES):
        stored = ports.state.get(WebSession, *session.key)
        if stored is None or form in stored.used_forms:
            raise Conflict(Reason.WEB_FORM_SENT)
        forms = (*stored.used_forms, form)[-FORMS_KEPT:]
        # Another tab may store its use of the session at the same time.
        with suppress(FactsChanged):
            ports.state.save(next_version(stored, used_forms=forms))
            return
    raise Conflict(Reason.CHANGED_MEANWHILE)


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
    facts = read_facts(ports, caller.member.id, engagement, request.role)
    grant = find_grant_to_start(facts, ports.now())
    if grant is not None:
        start_access(ports, caller, grant.request)
    return vend(ports, origin, engagement, request)
