"""Check a change of an engagement's method for cut-offs, with which Daypass ends live sessions."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, bad_value
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports


def check_cut_off_method(ports: Ports, current: Engagement, changed: Engagement) -> None:
    """Refuse a method that a role of the engagement does not allow.

    Raise InvalidRequest for a brake if a role has another permissions boundary. Raise Conflict if
    the engagement has a brake that ends sessions at present: with another method, the client would
    delete the brake, and these sessions would work again.
    """
    if changed.cut_off is current.cut_off:
        return
    roles = list_all(ports.state, Role, engagement=current.id)
    if changed.cut_off is CutOffMethod.BRAKE:
        _refuse_other_boundaries(ports, roles)
    if current.cut_off is CutOffMethod.BRAKE:
        _refuse_cut_offs_in_force(ports, roles)


def _refuse_other_boundaries(ports: Ports, roles: Sequence[Role]) -> None:
    """Raise InvalidRequest if a role in use has a permissions boundary."""
    for role in roles:
        setup = ports.state.get(RoleSetup, role.engagement, role.name)
        if role.ended_at is None and setup is not None and setup.has_boundary:
            raise bad_value(
                "cut_off",
                f"The role {role.name} has a permissions boundary, and a role has only one. Choose"
                " deny-all, or remove the role's boundary from its setup first.",
            )


def _refuse_cut_offs_in_force(ports: Ports, roles: Sequence[Role]) -> None:
    """Raise Conflict if a brake may be ending sessions that have not expired."""
    for role in roles:
        stored = ports.state.get(RoleCutOffs, role.engagement, role.name)
        if stored and any(not cut_off.is_over(ports.now()) for cut_off in stored.cut_offs):
            raise Conflict(Reason.CUT_OFF_IN_FORCE)
