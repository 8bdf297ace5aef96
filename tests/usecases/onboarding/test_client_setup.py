"""What a client is sent: the role as it was chosen for them, in the form that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.onboarding.role_setup import RoleSetup, TemplateFormat
from chalicelib.domain.values import Item
from chalicelib.usecases.onboarding.client_setup import ClientSetup, client_setup
from tests.builders import a_role, a_scene
from tests.fakes import NOON

NEXT = "daypass-next"


def sent(form: TemplateFormat, *items: Item) -> ClientSetup:
    scene = a_scene()
    scene.world.add(*items)
    return client_setup(scene.ports, "acme-prod", "readonly", form=form)


def text_of(setup: ClientSetup) -> str:
    return "\n".join(file.text for file in setup.files)


def chosen(**changes: Any) -> RoleSetup:
    return RoleSetup(engagement="acme-prod", role="readonly", **changes)


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (TemplateFormat.CLOUDFORMATION, ["daypass-acme-prod-readonly.yaml"]),
        (TemplateFormat.TERRAFORM, ["daypass-acme-prod-readonly.tf"]),
        (TemplateFormat.CLI, ["daypass-acme-prod-readonly.sh"]),
        (TemplateFormat.JSON, ["trust-policy.json", "permissions-policy.json"]),
    ],
)
def test_a_form_is_these_files(form: TemplateFormat, names: list[str]) -> None:
    assert [file.name for file in sent(form).files] == names


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (TemplateFormat.CLOUDFORMATION, []),
        (TemplateFormat.TERRAFORM, []),
        (TemplateFormat.CLI, ["daypass-acme-prod-readonly.sh"]),
        (TemplateFormat.JSON, ["trust-policy.json"]),
    ],
)
def test_of_a_role_that_is_there_already_the_trust_alone_is_asked_for(
    form: TemplateFormat, names: list[str]
) -> None:
    setup = sent(form, chosen())
    assert [file.name for file in setup.files] == names
    assert setup.settings == ()
    assert "not looked" in setup.sentence


def test_the_settings_go_with_the_plain_form_only() -> None:
    assert {form for form in TemplateFormat if sent(form).settings} == {TemplateFormat.JSON}


def test_the_client_is_warned_of_what_is_wide_in_their_own_policy() -> None:
    wide = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}'
    assert sent(TemplateFormat.JSON, chosen(own_policy=wide)).warnings
    assert sent(TemplateFormat.JSON).warnings == ()


def test_what_an_ended_role_was_can_still_be_read() -> None:
    assert sent(TemplateFormat.JSON, a_role(ended_at=NOON)).files
