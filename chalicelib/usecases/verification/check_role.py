"""Verify a role, and continue a rotation of the engagement's external ID."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict
from chalicelib.usecases.engagements.roles import find_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor
from chalicelib.usecases.verification.rotation import advance
from chalicelib.usecases.verification.verify import verify

TIME_TO_BEGIN = timedelta(seconds=15)
"""After this time a request begins no further role. A request has 25 s (`.chalice/config.json`).
A role takes 44 calls to AWS STS, or 84 with twenty retired external IDs. Eight calls run in
parallel, so that 84 calls of 0.3 s take some 4 s."""


def check_role(ports: Ports, by: Actor, engagement: str, role: str) -> Role:
    """Verify the role, continue the rotation, and return the role. Errors as `verify`."""
    until = ports.now() + TIME_TO_BEGIN
    verify(ports, by, engagement, role)
    continue_rotation(ports, by, engagement, until=until)
    return find_role(ports, engagement, role)


def continue_rotation(
    ports: Ports, by: Actor, engagement: str, *, until: datetime | None = None
) -> Engagement | None:
    """Advance the rotation as far as possible, and return the engagement. Return None if someone
    changed the engagement or a role at the same time: a later check continues."""
    try:
        return advance(ports, by, engagement, until=until)
    except Conflict:
        return None
