"""`daypass engagements`, `daypass open` and `daypass leave`."""

from __future__ import annotations

import pytest

from chalicelib.domain.onboarding.role_setup import PermissionSet
from daypass.commands.leads.changes import PERMISSIONS
from tests.cli.samples import ENGAGEMENT, engagement_list
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.transcript import Transcript
from tests.cli.typed import Machine

ACME = "/v1/engagements/acme-prod"
OPEN = (
    "open",
    "acme-prod",
    "--client=Acme",
    "--account=987654321098",
    "--until=2035-12-30",
    "--yes",
)


def sent(broker: ScriptedBroker, method: str, path: str) -> list[object]:
    return [body for name, route, _, body in broker.requests if (name, route) == (method, path)]


@pytest.mark.golden
def test_engagements_are_listed_opened_and_changed(terminal: Transcript) -> None:
    cut_off = ("engagements", "acme-prod", "--cut-off=brake")
    terminal.type("engagements")
    terminal.type("engagements", "acme-prod", "--json")
    terminal.type(*cut_off, "--yes")
    terminal.type("engagements", "--cut-off=none", "--yes")
    for words in ((), ("--cut-off=brake",), ("--cut-off=deny-all",)):
        terminal.type(*OPEN, *words)
    paused = {**ENGAGEMENT, "cut_off": "none", "note": "The client paused it."}
    without = {ACME: paused, "/v1/engagements": engagement_list(paused)}
    terminal.note("its client has paused it, and allows no cut-offs", without)
    terminal.type("engagements", "acme-prod")
    terminal.type(*cut_off)
    terminal.type(*cut_off, "--yes")
    terminal.note("there is none", {"/v1/engagements": engagement_list()})
    terminal.type("engagements")
    terminal.type("leave", "bob", "--reason=r", "--yes")
    terminal.hold("engagements")


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
