"""Each entry of the trail in words. `sentences.txt` has entries that stories of this test suite
recorded, each with its sentence below it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some
from msgspec.structs import replace

from chalicelib.domain.trail import SCHEDULE, Action, Entry, Outcome
from chalicelib.domain.vending.intents import Vend
from chalicelib.domain.web.sentences import SENTENCES, describe_entry, describe_vend
from chalicelib.domain.web.wording.rows import Wording
from chalicelib.domain.web.wording.template import MISSING, parse_template
from tests.domain.notifications.entries import END, HERS, NOW, READONLY, A, entry
from tests.rows import every


def read_rows() -> list[tuple[Entry, str]]:
    blocks = Path(__file__).with_name("sentences.txt").read_text().strip().split("\n\n")
    rows = [block.split("\n") for block in blocks]
    facts = {"id": "5d2f8a0c4e917b36", "at": NOW}
    return [
        (msgspec.convert(facts | msgspec.json.decode(recorded), Entry), sentence)
        for recorded, sentence in rows
    ]


ROWS = read_rows()
SESSION = "alice.5feceb66ffc86f38"


@every("recorded, sentence", ROWS)
def test_an_entry_has_its_sentence(recorded: Entry, sentence: str) -> None:
    assert describe_entry(recorded).text == sentence
    assert MISSING not in sentence


def test_the_table_has_a_sentence_for_each_action() -> None:
    assert SENTENCES.keys() == set(Action)


def test_each_sentence_of_the_table_has_a_row() -> None:
    declared = {(action, Outcome.DONE) for action, row in SENTENCES.items() if row.done}
    declared |= {(action, outcome) for action, row in SENTENCES.items() for outcome in row.others}
    assert declared <= {(recorded.action, recorded.outcome) for recorded, _ in ROWS}


@every("outcome", Outcome)
@every("action", Action)
def test_an_entry_without_details_has_a_sentence_too(action: Action, outcome: Outcome) -> None:
    """Earlier versions of Daypass recorded less. The sentence then says so."""
    text = describe_entry(entry(action, outcome=outcome)).text
    assert text[-1] in ".):"
    assert not set("{}[]|") & set(text)
    assert "None" not in text


def test_a_missing_value_is_called_missing() -> None:
    assert describe_entry(entry(A.TOKEN_REVOKE)).text == f"lena revoked their own token {MISSING}."


def test_a_reason_of_a_later_version_is_shown_as_its_code() -> None:
    refused = entry(A.GRANT_CREATE, reason="of-a-later-version", outcome=Outcome.REFUSED, **HERS)
    assert describe_entry(refused).text == (
        "Daypass did not let lena grant alice access to acme-prod. Why: of-a-later-version"
    )


def a_vend(outcome: Outcome | None, reason: str = "", **details: str) -> Vend:
    facts: dict[str, Any] = {**READONLY, "actor": "alice", "vend": "5feceb66ffc86f38"}
    terms = {"duration": "3600", "session_name": SESSION, "said": "ticket 7"}
    intent = entry(A.VEND, terms, outcome=Outcome.INTENDED, **facts)
    if outcome is None:
        return Vend(intent=intent)
    details = {"session_name": SESSION, **details}
    return Vend(
        intent=intent, outcome=entry(A.VEND, details, outcome=outcome, reason=reason, **facts)
    )


SAID = " In their words: “ticket 7”."
ISSUED = (
    f"alice got a session in acme-prod/readonly, as {SESSION}, until 24 December 2026, 12:00 UTC."
)
WITHHELD = (
    "alice got no session in acme-prod/readonly. AWS may have issued one, and Daypass did not hand"
    " it over. A change or a revocation by lena withheld it. Why: “Your firm has stopped all access"
    " to clients' accounts for now, so no one gets a new session. Ask your lead.” (frozen)"
)
FAILED = (
    "alice got no session in acme-prod/readonly. AWS issued none. Why: “AWS rejected the request"
    " for this role. Ask a lead to verify the role.” (aws-rejected)"
)
REQUESTED = (
    "alice requested a session in acme-prod/readonly, for 1 hour. Daypass was about to ask AWS for"
    " it. If no outcome follows, treat the session as issued."
)


@pytest.mark.parametrize(
    ("vend", "sentence"),
    [
        (a_vend(Outcome.ISSUED, expires_at=END), ISSUED),
        (a_vend(Outcome.WITHHELD, "frozen", closed_by="lena"), WITHHELD),
        (a_vend(Outcome.FAILED, "aws-rejected"), FAILED),
        (a_vend(None), REQUESTED),
    ],
    ids=["issued", "withheld", "failed", "without an outcome"],
)
def test_a_vend_is_one_sentence_that_claims_no_more_than_its_outcome(
    vend: Vend, sentence: str
) -> None:
    assert describe_vend(vend).text == sentence + SAID


def test_the_ends_of_a_session_follow_its_vend() -> None:
    details = {"session_name": SESSION}
    ended = entry(A.SESSION_END, details, **READONLY, actor="alice")
    revoked = entry(A.SESSION_REVOKE, details, **READONLY, subject="alice")
    vend = replace(a_vend(Outcome.ISSUED), given_back=ended, revoked=revoked)
    after = "If it was handed over, it may be alive until it expires or is cut off."
    assert describe_vend(vend).text == (
        f"alice got a session in acme-prod/readonly, as {SESSION}.{SAID} alice gave the session"
        f" {SESSION} in acme-prod/readonly back. {after} lena revoked alice's session {SESSION} in"
        f" acme-prod/readonly. {after}"
    )


_TEXTS = some.text(max_size=60) | some.sampled_from(
    ["{by}", "[said|", "]", "2026-11-24T", "0001-01-01T00:00", "9" * 40, "<b>", "שלום", "None"]
)


@given(some.sampled_from(ROWS), some.data())
def test_a_value_stays_a_value_whatever_it_holds(
    row: tuple[Entry, str], data: some.DataObject
) -> None:
    recorded, _ = row
    details = {name: data.draw(_TEXTS) for name in recorded.details if data.draw(some.booleans())}
    sentence = describe_entry(replace(recorded, details=details, actor=data.draw(_TEXTS)))
    words = "".join(part.text for part in sentence.parts if not part.is_value)
    assert not set("{}[]|<>ש") & set(words)
    assert "\n" not in sentence.text


def test_a_long_value_is_cut() -> None:
    revoked = entry(A.GRANT_REVOKE, {"said": "x" * 5000}, actor=SCHEDULE, **HERS)
    assert len(describe_entry(revoked).text) < 400


@pytest.mark.parametrize("template", ["[a| b", "a] b", "[a [b]]"])
def test_a_template_without_a_partner_for_a_bracket_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="bracket"):
        parse_template(template)


def test_every_template_of_the_table_can_be_parsed() -> None:
    wordings: list[Wording] = list(SENTENCES.values())
    assert all(parse_template(row.choose(outcome)) for row in wordings for outcome in Outcome)
