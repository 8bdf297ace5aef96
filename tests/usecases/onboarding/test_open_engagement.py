"""One transaction opens an engagement with its roles and the client's link."""

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
from chalicelib.usecases.onboarding.open_engagement import (
    OpenedEngagement,
    RequestedRole,
    open_engagement,
)
from chalicelib.usecases.onboarding.role_setup import find_setup
from tests.builders import AFTER, Scene, a_scene
from tests.rows import every

READONLY = RequestedRole(name="readonly")
AUDIT = RequestedRole(
    name="audit",
    arn="arn:aws:iam::765432109876:role/team/Audit",
    max_session=1800,
    requires_reason=True,
    allows_chaining=True,
    permissions=PermissionSet.SECURITY_AUDIT,
)


def opened(scene: Scene, *roles: RequestedRole, **changes: Any) -> OpenedEngagement:
    facts = {"id": "initech", "client": "Initech", "account_id": "765432109876", "ends_at": AFTER}
    return scene.do(open_engagement, OpenEngagement(roles=roles, **(facts | changes)))


def test_one_transaction_opens_it_with_unverified_roles_their_setup_and_a_link() -> None:
    scene = a_scene()
    result = opened(scene, READONLY, AUDIT)
    readonly, audit = result.roles
    assert readonly.arn == "arn:aws:iam::765432109876:role/daypass-readonly"
    assert (audit.arn, audit.max_session) == (AUDIT.arn, 1800)
    assert (audit.requires_reason, audit.allows_chaining) == (True, True)
    assert list_all(scene.ports.state, Role, engagement="initech") == (audit, readonly)
    assert not [role for role in result.roles if role.verification or role.override]
    for role, choice in (  # the default reads no data
        ("readonly", PermissionSet.VIEW_ONLY_ACCESS),
        ("audit", PermissionSet.SECURITY_AUDIT),
    ):
        setup = RoleSetup(engagement="initech", role=role, permissions=choice)
        assert scene.get(RoleSetup, "initech", role) == setup
    assert scene.world.steps.count("change") == 1
    (entry,) = scene.entries
    assert entry.details["link"] == result.link.link.id
    arns = {name: text for name, text in entry.details.items() if name.endswith(".arn")}
    assert arns == {f"role.{role.name}.arn": role.arn for role in result.roles}
    assert open_link(scene.ports, result.link.text) == (result.link.link, result.engagement)
    assert result.link.text not in repr((result, scene.world.items, scene.entries))


@every("chosen", [{"permissions": PermissionSet.AS_THEY_ARE}, {}])
def test_no_setup_is_stored_for_an_existing_role(chosen: dict[str, Any]) -> None:
    """A role with an ARN exists, as does one that a lead adds to an engagement later."""
    scene = a_scene()
    arn = "arn:aws:iam::765432109876:role/DeployRole"
    opened(scene, RequestedRole(name="deploy", arn=arn, **chosen))
    assert scene.get(RoleSetup, "initech", "deploy") is None
    setup = find_setup(scene.ports, "initech", "deploy")
    assert setup.permissions is PermissionSet.AS_THEY_ARE


def test_without_a_role_there_is_no_link() -> None:
    scene = a_scene()
    assert opened(scene).link is None
    assert not scene.find(SetupLink, where=lambda link: link.engagement == "initech")


@every(
    "role, reason",
    [
        (
            RequestedRole(name="x1", arn="arn:aws:iam::987654321098:role/X"),
            "role-in-another-account",
        ),
        (READONLY, "bad-value"),
    ],
)
def test_an_invalid_role_creates_no_engagement(role: RequestedRole, reason: str) -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    with pytest.raises(InvalidRequest, match=reason):
        opened(scene, READONLY, role)
    assert (scene.world.items, scene.entries) == (before, [])
