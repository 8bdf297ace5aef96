"""Trust policies as clients write them, and the external IDs that each accepts."""

from tests.local.scene import CLIENT, FIRM, FIRM_ROOT, trusting
from tests.rows import every

ID = "Acme-7f3kQ"
EXTERNAL_IDS = {
    "the right one": {"ExternalId": ID},
    "none": {},
    "a wrong one": {"ExternalId": "Globex-1"},
    "the right one in other case": {"ExternalId": ID.lower()},
}
ALL_IDS = frozenset(EXTERNAL_IDS)
RIGHT = frozenset({"the right one"})
ANY_CASE = RIGHT | {"the right one in other case"}
NONE = frozenset()
SOME = ALL_IDS - {"none"}


def accepted_by(role, trust):
    return {name for name, sent in EXTERNAL_IDS.items() if role.accepts(trust, **sent)}


@every(
    "condition, accepted_ids",
    [
        ({"StringEquals": {"sts:ExternalId": ID}}, RIGHT),
        ({"StringEquals": {"sts:ExternalId": ["another", ID]}}, RIGHT),
        ({"StringEquals": {"sts:ExternalId": ID.lower()}}, ANY_CASE - RIGHT),
        ({"StringEqualsIgnoreCase": {"sts:ExternalId": ID}}, ANY_CASE),
        ({"StringLike": {"sts:ExternalId": "Acme-*"}}, RIGHT),
        ({"StringLike": {"sts:ExternalId": "*"}}, SOME),
        ({"StringEqualsIfExists": {"sts:ExternalId": ID}}, RIGHT | {"none"}),
        ({"ForAllValues:StringEquals": {"sts:ExternalId": ID}}, RIGHT | {"none"}),
        ({"ForAnyValue:StringEquals": {"sts:ExternalId": ID}}, RIGHT),
        ({"StringNotEquals": {"sts:ExternalId": ID}}, ALL_IDS - RIGHT),
        ({"Null": {"sts:ExternalId": "false"}}, SOME),
        ({"StringEqual": {"sts:ExternalId": ID}}, NONE),
        ({}, ALL_IDS),
    ],
)
def test_a_condition_on_the_external_id_accepts_only(role, condition, accepted_ids):
    assert accepted_by(role, [trusting(FIRM_ROOT, **condition)]) == accepted_ids


def deny(**condition):
    return {**trusting(FIRM_ROOT, **condition), "Effect": "Deny"}


@every(
    "statements, accepted_ids",
    [
        ([deny(StringNotEquals={"sts:ExternalId": ID}), trusting(FIRM_ROOT)], RIGHT),
        ([trusting(FIRM_ROOT), deny(StringNotEquals={"sts:ExternalId": ID})], RIGHT),
        ([deny(Null={"sts:ExternalId": "true"}), trusting(FIRM_ROOT)], SOME),
        ([trusting("*"), deny()], NONE),
        (
            [trusting(FIRM_ROOT), trusting(FIRM_ROOT, StringEquals={"sts:ExternalId": ID})],
            ALL_IDS,
        ),
        ([], NONE),
    ],
)
def test_several_statements_accept_only(role, statements, accepted_ids):
    assert accepted_by(role, statements) == accepted_ids


@every(
    "principal, accepted",
    [
        ("*", True),
        ({"AWS": FIRM}, True),
        ({"AWS": [CLIENT, f"arn:aws:iam::{FIRM}:root"]}, True),
        ({"AWS": "{role}"}, True),
        ({"AWS": "{session}"}, True),
        ({"AWS": f"arn:aws:iam::{FIRM}:role/{{name}}"}, False),  # without the role's path
        ({"AWS": f"arn:aws:iam::{FIRM}:role/*"}, False),
        ({"AWS": "111122223333"}, False),
        ({"Service": "lambda.amazonaws.com"}, False),
    ],
)
def test_a_principal_matches_the_caller(role, principal, *, accepted):
    if isinstance(principal, dict) and isinstance(principal.get("AWS"), str):
        name = role.caller_arn.rsplit("/", 1)[-1]
        session = f"arn:aws:sts::{FIRM}:assumed-role/{name}/a-function"
        arn = principal["AWS"].format(role=role.caller_arn, session=session, name=name)
        principal = {"AWS": arn}
    trust = [trusting(principal, StringEquals={"sts:ExternalId": ID})]
    assert accepted_by(role, trust) == (RIGHT if accepted else NONE)


@every(
    "operator, pattern, accepted",
    [
        ("ArnEquals", "{role}", True),
        ("ArnLike", f"arn:aws:iam::{FIRM}:role/brokers/*", True),
        ("ArnEquals", f"arn:aws:sts::{FIRM}:assumed-role/{{name}}/a-function", False),
        ("ArnEquals", f"arn:aws:iam::{FIRM}:role/{{name}}", False),  # without the role's path
        ("ArnNotEquals", "{role}", False),
    ],
)
def test_the_principal_arn_of_a_session_is_that_of_its_role(role, operator, pattern, *, accepted):
    expected = pattern.format(role=role.caller_arn, name=role.caller_arn.rsplit("/", 1)[-1])
    trust = [trusting(FIRM_ROOT, **{operator: {"aws:PrincipalArn": expected}})]
    assert role.accepts(trust) is accepted


@every(
    "statement, accepted",
    [
        ({"Action": "sts:*"}, True),
        ({"Action": "sts:assumerole"}, True),
        ({"Action": "sts:Assume*"}, True),
        ({"NotAction": "iam:*"}, True),
        ({"Action": "sts:TagSession"}, False),
        ({"NotAction": "sts:*"}, False),
        ({}, False),
    ],
)
def test_a_statement_applies_only_to_its_actions(role, statement, *, accepted):
    assert role.accepts([{"Effect": "Allow", "Principal": FIRM_ROOT, **statement}]) is accepted


@every("operator, accepted", [("DateLessThan", False), ("DateGreaterThan", True)])
def test_a_trust_policy_can_have_a_date_condition(role, operator, *, accepted):
    condition = {operator: {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    assert role.accepts([trusting(FIRM_ROOT, **condition)]) is accepted
