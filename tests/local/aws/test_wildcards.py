"""Wildcards and ARNs ("Condition operators", IAM User Guide). A case that AWS does not document is
read in the stricter way: an Allow does not match, and a Deny does."""

from tests.local.scene import CLIENT, FIRM, FIRM_ROOT, function, new_role, trusting
from tests.rows import every

SENT = {"RoleSessionName": "ana", "ExternalId": FIRM, "Tags": [{"Key": "Team", "Value": "red"}]}
NAME, ID, ARN = "sts:RoleSessionName", "sts:ExternalId", "aws:PrincipalArn"


CONDITIONS = [
    ("StringLike", NAME, "a*", True),
    ("StringLike", NAME, "?na", True),
    ("StringLike", NAME, "?ana", False),
    ("StringEquals", NAME, "a*", False),
    ("StringNotEquals", NAME, ["ana", "x"], False),
    # An ARN is compared part by part.
    ("ArnLike", ARN, "arn:aws:iam::*:role/*", True),
    ("ArnLike", ARN, "arn:*:iam::12345678901?:role/brokers/role-*", True),
    ("ArnLike", ARN, "*", True),
    ("ArnLike", ARN, "arn:aws:iam::*", False),
    ("ArnEquals", ARN, "arn:*:role/*", False),
    ("ArnNotLike", ARN, "arn:aws:iam::*", True),
    ("StringLike", ARN, "arn:aws:iam::*", True),
    # AWS does not document a key with several values, or an unknown operator.
    ("StringNotEquals", "aws:TagKeys", "x", False),
    ("StringSame", NAME, "ana", False),
]
# AWS does not document how the ARN operators read a value that is not an ARN.
NO_ARN = [
    (operator, key, value)
    for operator in ("ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals")
    for key, value in ((NAME, "*"), (NAME, "ana"), (ID, "arn:aws:iam::*:role/*"))
]


@every("operator, key, value, met", CONDITIONS)
def test_a_condition_with_a_wildcard_is_met(role, operator, key, value, *, met):
    conditional = trusting(FIRM_ROOT, **{operator: {key: value}})
    assert role.accepts([conditional, trusting(FIRM_ROOT, "sts:TagSession")], **SENT) is met


@every(
    "operator, key, value, met", [*CONDITIONS[:-2], *((*row[:3], True) for row in CONDITIONS[-2:])]
)
def test_a_deny_with_a_condition_that_is_met_refuses(role, operator, key, value, *, met):
    deny = {**trusting(FIRM_ROOT, **{operator: {key: value}}), "Effect": "Deny"}
    assert role.accepts([trusting(FIRM_ROOT, "sts:*"), deny], **SENT) is not met


@every("operator, key, value", NO_ARN)
def test_an_arn_operator_allows_no_value_that_is_not_an_arn_but_denies_it(
    role, operator, key, value
):
    met = trusting(FIRM_ROOT, **{operator: {key: value}})
    assert not role.accepts([met, trusting(FIRM_ROOT, "sts:TagSession")], **SENT)
    assert not role.accepts([trusting(FIRM_ROOT, "sts:*"), {**met, "Effect": "Deny"}], **SENT)


ROLES = f"arn:aws:iam::{CLIENT}:role"


@every(
    "statement, may",
    [
        ({"Resource": f"{ROLES}/blue/*"}, True),
        ({"Resource": f"{ROLES}/blu?/role-*"}, True),
        ({"Resource": f"{ROLES}/red/*"}, False),
        ({"NotResource": f"{ROLES}/blue/*"}, False),
        ({"NotResource": f"{ROLES}/red/*"}, True),
    ],
)
def test_the_callers_policy_can_name_resources(aws, statement, *, may):
    _, caller = function(aws, permissions=[{"Effect": "Allow", "Action": "sts:*", **statement}])
    role = new_role(aws, CLIENT, trust=[trusting(FIRM_ROOT)], Path="/blue/")
    assert caller.may(role) is may
