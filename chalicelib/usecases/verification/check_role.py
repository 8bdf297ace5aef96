"""Check an engagement: verify its roles, and take a rotation of its external ID further."""

from __future__ import annotations

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict
from chalicelib.usecases.engagements.roles import find_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Acting
from chalicelib.usecases.verification.rotation import advance
from chalicelib.usecases.verification.verify import verify


def check_role(ports: Ports, by: Acting, engagement: str, role: str) -> Role:
    """The role as it is after `verify` and after what the rotation made of it.

    Raises what `verify` raises.
    """
    verify(ports, by, engagement, role)
    go_on(ports, by, engagement)
    return find_role(ports, engagement, role)


def go_on(ports: Ports, by: Acting, engagement: str) -> None:
    """Take a rotation further, unless somebody changes something at the same moment: the next
    check does it then, and what was verified stands.
    """
    try:
        advance(ports, by, engagement)
    except Conflict:
        return
