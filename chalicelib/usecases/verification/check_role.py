"""Check an engagement: verify its roles, and take a rotation of its external ID further."""

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
"""For how long a request that checks roles begins with another one, out of the 25 s that it has
(`.chalice/config.json`). A role takes 44 calls to AWS STS, or 84 with twenty retired external IDs.
Eight run side by side, so that 84 calls of 0.3 s take some 4 s."""


def check_role(ports: Ports, by: Actor, engagement: str, role: str) -> Role:
    """Return the role after `verify`, whose errors it raises, and after the rotation was taken
    further."""
    until = ports.now() + TIME_TO_BEGIN
    verify(ports, by, engagement, role)
    go_on(ports, by, engagement, until=until)
    return find_role(ports, engagement, role)


def go_on(
    ports: Ports, by: Actor, engagement: str, *, until: datetime | None = None
) -> Engagement | None:
    """Return the engagement after its rotation was taken as far as it could be; None if somebody
    changed something at the same moment. A later check does the rest."""
    try:
        return advance(ports, by, engagement, until=until)
    except Conflict:
        return None
