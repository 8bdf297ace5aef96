"""Every check and every cause is put into words that help."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import asdict

from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import CAUSES, CHECKS, IMPORTED_EXTERNAL_ID, Fix
from chalicelib.domain.verification.proof import Check

SENTENCES = [
    *(
        pytest.param(text, id=f"{kind} {of} {part}")
        for kind, words in (("check", CHECKS), ("cause", CAUSES))
        for of, said in words.items()
        for part, text in asdict(said).items()
        if part != "fix_kind"
    ),
    pytest.param(IMPORTED_EXTERNAL_ID, id="chosen elsewhere"),
]


def test_every_check_and_every_cause_has_words() -> None:
    assert list(CHECKS) == list(Check)
    assert list(CAUSES) == list(Cause)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_is_said_is_whole_sentences(sentence: str) -> None:
    # Some begin with a command or with the name of a thing in AWS.
    assert re.fullmatch(r"(?:[A-Z]|aws iam |sts:).{15,}[^ .]\.", sentence)
    assert "  " not in sentence
    assert not re.search(r"\.[A-Z]", sentence)
    # Nor has it a place for a value.
    assert not re.search(r"[{}%<>]|\d{12}", sentence)


@pytest.mark.parametrize("check", Check)
def test_a_check_says_something_else_when_it_failed(check: Check) -> None:
    assert CHECKS[check].passed != CHECKS[check].failed


def test_no_two_causes_and_no_two_checks_say_the_same() -> None:
    assert len({advice.message for advice in CAUSES.values()}) == len(Cause)
    assert len({advice.how_to_tell for advice in CAUSES.values()}) == len(Cause)
    assert len({text for words in CHECKS.values() for text in (words.passed, words.failed)}) == (
        2 * len(Check)
    )


@pytest.mark.parametrize("of", [*Check, *Cause], ids=repr)
def test_who_is_to_replace_the_trust_policy_is_given_the_command(of: Check | Cause) -> None:
    words = CHECKS[of] if isinstance(of, Check) else CAUSES[of]
    if "Replace the role's trust policy" in words.fix:
        assert words.fix_kind is Fix.TRUST_POLICY
    if "MaxSessionDuration" in words.fix:
        assert words.fix_kind is Fix.MAX_SESSION_DURATION
