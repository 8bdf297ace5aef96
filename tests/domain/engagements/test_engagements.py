"""What the facts say of themselves."""

from __future__ import annotations

import hashlib

import pytest

from chalicelib.domain.verification.proof import Check
from chalicelib.domain.verification.verification import Verification
from tests.builders import LINK_TEXT, a_link, a_verification, results


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
