"""One call opens an engagement with its roles and the link for the client, or nothing at all."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.domain.onboarding.role_setup import PermissionSet, RoleSetup
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.onboarding.open_engagement import Opened, WantedRole, open_engagement
from chalicelib.usecases.onboarding.role_setup import find_setup
from tests.builders import AFTER, Scene, a_scene

READONLY = WantedRole(name="readonly")
AUDIT = WantedRole(
    name="audit",
    arn="arn:aws:iam::765432109876:role/team/Audit",
    max_session=1800,
    requires_reason=True,
    allows_chaining=True,
    permissions=PermissionSet.SECURITY_AUDIT,
)


def opened(scene: Scene, *roles: WantedRole, **changes: Any) -> Opened:
    facts = {"id": "initech", "client": "Initech", "account_id": "765432109876", "ends_at": AFTER}
    return open_engagement(
        scene.ports, scene.caller(), OpenEngagement(roles=roles, **(facts | changes))
    )


def test_the_roles_are_there_and_unverified() -> None:
    scene = a_scene()
    made = opened(scene, READONLY, AUDIT)
    readonly, audit = made.roles
    assert readonly.arn == "arn:aws:iam::765432109876:role/daypass-readonly"
    assert (audit.arn, audit.max_session) == (AUDIT.arn, 1800)
    assert (audit.requires_reason, audit.allows_chaining) == (True, True)
    assert list_all(scene.ports.state, Role, engagement="initech") == (audit, readonly)
    assert not [role for role in made.roles if role.verification or role.override]


def test_what_was_asked_for_is_kept_and_data_is_read_only_where_somebody_says_so() -> None:
    scene = a_scene()
    opened(scene, READONLY, AUDIT)
    assert scene.ports.state.get(RoleSetup, "initech", "readonly") == RoleSetup(
        engagement="initech", role="readonly", permissions=PermissionSet.VIEW_ONLY_ACCESS
    )
    assert scene.ports.state.get(RoleSetup, "initech", "audit") == RoleSetup(
        engagement="initech", role="audit", permissions=PermissionSet.SECURITY_AUDIT
    )


@pytest.mark.parametrize("chosen", [{"permissions": PermissionSet.AS_THEY_ARE}, {}], ids=str)
def test_of_a_role_that_is_there_already_nothing_is_kept(chosen: dict[str, Any]) -> None:
    """Named by its ARN it is there, as it is for whoever adds it to an engagement later."""
    scene = a_scene()
    arn = "arn:aws:iam::765432109876:role/DeployRole"
    opened(scene, WantedRole(name="deploy", arn=arn, **chosen))
    assert scene.ports.state.get(RoleSetup, "initech", "deploy") is None
    found = find_setup(scene.ports, "initech", "deploy")
    assert found.permissions is PermissionSet.AS_THEY_ARE


def test_the_link_leads_to_the_new_engagement() -> None:
    scene = a_scene()
    made = opened(scene, READONLY)
    assert made.link is not None
    link, place = open_link(scene.ports, made.link.text)
    assert (link, place) == (made.link.link, made.engagement)
    assert made.link.text not in repr((made, scene.world.items, scene.world.entries))


def test_without_a_role_there_is_nothing_to_send() -> None:
    scene = a_scene()
    assert opened(scene).link is None
    assert not scene.world.find(SetupLink, where=lambda link: link.engagement == "initech")


def test_it_is_one_step_and_one_entry() -> None:
    scene = a_scene()
    made = opened(scene, READONLY, AUDIT)
    assert scene.world.steps.count("change") == 1
    (entry,) = scene.world.entries
    assert made.link is not None
    assert entry.details["link"] == made.link.link.id
    arns = {name: text for name, text in entry.details.items() if name.endswith(".arn")}
    assert arns == {f"role.{role.name}.arn": role.arn for role in made.roles}


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        (WantedRole(name="x1", arn="arn:aws:iam::987654321098:role/X"), "role-in-another-account"),
        (READONLY, "bad-value"),
    ],
    ids=["another account", "the same name twice"],
)
def test_a_role_that_cannot_be_makes_no_engagement(role: WantedRole, reason: str) -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    with pytest.raises(InvalidRequest, match=reason):
        opened(scene, READONLY, role)
    assert (scene.world.items, scene.world.entries) == (before, [])
