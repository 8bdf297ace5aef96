"""The engagements, roles and grants that an overview lists, and what a check and a link say."""

import hashlib

from chalicelib.domain.engagements.overview import (
    ends_soon,
    find_failed_check,
    find_policy_end,
    is_grant_ending,
)
from tests.builders import (
    AFTER,
    BEFORE,
    EXTERNAL_ID,
    LINK_TEXT,
    NOON,
    a_grant,
    a_link,
    a_role,
    a_verification,
    an_engagement,
    results,
)
from tests.fakes import DAY, SECOND
from tests.rows import every

SOON = NOON + 14 * DAY
FAILED = a_verification(results=results("right-external-id"))


@every("end, is_soon", [(SOON, True), (SOON + SECOND, False), (NOON + SECOND, True), (NOON, False)])
def test_what_ends_within_14_days_ends_soon(end, *, is_soon):
    assert ends_soon(end, NOON) is is_soon


@every(
    "grant, engagement, is_listed",
    [
        ({"ends_at": SOON}, {}, True),
        ({"ends_at": SOON + SECOND}, {}, False),
        ({"ends_at": NOON}, {}, False),
        ({"ends_at": SOON, "revoked_at": BEFORE}, {}, False),
        ({"ends_at": SOON, "starts_at": NOON + SECOND}, {}, True),
        ({"ends_at": SOON}, {"ends_at": SOON}, False),
        ({"ends_at": SOON - SECOND}, {"ends_at": SOON}, True),
    ],
)
def test_a_grant_is_listed_if_it_ends_soon_and_before_its_engagement(
    grant, engagement, *, is_listed
):
    assert is_grant_ending(a_grant(**grant), an_engagement(**engagement), NOON) is is_listed


@every(
    "changes, end",
    [
        ({"requested_ends": (SOON, AFTER)}, SOON),
        ({"requested_ends": (AFTER, SOON)}, None),  # the last request is the engagement's end
        ({"requested_ends": (SOON + SECOND, AFTER)}, None),
        ({"requested_ends": (NOON, AFTER)}, None),
        ({"requested_ends": (SOON, AFTER), "verification": None}, None),
        ({}, None),
    ],
)
def test_a_role_is_listed_if_its_trust_policy_ends_soon_and_has_to_be_updated(changes, end):
    role = a_role(**{"verification": a_verification(), **changes})
    assert find_policy_end(role, NOON) == end


@every(
    "changes, engagement, failed_at",
    [
        ({"verification": FAILED}, {}, BEFORE),
        ({"verification": a_verification()}, {}, None),
        ({"verification": None}, {}, None),
        ({"verification": FAILED, "arn": "arn:aws:iam::987654321098:role/Other"}, {}, None),
        ({"verification": FAILED}, {"external_id": EXTERNAL_ID + "x"}, None),
    ],
)
def test_a_role_is_listed_if_its_last_check_failed(changes, engagement, failed_at):
    assert find_failed_check(a_role(**changes), an_engagement(**engagement)) == failed_at


@every(
    "proof, source_identity, tags",
    [
        (a_verification(), True, True),
        (a_verification(results=results("source-identity")), False, True),
        (a_verification(results=results("session-tags")), True, False),
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
