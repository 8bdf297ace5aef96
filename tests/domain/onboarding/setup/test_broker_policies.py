"""The broker role's permissions policies."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.setup.broker_policies import build_broker_policies
from chalicelib.domain.policies.documents import MANAGED_POLICY_MAX, Document, size
from chalicelib.domain.reasons import Reason
from tests.domain.onboarding.setup.specs import FIRM

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


def listed(documents: tuple[Document, ...]) -> list[str]:
    return [arn for document in documents for arn in document["Statement"][0]["Resource"]]


@given(st.one_of(st.lists(arns, max_size=60), st.lists(arns, min_size=100, max_size=250)))
@settings(usual, max_examples=15)
def test_every_role_is_listed_once_and_every_policy_fits(role_arns: list[str]) -> None:
    documents = build_broker_policies(FIRM, role_arns)
    assert listed(documents) == list(dict.fromkeys(role_arns))
    for document in documents:
        assert size(document) <= MANAGED_POLICY_MAX
        assert listed((document,))


@given(st.lists(arns, min_size=1, max_size=150, unique=True))
@usual
def test_a_policy_begins_only_when_the_one_before_is_full(role_arns: list[str]) -> None:
    documents = build_broker_policies(FIRM, role_arns)
    for document, following in itertools.pairwise(documents):
        first = following["Statement"][0]["Resource"][0]
        assume, *denies = document["Statement"]
        fuller = {**assume, "Resource": [*assume["Resource"], first]}
        # The list's first member has no comma, which saves one character.
        assert size({**document, "Statement": [fuller, *denies]}) > MANAGED_POLICY_MAX - 1


@given(st.lists(arns, min_size=1, max_size=150, unique=True), arns)
@usual
def test_a_role_added_at_the_end_changes_the_last_policy_only(
    role_arns: list[str], added: str
) -> None:
    before, after = (
        build_broker_policies(FIRM, role_arns),
        build_broker_policies(FIRM, [*role_arns, added]),
    )
    assert after[: len(before) - 1] == before[:-1]
    assert len(after) <= len(before) + 1


OTHERS = ("222233334444", "333344445555")
MANY = tuple(f"{number:012}" for number in range(50))


def test_a_policy_has_room_for_the_most_accounts_that_can_be_listed() -> None:
    firm = replace(FIRM, other_accounts=MANY, organization_id="o-" + "x" * 32)
    role_arns = [f"arn:aws:iam::987654321098:role/{'r' * 60}{n:04}" for n in range(100)]
    documents = build_broker_policies(firm, role_arns)
    assert listed(documents) == role_arns
    assert all(size(document) <= MANAGED_POLICY_MAX for document in documents)


@pytest.mark.parametrize(
    ("arn", "reason"),
    [
        ("arn:aws:iam::123456789012:role/Ours", Reason.DAYPASS_ACCOUNT),
        ("arn:aws:iam::222233334444:role/Ours", Reason.FIRM_ACCOUNT),
        ("arn:aws:iam::987654321098:role/*", Reason.BAD_VALUE),
    ],
)
def test_other_arns_are_refused(arn: str, reason: Reason) -> None:
    firm = replace(FIRM, other_accounts=OTHERS)
    with pytest.raises(InvalidRequest) as refused:
        build_broker_policies(firm, ["arn:aws:iam::987654321098:role/R", arn])
    assert refused.value.reason is reason
