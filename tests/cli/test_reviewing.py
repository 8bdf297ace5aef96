"""`daypass review`: the grants and their last use, and a decision on each, with a reason."""

import os
import pty

import pytest

from tests.cli.samples import GRANT, REVIEWED_GRANT, REVOCATION, review_list

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
    "access": "audit, deploy",
    "last_use": "not in 3 days",
    "notes": "",
}
KEPT = {"grant": GRANT, "revocation": None}
ENDED = {"grant": GRANT, "revocation": REVOCATION}
ENDING = "It is revoked.\nTo see the progress of the cut-offs: daypass cut-offs\n"
BOB_PATH = "/v1/engagements/acme-prod/grants/bob/review"
EVE_PATH = "/v1/engagements/hooli/grants/eve/review"


@pytest.fixture(autouse=True)
def _grants(broker):
    broker.answers["/v1/review"] = 200, review_list(EVE, REVIEWED_GRANT)
    broker.refuse("/v1/engagements/eve", "no-such-engagement", "There is none.", 404)
    broker.refuse("/v1/members/acme-prod", "no-such-member", "There is none.", 404)
    broker.answers["/v1/members/eve"] = 200, {"id": "eve"}
    broker.answers[EVE_PATH] = 200, KEPT
    broker.answers[BOB_PATH] = 200, ENDED


def decisions(broker):
    return [(path, body) for method, path, _, body in broker.requests if method == "POST"]


def on_a_terminal(machine, *words, typed):
    """Run the command with a terminal as its stdin. Return what it prints."""
    write_end, terminal = pty.openpty()
    os.write(write_end, typed.encode())
    process = machine.start(*words, stdin=terminal)
    os.close(terminal)
    out, _ = process.communicate(timeout=60)
    os.close(write_end)
    return out


def test_the_list_and_decisions_on_the_command_line(terminal):
    terminal.run("""
        review
        review eve --json
        review acme-prod
        review --keep eve hooli --end bob acme-prod --reason Q4
        review --keep eve hooli --end bob acme-prod --reason Q4 --yes
        review --keep eve hooli --end bob acme-prod --reason Q4 --yes --json
        review --end bob acme-prod --yes
    """)
    terminal.type("review", "--decide", stdin="e\nr\n")
    terminal.hold("review")


def test_the_grants_one_by_one_those_proposed_for_ending_first(machine, broker):
    out = on_a_terminal(machine, "review", "--decide", typed="x\nend\n\nunused\nK\nneeded\n")
    assert out.splitlines() == [
        (
            "1 of 2: bob in acme-prod (Acme): readonly; last used: 41 days ago. Proposal: end."
            " lena reviewed it on 1 January 2026, 00:00 UTC."
        ),
        "You ended bob's grant for acme-prod.",
        *ENDING.splitlines(),
        "2 of 2: eve in hooli (Hooli): audit, deploy; last used: not in 3 days. Proposal: keep.",
        "You kept eve's grant for hooli.",
    ]
    assert decisions(broker) == [
        (BOB_PATH, {"decision": "end", "reason": "unused", "version": 3}),
        (EVE_PATH, {"decision": "keep", "reason": "needed", "version": 3}),
    ]


@pytest.mark.parametrize(("typed", "paths"), [("s\ne\n\n", [EVE_PATH]), ("q\n", []), ("\x04", [])])
def test_grants_can_be_skipped_and_the_review_stopped(machine, broker, typed, paths):
    on_a_terminal(machine, "review", "--decide", "--reason=Q4", typed=typed)
    assert decisions(broker) == [
        (path, {"decision": "end", "reason": "Q4", "version": 3}) for path in paths
    ]


def test_a_refused_decision_does_not_stop_the_review(machine, broker):
    broker.refuse(BOB_PATH, "own-grant", "Ask another lead.")
    out = on_a_terminal(machine, "review", "--decide", "--reason=Q4", typed="k\n\nk\n\n")
    assert "bob's grant" not in out
    assert out.endswith("You kept eve's grant for hooli.\n")
