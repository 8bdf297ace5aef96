"""`daypass review`: the grants and their last use, and a decision on each, with a reason."""

from __future__ import annotations

import json
import os
import pty
from typing import Any

import pytest

from tests.cli.samples import END, GRANT, REVIEWED_GRANT, REVOCATION
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine

EVE = {
    **REVIEWED_GRANT,
    "member": "eve",
    "engagement": "hooli",
    "client": "Hooli",
    "roles": ["audit", "deploy"],
    "last_used_at": None,
    "unused_days": 3,
    "proposal": "keep",
    "reviewed_at": None,
    "reviewed_by": "",
}
KEPT = {"grant": GRANT, "revocation": None}
ENDED = {"grant": GRANT, "revocation": REVOCATION}
ENDING = "It is revoked.\nFor the cut-offs' progress, type: daypass cut-offs\n"
BOB_PATH = "/v1/engagements/acme-prod/grants/bob/review"
EVE_PATH = "/v1/engagements/hooli/grants/eve/review"


@pytest.fixture(autouse=True)
def _grants(broker: ScriptedBroker) -> None:
    broker.answers["/v1/review"] = 200, {"grants": [EVE, REVIEWED_GRANT], "cursor": None}
    broker.answers[EVE_PATH] = 200, KEPT
    broker.answers[BOB_PATH] = 200, ENDED


def decisions(broker: ScriptedBroker) -> list[tuple[str, Any]]:
    return [(path, body) for method, path, _, body in broker.requests if method == "POST"]


def on_a_terminal(machine: Machine, *words: str, typed: str) -> str:
    """Run the command with a terminal as its stdin. Return what it prints."""
    write_end, terminal = pty.openpty()
    os.write(write_end, typed.encode())
    process = machine.start(*words, stdin=terminal)
    os.close(terminal)
    out, _ = process.communicate(timeout=60)
    os.close(write_end)
    return out


def test_the_list_says_who_used_what_when_and_proposes_a_decision(machine: Machine) -> None:
    assert machine.type("review").out == (
        "MEMBER  ENGAGEMENT  CLIENT  ROLES          LAST USED      PROPOSAL\n"
        "eve     hooli       Hooli   audit, deploy  not in 3 days  keep\n"
        "bob     acme-prod   Acme    readonly       41 days ago    end       reviewed 2026-01-01"
        " by lena\n"
        "1 grant proposed for ending. To decide: daypass review --decide\n"
    )


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 emergency, 2026-01-01"), (3, "3 emergencies, the last 2026-01-01")]
)
def test_the_list_counts_emergencies_and_names_one_without_a_review(
    machine: Machine, broker: ScriptedBroker, count: int, text: str
) -> None:
    opened = {"emergencies": count, "last_emergency_at": "2026-01-01T12:00:00Z"}
    grant = {**EVE, **opened, "unreviewed_emergency": "eve.01lgav20du6bm9dm"}
    again = {**grant, "engagement": "initech", "emergencies": 0}
    broker.answers["/v1/review"] = 200, {"grants": [grant, again], "cursor": None}
    out = machine.type("review").out
    assert f"keep      {text}\n" in out
    hint = "An emergency has no review yet. Type: daypass review-emergency eve.01lgav20du6bm9dm\n"
    assert out.count(hint) == 1


@pytest.mark.parametrize("about", ["eve", "hooli"])
def test_the_list_can_be_about_a_member_or_an_engagement(machine: Machine, about: str) -> None:
    assert json.loads(machine.type("review", about, "--json").out) == [EVE]


@pytest.mark.parametrize(
    ("last_used_at", "days", "text"),
    [(END, 0, "today"), (END, 1, "1 day ago"), (None, 0, "not yet"), (None, 90, "not in 90 days")],
)
def test_the_last_use(
    machine: Machine, broker: ScriptedBroker, last_used_at: str | None, days: int, text: str
) -> None:
    grant = {**REVIEWED_GRANT, "unused_days": days, "last_used_at": last_used_at}
    broker.answers["/v1/review"] = 200, {"grants": [grant], "cursor": None}
    assert text in machine.type("review").out


def test_nothing_to_review(machine: Machine) -> None:
    assert machine.type("review", "nobody").out == "No one has a grant.\n"


def test_decisions_on_the_command_line(machine: Machine, broker: ScriptedBroker) -> None:
    words = ("--keep", "eve", "hooli", "--end", "bob", "acme-prod", "--reason", "Q4")
    assert machine.type("review", *words).code == 2  # it asks
    assert decisions(broker) == []
    output = machine.type("review", *words, "--yes")
    assert output.err == (
        "This keeps the grant of eve for hooli.\nThis ends the grant of bob for acme-prod.\n"
    )
    assert output.out == (
        f"The grant of eve for hooli is kept.\nThe grant of bob for acme-prod is ended.\n{ENDING}"
    )
    assert decisions(broker) == [
        (EVE_PATH, {"decision": "keep", "reason": "Q4"}),
        (BOB_PATH, {"decision": "end", "reason": "Q4"}),
    ]
    assert json.loads(machine.type("review", *words, "--yes", "--json").out) == [KEPT, ENDED]


def test_a_decision_needs_a_reason(machine: Machine, broker: ScriptedBroker) -> None:
    output = machine.type("review", "--end", "bob", "acme-prod", "--yes")
    assert output.code == 2
    assert "--reason" in output.sentence
    assert decisions(broker) == []


def test_the_grants_one_by_one_those_proposed_for_ending_first(
    machine: Machine, broker: ScriptedBroker
) -> None:
    out = on_a_terminal(machine, "review", "--decide", typed="x\nend\n\nunused\nK\nneeded\n")
    assert out.splitlines() == [
        (
            "1 of 2: bob in acme-prod (Acme): readonly; last used 41 days ago. Proposal: end."
            " reviewed 2026-01-01 by lena"
        ),
        "The grant of bob for acme-prod is ended.",
        *ENDING.splitlines(),
        "2 of 2: eve in hooli (Hooli): audit, deploy; last used not in 3 days. Proposal: keep.",
        "The grant of eve for hooli is kept.",
    ]
    assert decisions(broker) == [
        (BOB_PATH, {"decision": "end", "reason": "unused", "version": 3}),
        (EVE_PATH, {"decision": "keep", "reason": "needed", "version": 3}),
    ]


@pytest.mark.parametrize(("typed", "paths"), [("s\ne\n\n", [EVE_PATH]), ("q\n", []), ("\x04", [])])
def test_grants_can_be_skipped_and_the_review_stopped(
    machine: Machine, broker: ScriptedBroker, typed: str, paths: list[str]
) -> None:
    on_a_terminal(machine, "review", "--decide", "--reason=Q4", typed=typed)
    assert decisions(broker) == [
        (path, {"decision": "end", "reason": "Q4", "version": 3}) for path in paths
    ]


def test_a_script_cannot_go_through_the_grants(machine: Machine, broker: ScriptedBroker) -> None:
    output = machine.type("review", "--decide", stdin="e\nr\n")
    assert output.code == 2
    assert "--keep and --end" in output.sentence
    assert decisions(broker) == []


def test_a_refused_decision_does_not_stop_the_review(
    machine: Machine, broker: ScriptedBroker
) -> None:
    broker.refuse(BOB_PATH, "own-grant", "Ask another lead.")
    out = on_a_terminal(machine, "review", "--decide", "--reason=Q4", typed="k\n\nk\n\n")
    assert "The grant of bob" not in out
    assert out.endswith("The grant of eve for hooli is kept.\n")
