"""Whom the client's role trusts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import session_tags
from chalicelib.domain.onboarding.setup.documents import TRUST_POLICY_MAX, size
from chalicelib.domain.onboarding.setup.trust import closed_trust_policy, trust_policy
from tests.domain.onboarding.setup.specs import END, EXTERNAL_ID, FIRM, NEXT_EXTERNAL_ID, a_spec


def statements(**changes: Any) -> list[Any]:
    trust = trust_policy(a_spec(**changes))
    assert trust["Version"] == "2012-10-17"
    return list(trust["Statement"])


def test_it_trusts_the_firms_account_on_condition_that_its_broker_role_comes() -> None:
    for statement in statements():
        assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
        assert statement["Condition"]["ArnEquals"] == {
            "aws:PrincipalArn": "arn:aws:iam::123456789012:role/daypass-broker"
        }


def test_to_come_in_takes_the_external_id() -> None:
    enter, *_ = statements()
    assert enter["Action"] == "sts:AssumeRole"
    assert enter["Condition"]["StringEquals"] == {"sts:ExternalId": EXTERNAL_ID}


def test_while_rotating_either_external_id_is_right() -> None:
    enter, *_ = statements(external_ids=(EXTERNAL_ID, NEXT_EXTERNAL_ID))
    assert enter["Condition"]["StringEquals"] == {"sts:ExternalId": [EXTERNAL_ID, NEXT_EXTERNAL_ID]}


def test_it_takes_the_tags_of_a_vend_and_no_others() -> None:
    """A tag of another key would override the role's own, by which the client's policies may go."""
    *_, tag = statements()
    assert tag["Action"] == "sts:TagSession"
    ours = [key for key, _ in session_tags("alice", "acme-prod")]
    assert tag["Condition"]["ForAllValues:StringEquals"] == {"aws:TagKeys": ours}
    assert tag["Condition"]["Null"] == {"aws:TagKeys": "false"}


# "Actions, resources, and condition keys for AWS STS" (Service Authorization Reference); aws:
# keys but those of tags are there in every request.
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


def test_no_statement_goes_by_a_key_that_its_action_does_not_have() -> None:
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
def test_every_statement_ends_with_the_engagement_in_whole_seconds_of_utc(
    ends_at: datetime,
) -> None:
    for statement in statements(ends_at=ends_at):
        assert statement["Condition"]["DateLessThan"] == {"aws:CurrentTime": "2026-12-31T18:00:00Z"}


@pytest.mark.parametrize(
    ("source_identity", "tags", "told"),
    [
        (True, True, ["sts:SetSourceIdentity", "sts:TagSession"]),
        (True, False, ["sts:SetSourceIdentity"]),
        (False, True, ["sts:TagSession"]),
        (False, False, []),
    ],
)
def test_what_else_it_takes_is_said_apart(
    *, source_identity: bool, tags: bool, told: list[str]
) -> None:
    _, *more = statements(allows_source_identity=source_identity, allows_tags=tags)
    assert [statement["Action"] for statement in more] == told


def test_a_rotating_trust_of_our_own_ids_fits_with_room_for_long_names() -> None:
    trust = trust_policy(
        a_spec(
            external_ids=(EXTERNAL_ID, NEXT_EXTERNAL_ID),
            firm=replace(FIRM, broker_role_name=f"{'p' * 100}/{'b' * 64}"),
            ends_at=datetime(9999, 12, 31, tzinfo=UTC),
        )
    )
    assert size(trust) < TRUST_POLICY_MAX


def test_one_that_would_not_fit_is_refused() -> None:
    longest = "x" * 1224
    with pytest.raises(InvalidRequest, match="IAM takes 2048") as refused:
        trust_policy(a_spec(external_ids=(longest, "y" * 1224)))
    assert refused.value.field == "external_ids"
    fits = a_spec(external_ids=("x" * 1000,))
    assert size(trust_policy(fits)) <= TRUST_POLICY_MAX


def test_a_closed_trust_policy_lets_nobody_in() -> None:
    (statement,) = closed_trust_policy()["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", {"AWS": "*"})
