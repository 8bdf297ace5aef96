"""Ask in Slack for a session: which role is meant, and a link to where it is vended."""

from __future__ import annotations

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.grammar import Asked
from chalicelib.domain.vending.access import Wish
from chalicelib.usecases.ports import Asking, Ports
from chalicelib.usecases.vending.access_links import NewAccessLink, make_access_link


def wish(ports: Ports, caller: Caller, asked: Asked) -> Wish:
    """What is wished for: the role that was named, or the only one that there is to be had.

    InvalidRequest if there are several. Where there is none the wish is made all the same: whoever
    is on no such engagement is refused as everybody is.
    """
    role = asked.role or _only_role(ports, caller, asked.engagement)
    return Wish(role=role, duration=asked.duration, reason=asked.why)


def link_for(ports: Ports, asking: Asking, engagement: str, wish: Wish) -> NewAccessLink:
    """A link to a page where this is vended; refused as the vend itself would be."""
    return make_access_link(ports, asking, engagement, wish, asked_in=asking.address)


def _only_role(ports: Ports, caller: Caller, engagement: str) -> str:
    grant = ports.state.grant(engagement, caller.member.id)
    roles = sorted(grant.roles) if grant is not None and grant.is_current(ports.now()) else []
    if len(roles) > 1:
        named = ", ".join(roles)
        says = f"You have several roles in {engagement}: {named}. Say which one."
        raise InvalidRequest(Reason.MISSING_FIELD, says, field="role")
    return roles[0] if roles else ""
