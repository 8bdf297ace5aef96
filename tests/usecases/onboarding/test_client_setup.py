"""What a client is sent: the role as it was chosen for them, in the form that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.onboarding.role_setup import Form, RoleSetup
from chalicelib.domain.things import Item
from chalicelib.usecases.onboarding.client_setup import ClientSetup, client_setup
from tests.builders import a_role, a_scene
from tests.fakes import NOON

NEXT = "daypass-next"


def sent(form: Form, *items: Item) -> ClientSetup:
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
        (Form.CLOUDFORMATION, ["daypass-acme-prod-readonly.yaml"]),
        (Form.TERRAFORM, ["daypass-acme-prod-readonly.tf"]),
        (Form.CLI, ["daypass-acme-prod-readonly.sh"]),
        (Form.JSON, ["trust-policy.json", "permissions-policy.json"]),
    ],
)
def test_a_form_is_these_files(form: Form, names: list[str]) -> None:
    assert [file.name for file in sent(form).files] == names


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (Form.CLOUDFORMATION, []),
        (Form.TERRAFORM, []),
        (Form.CLI, ["daypass-acme-prod-readonly.sh"]),
        (Form.JSON, ["trust-policy.json"]),
    ],
)
def test_of_a_role_that_is_there_already_the_trust_alone_is_asked_for(
    form: Form, names: list[str]
) -> None:
    setup = sent(form, chosen())
    assert [file.name for file in setup.files] == names
    assert setup.settings == ()
    assert "not looked" in setup.sentence


def test_the_settings_go_with_the_plain_form_only() -> None:
    assert {form for form in Form if sent(form).settings} == {Form.JSON}


def test_the_client_is_warned_of_what_is_wide_in_their_own_policy() -> None:
    wide = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}'
    assert sent(Form.JSON, chosen(own_policy=wide)).warnings
    assert sent(Form.JSON).warnings == ()


def test_what_an_ended_role_was_can_still_be_read() -> None:
    assert sent(Form.JSON, a_role(ended_at=NOON)).files
