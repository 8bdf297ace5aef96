"""The prober is enrolled with a code, and nobody sees its tokens."""

from __future__ import annotations

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.prober.trials import Tokens
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.prober.enrol_prober import enrol_prober
from tests.builders import token_text_of
from tests.fakes.prober import ProberWorld


def test_the_first_token_is_rotated_at_once_so_that_there_is_a_dead_one() -> None:
    world = ProberWorld()
    enrol_prober(world.ports(), "a-code")
    first, second = token_text_of("prober1"), token_text_of("prober2")
    assert world.api.rotated == ["a-code as the prober", first]
    assert world.safe.tokens == Tokens(live=second, dead=first)


def test_a_code_that_is_not_taken_changes_nothing() -> None:
    world = ProberWorld()
    world.api.fails = AccessDenied(Reason.ENROLMENT_REFUSED)
    with pytest.raises(AccessDenied):
        enrol_prober(world.ports(), "a-code")
    assert world.safe.tokens == Tokens(live="live", dead="dead")
