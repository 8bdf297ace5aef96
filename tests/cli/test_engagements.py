"""`daypass engagements`, `daypass open` and `daypass leave`."""

from __future__ import annotations

import json

import pytest

from chalicelib.domain.onboarding.role_setup import PermissionSet
from daypass.commands.leads.changes import PERMISSIONS
from tests.cli.samples import ANSWERS, BEGIN, CUT_OFF, ENGAGEMENT, REVOCATION
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

ACME = "/v1/engagements/acme-prod"
OPEN = ("open", "acme-prod", "--client=Acme", "--account=987654321098", "--until=2w", "--yes")


def sent(broker: ScriptedBroker, method: str, path: str) -> list[object]:
    return [body for name, route, _, body in broker.requests if (name, route) == (method, path)]


def test_the_list_shows_state_and_cut_off(machine: Machine) -> None:
    expected = (
        "ENGAGEMENT  CLIENT  ACCOUNT       STATE   UNTIL                     CUT-OFF\n"
        "acme-prod   Acme    987654321098  active  Tue 2036-01-01 00:00 UTC  brake\n"
    )
    assert machine.type("engagements").out == expected
    assert machine.type("engagements", "acme-prod").out == expected
    assert json.loads(machine.type("engagements", "acme-prod", "--json").out) == [ENGAGEMENT]


def test_the_list_says_that_a_client_has_paused(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[ACME] = 200, {**ENGAGEMENT, "paused_at": BEGIN}
    assert "  active, paused  " in machine.type("engagements", "acme-prod").out


def test_no_engagements(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers["/v1/engagements"] = 200, {"engagements": [], "cursor": None}
    assert "daypass open" in machine.type("engagements").out


def test_the_cut_off_can_be_changed(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers[ACME] = 200, {**ENGAGEMENT, "cut_off": "none"}
    words = ("engagements", "acme-prod", "--cut-off=brake")
    assert machine.type(*words).code == 2  # it asks
    assert sent(broker, "PATCH", ACME) == []
    output = machine.type(*words, "--yes")
    assert "(Acme, 987654321098) from none to brake. A revocation ends live" in output.err
    assert sent(broker, "PATCH", ACME) == [{"cut_off": "brake"}]
    broker.answers[ACME] = 200, {**ENGAGEMENT, "cut_off": "brake"}
    assert machine.type(*words, "--yes").out.startswith("That is so already.")


def test_a_change_of_the_cut_off_names_the_engagement(
    machine: Machine, broker: ScriptedBroker
) -> None:
    assert machine.type("engagements", "--cut-off=none", "--yes").code == 2
    assert broker.requests == []


@pytest.mark.parametrize(
    ("words", "cut_off", "sentence"),
    [
        ((), "none", "Only the client can end live sessions. Recommended: --cut-off brake."),
        (("--cut-off=brake",), "brake", "A revocation ends live sessions in the client's account"),
        (("--cut-off=freeze",), "freeze", "A revocation of a whole role freezes that role"),
    ],
)
def test_an_engagement_is_opened_with_its_cut_off(
    machine: Machine,
    broker: ScriptedBroker,
    words: tuple[str, ...],
    cut_off: str,
    sentence: str,
) -> None:
    assert sentence in machine.type(*OPEN, *words).err
    (body,) = sent(broker, "POST", "/v1/engagements")
    assert isinstance(body, dict)
    assert body["cut_off"] == cut_off


@pytest.mark.parametrize(("client", "warns"), [("Acme", False), ("ACME", False), ("Stark", True)])
def test_open_warns_of_another_clients_account(
    machine: Machine, broker: ScriptedBroker, client: str, *, warns: bool
) -> None:
    words = ("open", "new", "--client", client, "--account", "987654321098", "--until", "2w")
    output = machine.type(*words)  # it asks, and stdin is no terminal
    warning = (
        "Warning: AWS account 987654321098 is another client's: acme-prod (Acme). Is it Stark's,"
        " too?\n"
    )
    assert output.code == 2
    assert (warning in output.err) is warns
    assert sent(broker, "POST", "/v1/engagements") == []


def test_open_checks_the_permissions_before_it_asks(
    machine: Machine, broker: ScriptedBroker
) -> None:
    assert set(PERMISSIONS) == set(PermissionSet)
    output = machine.type(*OPEN, "--role", "audit=security-adit")
    assert (output.code, output.out) == (2, "")
    assert output.sentence.startswith("Daypass: 'security-adit' is not a set of permissions. Type")
    assert broker.requests == []


def test_a_member_who_leaves_loses_everything_in_one_line(
    machine: Machine, broker: ScriptedBroker
) -> None:
    output = machine.type("leave", "bob", "--reason=r", "--yes")
    assert output.err.startswith(
        "This suspends Bob Berg (bob, member) for good: it revokes their tokens, codes, Slack user"
        " and the grants for acme-prod. They get no more sessions.\n"
        "Alive now, until this time at the latest:\n"
        "  bob in acme-prod/readonly: 1 session, until Tue 2036-01-01 00:00 UTC\n"
    )
    assert output.out == (
        "Bob left.\n"
        "ENGAGEMENT  CLIENT  NEW SESSIONS  MAY BE ALIVE\n"
        "acme-prod   Acme    blocked       1\n"
        "CUT-OFF             WHOSE SESSIONS  STATE\n"
        "acme-prod/readonly  bob's           seen at 00:00:00 UTC\n"
    )
    assert sent(broker, "POST", "/v1/members/bob/leave") == [{"reason": "r"}]


def test_the_answer_about_a_member_who_leaves_as_json(
    machine: Machine, broker: ScriptedBroker
) -> None:
    requested = {**CUT_OFF, "status": "requested", "seen_at": None}
    answer = ANSWERS["/v1/members/bob/leave"]
    revocation = {**REVOCATION, "cut_offs": [requested]}
    broker.answers["/v1/members/bob/leave"] = 200, {**answer, "revocation": revocation}
    output = machine.type("leave", "bob", "--reason=r", "--yes", "--json")
    assert json.loads(output.out) == answer


def test_a_member_without_grants_can_leave_too(machine: Machine, broker: ScriptedBroker) -> None:
    broker.answers["/v1/members/bob/grants"] = 200, {"grants": [], "cursor": None}
    assert "Slack user and no grant." in machine.type("leave", "bob", "--reason=r").err
