"""The trust policy of the client's role, and the broker role's permissions policies."""

import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import build_session_tags
from chalicelib.domain.onboarding.setup.broker_policies import build_broker_policies
from chalicelib.domain.onboarding.setup.resources import (
    build_trust_policy,
)
from chalicelib.domain.policies.documents import MANAGED_POLICY_MAX, TRUST_POLICY_MAX, size
from chalicelib.domain.reasons import Reason
from tests.domain.onboarding.setup.specs import END, EXTERNAL_ID, FIRM, NEXT_EXTERNAL_ID, a_spec
from tests.rows import every


def statements(**changes):
    trust = build_trust_policy(a_spec(**changes))
    assert trust["Version"] == "2012-10-17"
    return list(trust["Statement"])


def test_it_accepts_only_the_tags_of_a_vend():
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


def test_each_statement_uses_only_condition_keys_of_its_action():
    for statement in statements():
        tested = {key for test in statement["Condition"].values() for key in test}
        of_every_request = {"aws:PrincipalArn", "aws:CurrentTime"}
        assert tested - of_every_request <= KEYS[statement["Action"]]


@every(
    "ends_at",
    [
        END,
        END + timedelta(milliseconds=999),
        END.astimezone(timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_every_statement_ends_with_the_engagement_in_whole_seconds_utc(ends_at):
    for statement in statements(ends_at=ends_at):
        assert statement["Condition"]["DateLessThan"] == {"aws:CurrentTime": "2026-12-31T18:00:00Z"}


@every(
    "source_identity, tags, actions",
    [
        (True, True, ["sts:SetSourceIdentity", "sts:TagSession"]),
        (True, False, ["sts:SetSourceIdentity"]),
        (False, True, ["sts:TagSession"]),
        (False, False, []),
    ],
)
def test_source_identity_and_tags_have_their_own_statements(*, source_identity, tags, actions):
    _, *more = statements(allows_source_identity=source_identity, allows_tags=tags)
    assert [statement["Action"] for statement in more] == actions


def test_a_policy_with_two_generated_external_ids_fits():
    trust = build_trust_policy(
        a_spec(
            external_ids=(EXTERNAL_ID, NEXT_EXTERNAL_ID),
            firm=replace(FIRM, broker_role_name=f"{'p' * 100}/{'b' * 64}"),
            ends_at=datetime(9999, 12, 31, tzinfo=UTC),
        )
    )
    assert size(trust) < TRUST_POLICY_MAX


def test_a_policy_that_is_too_long_is_refused():
    longest = "x" * 1224
    with pytest.raises(InvalidRequest, match="IAM accepts at most 2048") as refused:
        build_trust_policy(a_spec(external_ids=(longest, "y" * 1224)))
    assert refused.value.field == "external_ids"
    fits = a_spec(external_ids=("x" * 1000,))
    assert size(build_trust_policy(fits)) <= TRUST_POLICY_MAX


usual = settings(max_examples=60)

accounts = st.integers(200_000_000_000, 200_000_000_050).map(str)
names = st.one_of(
    st.text("abc-_", min_size=1, max_size=64), st.integers(1, 64).map(lambda n: "r" * n)
)
paths = st.one_of(
    st.just("/"),
    st.text('ab"\\', min_size=1, max_size=100).map(lambda part: f"/{part}/"),
    st.integers(1, 510).map(lambda length: f"/{'p' * length}/"),
)
arns = st.builds(
    lambda account, path, name: f"arn:aws:iam::{account}:role{path}{name}", accounts, paths, names
)


def listed(documents):
    return [arn for document in documents for arn in document["Statement"][0]["Resource"]]


@given(st.one_of(st.lists(arns, max_size=60), st.lists(arns, min_size=100, max_size=250)))
@settings(usual, max_examples=15)
def test_every_role_is_listed_once_and_every_policy_fits(role_arns):
    documents = build_broker_policies(FIRM, role_arns)
    assert listed(documents) == list(dict.fromkeys(role_arns))
    for document in documents:
        assert size(document) <= MANAGED_POLICY_MAX
        assert listed((document,))


@given(st.lists(arns, min_size=1, max_size=150, unique=True))
@usual
def test_a_policy_begins_only_when_the_one_before_is_full(role_arns):
    documents = build_broker_policies(FIRM, role_arns)
    for document, following in itertools.pairwise(documents):
        first = following["Statement"][0]["Resource"][0]
        assume, *denies = document["Statement"]
        fuller = {**assume, "Resource": [*assume["Resource"], first]}
        # The list's first member has no comma, which saves one character.
        assert size({**document, "Statement": [fuller, *denies]}) > MANAGED_POLICY_MAX - 1


@given(st.lists(arns, min_size=1, max_size=150, unique=True), arns)
@usual
def test_a_role_added_at_the_end_changes_the_last_policy_only(role_arns, added):
    before, after = (
        build_broker_policies(FIRM, role_arns),
        build_broker_policies(FIRM, [*role_arns, added]),
    )
    assert after[: len(before) - 1] == before[:-1]
    assert len(after) <= len(before) + 1


OTHERS = ("222233334444", "333344445555")
MANY = tuple(f"{number:012}" for number in range(50))


def test_a_policy_has_room_for_the_most_accounts_that_can_be_listed():
    firm = replace(FIRM, other_accounts=MANY, organization_id="o-" + "x" * 32)
    role_arns = [f"arn:aws:iam::987654321098:role/{'r' * 60}{n:04}" for n in range(100)]
    documents = build_broker_policies(firm, role_arns)
    assert listed(documents) == role_arns
    assert all(size(document) <= MANAGED_POLICY_MAX for document in documents)


@every(
    "arn, reason",
    [
        ("arn:aws:iam::123456789012:role/Ours", Reason.DAYPASS_ACCOUNT),
        ("arn:aws:iam::222233334444:role/Ours", Reason.FIRM_ACCOUNT),
        ("arn:aws:iam::987654321098:role/*", Reason.BAD_VALUE),
    ],
)
def test_other_arns_are_refused(arn, reason):
    firm = replace(FIRM, other_accounts=OTHERS)
    with pytest.raises(InvalidRequest) as refused:
        build_broker_policies(firm, ["arn:aws:iam::987654321098:role/R", arn])
    assert refused.value.reason is reason
