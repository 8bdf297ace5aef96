"""Each kind of stop has all that the doors show of it."""

import re
from pathlib import Path

from chalicelib.domain.vending.stops.kinds import STOPS, StopNames, StopTarget
from chalicelib.usecases.requests.actions import USE_CASES
from local.documents.stops import COMMAND, PAGE, build_command_tables, replace_stop_table
from tests.rows import every

DOCS = Path(__file__).parents[4] / "docs"
NAMES = StopNames(
    engagement="acme-prod",
    role="deploy",
    member="bob",
    token="0123456789ab",
    session="5d2f8a0c4e917b36",
    request="bob.00d9o4r5k3f81c2q",
    client="Acme",
)


def test_the_document_and_the_command_have_every_stop():
    page = PAGE.read_text(encoding="utf-8")
    assert replace_stop_table(page) == page, "run `make stops-table`"
    assert build_command_tables() == COMMAND.read_text(encoding="utf-8"), "run `make stops-table`"


def test_every_stop_has_a_use_case():
    assert set(USE_CASES) == set(STOPS)


@every("kind", STOPS.values())
def test_each_stop_is_said_in_whole_sentences(kind):
    target = StopTarget.build(kind, NAMES)
    assert "{" not in target.format(f"{kind.effect} {kind.target} {kind.route}")
    assert not kind.effect.endswith(".")
    assert all(limit.endswith(".") for limit in kind.limits)
    typed = set(re.findall("[A-Z]{2,}", kind.command.replace("SESSION", "MEMBER SESSION")))
    assert {name.upper() for name in kind.names} == typed


def test_the_document_says_which_stops_end_requests():
    text = (DOCS / "requests.md").read_text(encoding="utf-8")
    table = text.partition("## What a revocation does to requests\n")[2].partition("\n## ")[0]
    assert "| a token of the approver | stay |" in table
    assert {name for name, kind in STOPS.items() if not kind.ends_requests} == {
        "revoke-session",
        "revoke-token",
        "revoke-request",
        "freeze",
    }
