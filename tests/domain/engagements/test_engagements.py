"""Properties of verifications and links."""

import hashlib

from chalicelib.domain.verification.proof import Check
from tests.builders import LINK_TEXT, a_link, a_verification, results
from tests.rows import every


@every(
    "proof, source_identity, tags",
    [
        (a_verification(), True, True),
        (a_verification(results=results(Check.SOURCE_IDENTITY)), False, True),
        (a_verification(results=results(Check.TAGS)), True, False),
        (a_verification(results={}), False, False),
    ],
)
def test_a_role_gets_only_the_attributes_that_a_check_saw_it_accept(
    proof, *, source_identity, tags
):
    assert (proof.accepts_source_identity, proof.accepts_tags) == (source_identity, tags)


def test_a_links_id_is_the_beginning_of_its_hash():
    link = a_link(LINK_TEXT)
    assert link.id == hashlib.sha256(LINK_TEXT.encode()).hexdigest()[:12]
