"""Trust policies as clients write them, and who gets in with which external ID."""

from __future__ import annotations

from typing import Any

import pytest

from local.endpoint import Endpoint
from tests.local.scene import (
    BY_LAMBDA,
    CLIENT,
    FIRM,
    Credentials,
    function,
    new_role,
    refusal,
    set_trust,
    trusting,
)

ID = "Acme-7f3kQ"
FIRM_ROOT = {"AWS": f"arn:aws:iam::{FIRM}:root"}
TRIED = {
    "the right one": {"ExternalId": ID},
    "none": {},
    "a wrong one": {"ExternalId": "Globex-1"},
    "the right one in other case": {"ExternalId": ID.lower()},
}
ALL_TRIED = frozenset(TRIED)
RIGHT = frozenset({"the right one"})
ANY_CASE = RIGHT | {"the right one in other case"}
NOBODY: frozenset[str] = frozenset()
SOME = ALL_TRIED - {"none"}


@pytest.fixture(scope="module")
def caller(aws: Endpoint) -> tuple[str, Credentials]:
    return function(aws, Path="/brokers/")


@pytest.fixture(scope="module")
def role(aws: Endpoint) -> str:
    return new_role(aws, CLIENT, trust=[BY_LAMBDA])


def entries(credentials: Credentials, role: str) -> set[str]:
    return {name for name, sent in TRIED.items() if credentials.may(role, **sent)}


@pytest.mark.parametrize(
    ("condition", "getting_in"),
    [
        ({"StringEquals": {"sts:ExternalId": ID}}, RIGHT),
        ({"StringEquals": {"STS:externalid": ID}}, RIGHT),
        ({"StringEquals": {"sts:ExternalId": ["another", ID]}}, RIGHT),
        ({"StringEquals": {"sts:ExternalId": ID.lower()}}, ANY_CASE - RIGHT),
        ({"StringEqualsIgnoreCase": {"sts:ExternalId": ID}}, ANY_CASE),
        ({"StringLike": {"sts:ExternalId": ID}}, RIGHT),
        ({"StringLike": {"sts:ExternalId": "Acme-*"}}, RIGHT),
        ({"StringLike": {"sts:ExternalId": "*"}}, SOME),
        ({"StringEqualsIfExists": {"sts:ExternalId": ID}}, RIGHT | {"none"}),
        ({"StringLikeIfExists": {"sts:ExternalId": "Acme-*"}}, RIGHT | {"none"}),
        ({"ForAllValues:StringEquals": {"sts:ExternalId": ID}}, RIGHT | {"none"}),
        ({"ForAnyValue:StringEquals": {"sts:ExternalId": ID}}, RIGHT),
        ({"StringNotEquals": {"sts:ExternalId": ID}}, ALL_TRIED - RIGHT),
        ({"Null": {"sts:ExternalId": "false"}}, SOME),
        ({"Null": {"sts:ExternalId": "true"}}, {"none"}),
        ({"StringEqual": {"sts:ExternalId": ID}}, NOBODY),
        ({}, ALL_TRIED),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_condition_on_the_external_id_lets_in_only(
    aws: Endpoint,
    caller: tuple[str, Credentials],
    role: str,
    condition: dict[str, Any],
    getting_in: frozenset[str],
) -> None:
    set_trust(aws, role, [trusting(FIRM_ROOT, **condition)])
    assert entries(caller[1], role) == getting_in


def deny(**condition: Any) -> dict[str, Any]:
    return {**trusting(FIRM_ROOT, **condition), "Effect": "Deny"}


@pytest.mark.parametrize(
    ("statements", "getting_in"),
    [
        ([deny(StringNotEquals={"sts:ExternalId": ID}), trusting(FIRM_ROOT)], RIGHT),
        ([trusting(FIRM_ROOT), deny(StringNotEquals={"sts:ExternalId": ID})], RIGHT),
        ([deny(Null={"sts:ExternalId": "true"}), trusting(FIRM_ROOT)], SOME),
        ([trusting("*"), deny()], NOBODY),
        (
            [trusting(FIRM_ROOT), trusting(FIRM_ROOT, StringEquals={"sts:ExternalId": ID})],
            ALL_TRIED,
        ),
        ([], NOBODY),
    ],
)
def test_statements_together_let_in_only(
    aws: Endpoint,
    caller: tuple[str, Credentials],
    role: str,
    statements: list[dict[str, Any]],
    getting_in: frozenset[str],
) -> None:
    set_trust(aws, role, statements)
    assert entries(caller[1], role) == getting_in


@pytest.mark.parametrize(
    ("principal", "lets_in"),
    [
        ("*", True),
        ({"AWS": "*"}, True),
        ({"AWS": FIRM}, True),
        ({"AWS": [CLIENT, f"arn:aws:iam::{FIRM}:root"]}, True),
        ({"AWS": "{role}"}, True),
        ({"AWS": "{session}"}, True),
        ({"AWS": "{role}-other"}, False),
        ({"AWS": f"arn:aws:iam::{FIRM}:role/{{name}}"}, False),  # without the role's path
        ({"AWS": f"arn:aws:iam::{FIRM}:role/*"}, False),
        ({"AWS": f"arn:aws:iam::{CLIENT}:root"}, False),
        ({"AWS": "111122223333"}, False),
        ({"Service": "lambda.amazonaws.com"}, False),
        ({"Federated": "accounts.google.com"}, False),
    ],
    ids=str,
)
def test_a_principal_is(
    aws: Endpoint,
    caller: tuple[str, Credentials],
    role: str,
    principal: Any,
    *,
    lets_in: bool,
) -> None:
    role_arn, credentials = caller
    if isinstance(principal, dict) and isinstance(principal.get("AWS"), str):
        name = role_arn.rsplit("/", 1)[-1]
        session = f"arn:aws:sts::{FIRM}:assumed-role/{name}/a-function"
        named = principal["AWS"].format(role=role_arn, session=session, name=name)
        principal = {"AWS": named}
    set_trust(aws, role, [trusting(principal, StringEquals={"sts:ExternalId": ID})])
    assert entries(credentials, role) == (RIGHT if lets_in else NOBODY)


@pytest.mark.parametrize(
    ("operator", "pattern", "lets_in"),
    [
        ("ArnEquals", "{role}", True),
        ("ArnLike", f"arn:aws:iam::{FIRM}:role/brokers/*", True),
        ("StringEquals", "{role}", True),
        ("ArnEquals", f"arn:aws:sts::{FIRM}:assumed-role/{{name}}/a-function", False),
        ("ArnEquals", f"arn:aws:iam::{FIRM}:role/{{name}}", False),  # without the role's path
        ("ArnEquals", f"arn:aws:iam::{FIRM}:role/brokers/another", False),
        ("ArnNotEquals", "{role}", False),
    ],
)
def test_the_principal_arn_of_a_session_is_its_roles(
    aws: Endpoint,
    caller: tuple[str, Credentials],
    role: str,
    operator: str,
    pattern: str,
    *,
    lets_in: bool,
) -> None:
    role_arn, credentials = caller
    expected = pattern.format(role=role_arn, name=role_arn.rsplit("/", 1)[-1])
    set_trust(aws, role, [trusting(FIRM_ROOT, **{operator: {"aws:PrincipalArn": expected}})])
    assert credentials.may(role) is lets_in


@pytest.mark.parametrize(
    ("statement", "lets_in"),
    [
        ({"Action": "sts:*"}, True),
        ({"Action": "*"}, True),
        ({"Action": "sts:assumerole"}, True),
        ({"Action": "sts:Assume*"}, True),
        ({"Action": ["sts:TagSession", "sts:AssumeRole"]}, True),
        ({"NotAction": "iam:*"}, True),
        ({"Action": "sts:TagSession"}, False),
        ({"Action": "sts:AssumeRoleWithWebIdentity"}, False),
        ({"NotAction": "sts:*"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_a_statement_counts_only_for_its_actions(
    aws: Endpoint,
    caller: tuple[str, Credentials],
    role: str,
    statement: dict[str, Any],
    *,
    lets_in: bool,
) -> None:
    set_trust(aws, role, [{"Effect": "Allow", "Principal": FIRM_ROOT, **statement}])
    assert caller[1].may(role) is lets_in


@pytest.mark.parametrize("field", ["Resource", "NotResource"])
def test_iam_stores_no_trust_policy_with_a_resource(
    aws: Endpoint, caller: tuple[str, Credentials], role: str, field: str
) -> None:
    with_resource = {**trusting(FIRM_ROOT), field: "*"}
    told = ("MalformedPolicyDocument", f"Has prohibited field {field}", 400)
    for attempt in (
        refusal(new_role, aws, CLIENT, trust=[with_resource]),
        refusal(set_trust, aws, role, [trusting(FIRM_ROOT), with_resource]),
    ):
        assert attempt is not None
        assert (attempt.code, attempt.message, attempt.status) == told


@pytest.mark.parametrize(
    ("operator", "lets_in"), [("DateLessThan", False), ("DateGreaterThan", True)]
)
def test_a_client_may_date_its_trust(
    aws: Endpoint, caller: tuple[str, Credentials], role: str, operator: str, *, lets_in: bool
) -> None:
    condition = {operator: {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    set_trust(aws, role, [trusting(FIRM_ROOT, **condition)])
    assert caller[1].may(role) is lets_in
