"""Start the access of the member whose access link is used in a browser.

Such access lasts for a duration from its first use. Pressing the button of the link's page is one.
"""

from __future__ import annotations

from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.first_use import find_grant_to_start
from chalicelib.usecases.admission import EVERYONE, Target, admit
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.requests.reading import read_facts
from chalicelib.usecases.requests.start import start_access


def start_access_of_link(ports: Ports, link: AccessLink, address: str) -> None:
    """Start the approved access to the link's role, as the link's member. If none waits for its
    start, change nothing: the vend that follows decides.

    Raise the errors of `start_access`. Raise Unauthenticated or AccessDenied if the link's token is
    no longer valid.
    """
    origin = RequestOrigin(PresentedToken(link.member, link.token), address)
    target = Target(engagement=link.engagement, role=link.role)
    caller = admit(ports, origin, EVERYONE, Action.REQUEST_START, target=target)
    facts = read_facts(ports, link.member, link.engagement, link.role)
    grant = find_grant_to_start(facts, ports.now())
    if grant is not None:
        start_access(ports, caller, grant.request)
