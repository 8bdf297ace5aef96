"""Every check and every cause has its sentences."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import asdict

from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import CAUSES, CHECKS, IMPORTED_EXTERNAL_ID, Fix
from chalicelib.domain.verification.proof import Check
from tests.rows import every

SENTENCES = [
    *(
        pytest.param(text, id=f"{kind} {key} {part}")
        for kind, text in (("check", CHECKS), ("cause", CAUSES))
        for key, sentences in text.items()
        for part, text in asdict(sentences).items()
        if part != "fix_kind"
    ),
    pytest.param(IMPORTED_EXTERNAL_ID, id="imported external ID"),
]


def test_every_check_and_every_cause_has_sentences() -> None:
    assert list(CHECKS) == list(Check)
    assert list(CAUSES) == list(Cause)


@every("sentence", SENTENCES)
def test_each_text_consists_of_whole_sentences(sentence: str) -> None:
    # Some begin with a command or an AWS name.
    assert re.fullmatch(r"(?:[A-Z]|aws iam |sts:).{15,}[^ .]\.", sentence)
    assert "  " not in sentence
    assert not re.search(r"\.[A-Z]", sentence)
    # No text has a placeholder.
    assert not re.search(r"[{}%<>]|\d{12}", sentence)


@every("check", Check)
def test_a_failed_check_has_another_sentence(check: Check) -> None:
    assert CHECKS[check].passed != CHECKS[check].failed


def test_no_two_causes_or_checks_share_a_sentence() -> None:
    assert len({cause_text.message for cause_text in CAUSES.values()}) == len(Cause)
    assert len({cause_text.how_to_tell for cause_text in CAUSES.values()}) == len(Cause)
    assert len({text for text in CHECKS.values() for text in (text.passed, text.failed)}) == (
        2 * len(Check)
    )


@every("key", [*Check, *Cause])
def test_a_fix_that_replaces_the_trust_policy_has_its_commands(key: Check | Cause) -> None:
    text = CHECKS[key] if isinstance(key, Check) else CAUSES[key]
    if "Replace the role's trust policy" in text.fix:
        assert text.fix_kind is Fix.TRUST_POLICY
    if "MaxSessionDuration" in text.fix:
        assert text.fix_kind is Fix.MAX_SESSION_DURATION
