"""The trust policy of the client's role."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.onboarding.setup.trust import (
    build_trust_policy,
)
from chalicelib.domain.policies.documents import TRUST_POLICY_MAX, size
from tests.domain.onboarding.setup.specs import END, EXTERNAL_ID, FIRM, NEXT_EXTERNAL_ID, a_spec


def statements(**changes: Any) -> list[Any]:
    trust = build_trust_policy(a_spec(**changes))
    assert trust["Version"] == "2012-10-17"
    return list(trust["Statement"])


def test_it_accepts_only_the_tags_of_a_vend() -> None:
    """Another tag would override the role's own, on which the client's policies may rely."""
    *_, tag = statements()
    assert tag["Action"] == "sts:TagSession"
    keys = [key for key, _ in build_session_tags("alice", "acme-prod")]
    assert tag["Condition"]["ForAllValues:StringEquals"] == {"aws:TagKeys": keys}
    assert tag["Condition"]["Null"] == {"aws:TagKeys": "false"}


# "Actions, resources, and condition keys for AWS STS" (Service Authorization Reference); aws:
# keys, except those of tags, are in every request.
KEYS = {
    "sts:AssumeRole": {
        "sts:ExternalId",
        "sts:SourceIdentity",
        "sts:RoleSessionName",
        "aws:TagKeys",
    },
    "sts:SetSourceIdentity": {"sts:SourceIdentity"},
    "sts:TagSession": {"aws:TagKeys", "sts:TransitiveTagKeys"},
}


def test_each_statement_uses_only_condition_keys_of_its_action() -> None:
    for statement in statements():
        tested = {key for test in statement["Condition"].values() for key in test}
        of_every_request = {"aws:PrincipalArn", "aws:CurrentTime"}
        assert tested - of_every_request <= KEYS[statement["Action"]]


@pytest.mark.parametrize(
    "ends_at",
    [
        END,
        END + timedelta(milliseconds=999),
        END.astimezone(timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_every_statement_ends_with_the_engagement_in_whole_seconds_utc(
    ends_at: datetime,
) -> None:
    for statement in statements(ends_at=ends_at):
        assert statement["Condition"]["DateLessThan"] == {"aws:CurrentTime": "2026-12-31T18:00:00Z"}


@pytest.mark.parametrize(
    ("source_identity", "tags", "actions"),
    [
        (True, True, ["sts:SetSourceIdentity", "sts:TagSession"]),
        (True, False, ["sts:SetSourceIdentity"]),
        (False, True, ["sts:TagSession"]),
        (False, False, []),
    ],
)
def test_source_identity_and_tags_have_their_own_statements(
    *, source_identity: bool, tags: bool, actions: list[str]
) -> None:
    _, *more = statements(allows_source_identity=source_identity, allows_tags=tags)
    assert [statement["Action"] for statement in more] == actions


def test_a_policy_with_two_generated_external_ids_fits() -> None:
    trust = build_trust_policy(
        a_spec(
            external_ids=(EXTERNAL_ID, NEXT_EXTERNAL_ID),
            firm=replace(FIRM, broker_role_name=f"{'p' * 100}/{'b' * 64}"),
            ends_at=datetime(9999, 12, 31, tzinfo=UTC),
        )
    )
    assert size(trust) < TRUST_POLICY_MAX


def test_a_policy_that_is_too_long_is_refused() -> None:
    longest = "x" * 1224
    with pytest.raises(InvalidRequest, match="IAM accepts at most 2048") as refused:
        build_trust_policy(a_spec(external_ids=(longest, "y" * 1224)))
    assert refused.value.field == "external_ids"
    fits = a_spec(external_ids=("x" * 1000,))
    assert size(build_trust_policy(fits)) <= TRUST_POLICY_MAX
