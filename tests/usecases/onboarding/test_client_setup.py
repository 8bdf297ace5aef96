"""The files for a client: the chosen role, in the requested format."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.onboarding.role_setup import RoleSetup, TemplateFormat
from chalicelib.domain.values import Item
from chalicelib.usecases.onboarding.client_setup import ClientSetup, build_client_setup
from tests.builders import a_role, a_scene
from tests.fakes import NOON

NEXT = "daypass-next"


def setup_in(format: TemplateFormat, *items: Item) -> ClientSetup:
    scene = a_scene(*items)
    return build_client_setup(scene.ports, "acme-prod", "readonly", format=format)


def a_setup(**changes: Any) -> RoleSetup:
    return RoleSetup(engagement="acme-prod", role="readonly", **changes)


def test_an_existing_role_gets_only_a_trust_policy() -> None:
    setup = setup_in(TemplateFormat.JSON, a_setup())
    assert [file.name for file in setup.files] == ["trust-policy.json"]
    assert setup.settings == ()
    assert "not looked" in setup.permissions_summary


def test_only_the_json_format_has_settings() -> None:
    assert {each for each in TemplateFormat if setup_in(each).settings} == {TemplateFormat.JSON}


def test_a_broad_policy_of_the_clients_has_warnings() -> None:
    wide = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}'
    assert setup_in(TemplateFormat.JSON, a_setup(permissions_policy=wide)).warnings
    assert setup_in(TemplateFormat.JSON).warnings == ()


def test_an_ended_roles_files_can_still_be_read() -> None:
    assert setup_in(TemplateFormat.JSON, a_role(ended_at=NOON)).files
