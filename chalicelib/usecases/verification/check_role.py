"""Verify a role, and continue a rotation: the replacement of the engagement's external ID."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict
from chalicelib.usecases.engagements.roles import find_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor
from chalicelib.usecases.verification.cut_off import try_check_cut_offs
from chalicelib.usecases.verification.rotation import advance_rotation
from chalicelib.usecases.verification.verify import verify_role

TIME_TO_BEGIN = timedelta(seconds=15)
"""The time within which a request may begin to probe a role. A request has 25 s in all
(`.chalice/config.json`). A role takes 58 calls to AWS STS, or 138 with twenty retired external
IDs. Eight calls run in parallel, so 138 calls of 0.3 s take about 5 s."""


def check_role(ports: Ports, by: Actor, engagement: str, role: str) -> Role:
    """Verify the role, check its cut-off, continue the engagement's rotation if one is under way,
    and return the role.

    Raise the same errors as `verify_role`.
    """
    deadline = ports.now() + TIME_TO_BEGIN
    verify_role(ports, by, engagement, role)
    try_check_cut_offs(ports, by, engagement, [role], deadline)
    continue_rotation(ports, by, engagement, deadline=deadline)
    return find_role(ports, engagement, role)


def continue_rotation(
    ports: Ports, by: Actor, engagement: str, *, deadline: datetime | None = None
) -> Engagement | None:
    """Advance the rotation of the engagement's external ID by one step, if the roles allow it.

    Return the engagement. Return None if someone changed the engagement or a role meanwhile. A
    later check then continues the rotation.
    """
    try:
        return advance_rotation(ports, by, engagement, deadline=deadline)
    except Conflict:
        return None
