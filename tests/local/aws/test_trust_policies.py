"""Trust policies as clients write them, and who gets in with which external ID."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.aws.conftest import ClientRole
from tests.local.scene import CLIENT, FIRM, FIRM_ROOT, new_role, refusal, set_trust, trusting

ID = "Acme-7f3kQ"
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


def entries(role: ClientRole, trust: list[dict[str, Any]]) -> set[str]:
    return {name for name, sent in TRIED.items() if role.admits(trust, **sent)}


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
    role: ClientRole, condition: dict[str, Any], getting_in: frozenset[str]
) -> None:
    assert entries(role, [trusting(FIRM_ROOT, **condition)]) == getting_in


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
    role: ClientRole, statements: list[dict[str, Any]], getting_in: frozenset[str]
) -> None:
    assert entries(role, statements) == getting_in


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
def test_a_principal_is(role: ClientRole, principal: Any, *, lets_in: bool) -> None:
    if isinstance(principal, dict) and isinstance(principal.get("AWS"), str):
        name = role.caller_arn.rsplit("/", 1)[-1]
        session = f"arn:aws:sts::{FIRM}:assumed-role/{name}/a-function"
        named = principal["AWS"].format(role=role.caller_arn, session=session, name=name)
        principal = {"AWS": named}
    trust = [trusting(principal, StringEquals={"sts:ExternalId": ID})]
    assert entries(role, trust) == (RIGHT if lets_in else NOBODY)


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
    role: ClientRole, operator: str, pattern: str, *, lets_in: bool
) -> None:
    expected = pattern.format(role=role.caller_arn, name=role.caller_arn.rsplit("/", 1)[-1])
    trust = [trusting(FIRM_ROOT, **{operator: {"aws:PrincipalArn": expected}})]
    assert role.admits(trust) is lets_in


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
    role: ClientRole, statement: dict[str, Any], *, lets_in: bool
) -> None:
    assert role.admits([{"Effect": "Allow", "Principal": FIRM_ROOT, **statement}]) is lets_in


@pytest.mark.parametrize("field", ["Resource", "NotResource"])
def test_iam_stores_no_trust_policy_with_a_resource(role: ClientRole, field: str) -> None:
    with_resource = {**trusting(FIRM_ROOT), field: "*"}
    told = ("MalformedPolicyDocument", f"Has prohibited field {field}", 400)
    for attempt in (
        refusal(new_role, role.aws, CLIENT, trust=[with_resource]),
        refusal(set_trust, role.aws, role.arn, [trusting(FIRM_ROOT), with_resource]),
    ):
        assert attempt is not None
        assert (attempt.code, attempt.message, attempt.status) == told


@pytest.mark.parametrize(
    ("operator", "lets_in"), [("DateLessThan", False), ("DateGreaterThan", True)]
)
def test_a_client_may_date_its_trust(role: ClientRole, operator: str, *, lets_in: bool) -> None:
    condition = {operator: {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    assert role.admits([trusting(FIRM_ROOT, **condition)]) is lets_in
