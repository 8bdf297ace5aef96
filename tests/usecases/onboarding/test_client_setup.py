"""What a client is sent: the role as it was chosen for them, in the form that was asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.role_setup import Form, PermissionSet, RoleSetup
from chalicelib.domain.onboarding.setup.permissions import ready_made
from chalicelib.domain.things import Item
from chalicelib.usecases.onboarding.client_setup import ClientSetup, client_setup, last_report
from tests.builders import EXTERNAL_ID, a_role, a_scene, an_engagement
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


@pytest.mark.parametrize("form", Form)
def test_every_form_names_whom_it_trusts_and_how(form: Form) -> None:
    text = text_of(sent(form))
    assert EXTERNAL_ID in text
    assert "arn:aws:iam::123456789012:role/daypass-broker" in text
    assert "ContractorRole" in text + "\n".join(one.value for one in sent(form).settings)


@pytest.mark.parametrize("form", Form)
def test_while_an_external_id_is_rotated_every_form_lets_both_in(form: Form) -> None:
    text = text_of(sent(form, an_engagement(next_external_id=NEXT)))
    assert EXTERNAL_ID in text
    assert NEXT in text


@pytest.mark.parametrize("form", Form)
def test_a_former_external_id_is_asked_for_no_more(form: Form) -> None:
    text = text_of(sent(form, an_engagement(external_id=NEXT, former_external_id=EXTERNAL_ID)))
    assert NEXT in text
    assert EXTERNAL_ID not in text


def test_the_trust_ends_with_the_engagement() -> None:
    setup = sent(Form.JSON, an_engagement(ends_at=NOON + timedelta(days=3)))
    assert "2026-11-27T12:00:00Z" in setup.files[0].text


def test_every_ready_made_permission_can_be_chosen() -> None:
    says = {sent(Form.JSON, chosen(permissions=word)).sentence for word in PermissionSet}
    assert len(says) == len(PermissionSet)
    assert says == {ready_made(word).sentence for word in PermissionSet}


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


@pytest.mark.parametrize("form", Form)
def test_what_was_chosen_is_in_every_form(form: Form) -> None:
    policy = (
        '{"Version":"2012-10-17","Statement":'
        '{"Effect":"Allow","Action":"sqs:ReceiveMessage","Resource":"*"}}'
    )
    setup = sent(form, chosen(own_policy=policy, makes_boundary=True, max_session_duration=7200))
    assert "sqs:ReceiveMessage" in text_of(setup)
    assert "ContractorRole-daypass-boundary" in text_of(setup) + repr(setup.settings)
    assert "7200" in text_of(setup) + repr(setup.settings)


def test_the_settings_go_with_the_plain_form_only() -> None:
    assert {form for form in Form if sent(form).settings} == {Form.JSON}


def test_the_client_is_warned_of_what_is_wide_in_their_own_policy() -> None:
    wide = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}'
    assert sent(Form.JSON, chosen(own_policy=wide)).warnings
    assert sent(Form.JSON).warnings == ()


def test_the_client_is_told_how_to_end_our_access() -> None:
    assert len(sent(Form.CLI).ways_out) == 3


def test_what_an_ended_role_was_can_still_be_read() -> None:
    assert sent(Form.JSON, a_role(ended_at=NOON)).files


@pytest.mark.parametrize(("engagement", "role"), [("nowhere", "readonly"), ("acme-prod", "none")])
def test_a_role_that_does_not_exist_is_not_found(engagement: str, role: str) -> None:
    with pytest.raises(NotFound):
        client_setup(a_scene().ports, engagement, role, form=Form.JSON)
    with pytest.raises(NotFound):
        last_report(a_scene().ports, engagement, role)


def test_it_changes_nothing_and_records_nothing() -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    client_setup(scene.ports, "acme-prod", "readonly", form=Form.TERRAFORM)
    assert (scene.world.items, scene.world.entries) == (before, [])
