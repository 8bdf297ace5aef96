"""What a client's role is to be: choose it, and put it together with all that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import ChangeSetup, RoleSetup
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.permissions import accept_own, own, preset
from chalicelib.domain.onboarding.setup.trust import trust_policy
from chalicelib.domain.onboarding.setup.wildcards import asks_for_everything
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version, sent_fields
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import current_role, role_in
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write


def change_setup(
    ports: Ports, lead: Caller, engagement: str, role: str, asked: ChangeSetup
) -> RoleSetup:
    """Choose what the client is asked to create; what is not given stays as it was. A ready-made
    choice and the client's own policy replace one another, and so do the two kinds of boundary.

    InvalidRequest for what AWS would not take, with the place, and for a policy that leaves no room
    for a cut-off.
    """
    place = find_engagement(ports, engagement)
    named = current_role(ports, place, role)
    stored = ports.state.get(RoleSetup, engagement, role)
    if asked.own_policy is not None:
        accept_own(asked.own_policy)
    new = replace(next_version(stored) if stored else _unchosen(named), **_choices(asked))
    setup = _assembled(ports, place, named, new)
    trust_policy(setup)  # refuses what AWS would
    document = setup.permissions.document if new.own_policy else None
    is_other = stored is None or new.own_policy != stored.own_policy
    wants_everything = is_other and document is not None and asks_for_everything(document)
    details = {"asks_for": "everything" if wants_everything else ""}
    if is_other:
        former = _in_a_word(stored) if stored else ""
        details |= {"permissions": _in_a_word(new), "former_permissions": former}
    preconditions = [place, named]
    write(
        ports, lead, Action.ROLE_SETUP, (stored, new), preconditions=preconditions, details=details
    )
    return new


def _in_a_word(setup: RoleSetup) -> str:
    """Return what the trail calls the permissions: a policy of the client's own is too long."""
    return "own" if setup.own_policy else setup.permissions.value


_REPLACED: Mapping[str, Mapping[str, Any]] = {
    "permissions": {"own_policy": None},
    "makes_boundary": {"boundary_arn": None},
    "boundary_arn": {"makes_boundary": False},
}
"""What a choice is made in place of, unless that is chosen with it."""


def _choices(asked: ChangeSetup) -> dict[str, Any]:
    given = sent_fields(asked)
    replaced = {name: value for one in given for name, value in _REPLACED.get(one, {}).items()}
    return replaced | given


def find_setup(ports: Ports, engagement: str, role: str) -> RoleSetup:
    """What was chosen for the role; where nothing was, that it stays as it is."""
    return _chosen(ports, role_in(ports, find_engagement(ports, engagement), role))


def _chosen(ports: Ports, role: Role) -> RoleSetup:
    return ports.state.get(RoleSetup, role.engagement, role.name) or _unchosen(role)


def _unchosen(role: Role) -> RoleSetup:
    return RoleSetup(engagement=role.engagement, role=role.name)


def setup_of(ports: Ports, place: Engagement, role: Role) -> Setup:
    return _assembled(ports, place, role, _chosen(ports, role))


def _assembled(ports: Ports, place: Engagement, role: Role, wanted: RoleSetup) -> Setup:
    return Setup(
        firm=ports.firm,
        client=place.client,
        role_arn=role.arn,
        external_ids=place.external_ids,
        ends_at=place.ends_at,
        permissions=own(wanted.own_policy) if wanted.own_policy else preset(wanted.permissions),
        max_session_duration=wanted.max_session_duration,
        boundary_arn=wanted.boundary_arn,
        makes_boundary=wanted.makes_boundary,
    )
