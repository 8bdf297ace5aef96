"""What a client is sent: the role of the engagement, in the form that was asked for."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidRequest, NotFound
from chalicelib.domain.forms import Form, ReadyMade
from chalicelib.domain.setup.permissions import READY_MADE
from chalicelib.usecases.client_setup import ClientSetup, client_setup
from tests.builders import EXTERNAL_ID, a_scene, an_engagement
from tests.fakes import NOON


def sent(form: Form, **changes: Any) -> ClientSetup:
    return client_setup(a_scene().ports, "acme-prod", "readonly", form=form, **changes)


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
    text = "\n".join(file.text for file in sent(form).files)
    assert EXTERNAL_ID in text
    assert "arn:aws:iam::123456789012:role/daypass-broker" in text
    assert "ContractorRole" in text + "\n".join(one.value for one in sent(form).settings)


def test_the_trust_ends_with_the_engagement() -> None:
    scene = a_scene()
    scene.world.add(an_engagement(ends_at=NOON + timedelta(days=3)))
    setup = client_setup(scene.ports, "acme-prod", "readonly", form=Form.JSON)
    assert "2026-11-27T12:00:00Z" in setup.files[0].text


def test_every_ready_made_permission_can_be_asked_for() -> None:
    assert {word.value for word in ReadyMade} == {ready.choice.value for ready in READY_MADE}
    says = {sent(Form.JSON, permissions=word).sentence for word in ReadyMade}
    assert says == {ready.sentence for ready in READY_MADE}


def test_the_client_is_told_how_to_throw_us_out() -> None:
    assert len(sent(Form.CLI).ways_out) == 3


def test_a_boundary_of_another_account_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        sent(Form.JSON, boundary_arn="arn:aws:iam::111122223333:policy/Boundary")


@pytest.mark.parametrize(("engagement", "role"), [("nowhere", "readonly"), ("acme-prod", "none")])
def test_a_role_that_does_not_exist_is_not_found(engagement: str, role: str) -> None:
    with pytest.raises(NotFound):
        client_setup(a_scene().ports, engagement, role, form=Form.JSON)


def test_it_changes_nothing_and_records_nothing() -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    client_setup(scene.ports, "acme-prod", "readonly", form=Form.TERRAFORM)
    assert (scene.world.items, scene.world.entries) == (before, [])


def test_a_container_that_vends_does_not_load_what_writes_the_forms() -> None:
    program = "import sys, app; print(any('domain.setup' in name for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False"
