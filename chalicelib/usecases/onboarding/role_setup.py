"""What a client's role is to be: choose it, and put it together with all that is known."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import ChangeSetup, RoleSetup
from chalicelib.domain.onboarding.setup.blueprint import blueprint
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.permissions import (
    Permissions,
    accept_own,
    own,
    ready_made,
)
from chalicelib.domain.onboarding.setup.wildcards import asks_for_everything
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import changed
from chalicelib.domain.trail import Action
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import current_role, role_in
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write


def change_setup(
    ports: Ports, lead: Caller, engagement: str, role: str, asked: ChangeSetup
) -> RoleSetup:
    """Choose what the client is asked to create; what is not given stays as it was.

    A ready-made choice replaces the client's own policy and the other way round, and so do the two
    kinds of boundary. InvalidRequest for a policy, a boundary or a duration that AWS would not
    take, with the place, and for a policy that leaves no room for a cut-off. The role itself is
    not touched: it is checked as it is.
    """
    place = find_engagement(ports, engagement)
    named = current_role(ports, place, role)
    stored = ports.state.setup(engagement, role)
    new = _with_choices(changed(stored) if stored else _unchosen(named), asked)
    setup = assembled(ports, place, named, new)
    blueprint(setup)  # refuses what AWS would
    document = setup.permissions.document if new.own_policy else None
    is_other = stored is None or new.own_policy != stored.own_policy
    wants_everything = is_other and document is not None and asks_for_everything(document)
    details = {"asks_for": "everything" if wants_everything else ""}
    if is_other:
        former = _in_a_word(stored) if stored else ""
        details |= {"permissions": _in_a_word(new), "former_permissions": former}
    standing = [place, named]
    write(ports, lead, Action.ROLE_SETUP, (stored, new), standing=standing, details=details)
    return new


def _in_a_word(setup: RoleSetup) -> str:
    """Return what the trail calls the permissions: a policy of the client's own is too long."""
    return "own" if setup.own_policy else setup.permissions.value


def _with_choices(new: RoleSetup, asked: ChangeSetup) -> RoleSetup:
    if asked.permissions is not None:
        new = replace(new, permissions=asked.permissions, own_policy=None)
    if asked.permissions_policy is not None:
        accept_own(asked.permissions_policy)
        new = replace(new, own_policy=asked.permissions_policy)
    if asked.max_session_duration is not None:
        new = replace(new, max_session_duration=asked.max_session_duration)
    if asked.makes_boundary is not None:
        new = replace(new, makes_boundary=asked.makes_boundary, boundary_arn=None)
    if asked.boundary_arn is not None:
        makes_boundary = bool(asked.makes_boundary)
        new = replace(new, boundary_arn=asked.boundary_arn, makes_boundary=makes_boundary)
    return new


def find_setup(ports: Ports, engagement: str, role: str) -> RoleSetup:
    """What was chosen for the role; where nothing was, that it stays as it is."""
    named = role_in(ports, find_engagement(ports, engagement), role)
    return ports.state.setup(engagement, named.name) or _unchosen(named)


def _unchosen(role: Role) -> RoleSetup:
    return RoleSetup(engagement=role.engagement, role=role.name)


def setup_of(ports: Ports, place: Engagement, role: Role) -> Setup:
    """The role as the client is asked to create it."""
    return assembled(ports, place, role, ports.state.setup(place.id, role.name))


def assembled(ports: Ports, place: Engagement, role: Role, stored: RoleSetup | None) -> Setup:
    """InvalidRequest for what AWS would not take."""
    wanted = stored or _unchosen(role)
    return Setup(
        firm=ports.firm,
        firm_name=ports.firm.name,
        client=place.client,
        role_arn=role.arn,
        external_ids=place.external_ids,
        ends_at=place.ends_at,
        permissions=_permissions(wanted),
        max_session_duration=wanted.max_session_duration,
        boundary_arn=wanted.boundary_arn,
        makes_boundary=wanted.makes_boundary,
    )


def _permissions(wanted: RoleSetup) -> Permissions:
    if wanted.own_policy is not None:
        return own(wanted.own_policy)
    return ready_made(wanted.permissions)
