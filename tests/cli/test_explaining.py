"""`daypass why --member` explains why a member gets a session or not."""

from __future__ import annotations

import json

from tests.cli.samples import EXPLANATION
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

BOBS = ("why", "acme-prod/readonly", "--member=bob")
PATH = "/v1/engagements/acme-prod/roles/readonly/why"


def test_each_condition_has_its_fact_and_what_would_change_it(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type(*BOBS)
    assert output.code == 3
    assert output.out.splitlines() == [
        "bob in acme-prod/readonly: refused (grant-not-current)",
        "  yes The member is active: bob is an active member.",
        "  NO  The grant is in force: The grant of bob has ended.",
        "      A lead can change this: Give the grant a later end.",
        "  ?   Enough time is left: It is not clear yet.",
    ]


def test_a_session_that_daypass_would_request_claims_nothing_about_aws(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.answers[PATH] = 200, {"allowed": True, "reason": None, "duration": 3600, "clauses": []}
    output = machine.type(*BOBS)
    assert output.code == 0
    assert output.out == (
        "bob in acme-prod/readonly: Daypass would request a session of 1 h from AWS now; AWS"
        " decides as well.\n"
    )


def test_programs_get_the_answer_as_json(machine: Machine) -> None:
    assert json.loads(machine.type(*BOBS, "--json").out) == EXPLANATION


def test_a_role_is_needed(machine: Machine) -> None:
    output = machine.type("why", "acme-prod", "--member=bob")
    assert output.code != 0
    assert "Name a role, such as acme-prod/readonly." in output.err
