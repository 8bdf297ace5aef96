"""What the facts say of themselves."""

from __future__ import annotations

import hashlib

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.proof import Check
from chalicelib.domain.verification.verification import Verification
from tests.builders import LINK_TEXT, a_link, a_verification, results
from tests.domain.engagements.engagements_table import (
    CURRENT,
    LET_IN,
    OPEN,
    OVER,
    OVERRIDDEN,
    PROVEN,
)
from tests.domain.rows import Row


@pytest.mark.parametrize("row", OPEN, ids=str)
def test_when_an_engagement_is_open(row: Row) -> None:
    assert row.told_by(Engagement.is_open) == row.answer


@pytest.mark.parametrize("row", OVER, ids=str)
def test_when_an_engagement_is_over(row: Row) -> None:
    assert row.told_by(Engagement.is_over) == row.answer


@pytest.mark.parametrize("row", LET_IN, ids=str)
def test_which_external_ids_a_role_is_to_let_in(row: Row) -> None:
    assert row.told_by(lambda engagement: engagement.external_ids) == row.answer


@pytest.mark.parametrize("row", CURRENT, ids=str)
def test_when_a_grant_is_current(row: Row) -> None:
    assert row.told_by(Grant.is_current) == row.answer


@pytest.mark.parametrize("row", OVERRIDDEN, ids=str)
def test_when_a_role_is_overridden(row: Row) -> None:
    assert row.told_by(Role.is_overridden) == row.answer


@pytest.mark.parametrize("row", PROVEN, ids=str)
def test_what_proves_a_role(row: Row) -> None:
    assert row.told_by(Role.proof) == row.answer


@pytest.mark.parametrize(
    ("proof", "told_who", "tagged"),
    [
        (a_verification(), True, True),
        (a_verification(results=results(Check.SOURCE_IDENTITY)), False, True),
        (a_verification(results=results(Check.TAGS)), True, False),
        (a_verification(results={}), False, False),
    ],
)
def test_a_role_is_told_who_comes_only_where_it_was_seen_to_take_it(
    proof: Verification, *, told_who: bool, tagged: bool
) -> None:
    assert (proof.accepts_source_identity, proof.accepts_tags) == (told_who, tagged)


def test_a_links_name_is_the_beginning_of_its_hash_and_no_more() -> None:
    link = a_link(LINK_TEXT)
    assert link.id == hashlib.sha256(LINK_TEXT.encode()).hexdigest()[:12]
