"""Policy variables, wildcards and ARNs in the policies of both sides.

"IAM policy elements: Variables and tags" and "Condition operators" (IAM User Guide). A case
that AWS does not document is read in the stricter way.
"""

from __future__ import annotations

import json
from typing import Any

from local.endpoint import Endpoint
from tests.local.aws.conftest import ClientRole
from tests.local.scene import ALLOW_ALL, CLIENT, FIRM, FIRM_ROOT, function, new_role, trusting
from tests.rows import every

SENT = {"RoleSessionName": "ana", "ExternalId": FIRM, "Tags": [{"Key": "Team", "Value": "red"}]}
NAME, ID, ARN = "sts:RoleSessionName", "sts:ExternalId", "aws:PrincipalArn"


CONDITIONS = [
    ("StringEquals", ID, "${aws:PrincipalAccount}", True),
    ("StringEquals", ID, "${AWS:principalaccount}", True),
    ("StringEquals", ID, "${aws:PrincipalAccount}x", False),
    ("StringEquals", ID, ["x", "${aws:PrincipalAccount}"], True),
    ("StringNotEquals", ID, "${aws:PrincipalAccount}", False),
    ("StringLike", ID, "${aws:PrincipalAccount}*", True),
    ("StringLike", ID, "?${aws:PrincipalAccount}", False),
    ("StringEquals", "aws:RequestTag/Team", "${aws:RequestTag/Team}", True),
    ("StringEquals", "aws:RequestTag/Team", "${aws:PrincipalTag/team}", False),
    # An absent key equals nothing and is like nothing.
    ("StringEquals", NAME, "${aws:username}", False),
    ("StringLike", NAME, "${aws:username}*", False),
    ("StringNotEquals", NAME, "${aws:username}", True),
    ("StringNotLike", NAME, "*${aws:username}", True),
    ("StringEquals", NAME, ["${aws:username}", "ana"], True),
    ("StringEquals", NAME, "${aws:username, 'ana'}", True),
    ("StringEquals", NAME, "${aws:username,'ana'}", True),
    ("StringEquals", NAME, "${aws:username, 'ben'}", False),
    ("StringEquals", ID, "${aws:PrincipalAccount, 'other'}", True),
    ("StringEquals", NAME, "${aws:username, ana}", False),
    # Escaped wildcards and wildcards in a value are literal.
    ("StringLike", NAME, "a*", True),
    ("StringLike", NAME, "${*}", False),
    ("StringLike", NAME, "a${*}", False),
    ("StringLike", NAME, "a${?}a", False),
    ("StringLike", NAME, "${aws:username, '*'}", False),
    ("StringNotLike", NAME, "a${*}", True),
    ("StringLike", NAME, "ana${$}", False),
    # Operators without wildcards, and malformed variables.
    ("StringEquals", NAME, "a*", False),
    ("StringEquals", ID, "${aws:PrincipalAccount", False),
    ("StringEquals", ID, "$aws:PrincipalAccount", False),
    ("StringEquals", ID, "${}", False),
    # AWS does not document a variable for a key with several values, so no Allow matches.
    ("StringEquals", "aws:RequestTag/Team", "${aws:TagKeys}", False),
    ("StringNotEquals", NAME, "${aws:TagKeys}", False),
    # An ARN is compared part by part.
    ("ArnEquals", ARN, "arn:aws:iam::${aws:PrincipalAccount}:role/brokers/*", True),
    ("ArnLike", ARN, "arn:aws:iam::*:role/*", True),
    ("ArnLike", ARN, "arn:*:iam::12345678901?:role/brokers/role-*", True),
    ("ArnLike", ARN, "*", True),
    ("ArnLike", ARN, "arn:aws:iam::*", False),
    ("ArnEquals", ARN, "arn:*:role/*", False),
    ("ArnNotLike", ARN, "arn:aws:iam::*", True),
    ("StringLike", ARN, "arn:aws:iam::*", True),
]
# AWS does not document how the ARN operators read a value that is not an ARN.
NO_ARN = [
    (operator, key, value)
    for operator in ("ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals")
    for key, value in ((NAME, "*"), (NAME, "ana"), (ID, "arn:aws:iam::*:role/*"))
]


@every("operator, key, value, met", CONDITIONS)
def test_a_condition_with_a_variable_or_a_wildcard_is_met(
    role: ClientRole, operator: str, key: str, value: Any, *, met: bool
) -> None:
    conditional = trusting(FIRM_ROOT, **{operator: {key: value}})
    assert role.accepts([conditional, trusting(FIRM_ROOT, "sts:TagSession")], **SENT) is met


@every(
    "operator, key, value, met",
    # An undocumented condition matches in a Deny.
    [row for row in CONDITIONS if "${aws:TagKeys}" not in str(row[2])]
    + [("StringEquals", NAME, "${aws:TagKeys}", True), ("StringSame", NAME, "ben", True)],
)
def test_a_deny_with_a_condition_that_is_met_refuses(
    role: ClientRole, operator: str, key: str, value: Any, *, met: bool
) -> None:
    deny = {**trusting(FIRM_ROOT, **{operator: {key: value}}), "Effect": "Deny"}
    assert role.accepts([trusting(FIRM_ROOT, "sts:*"), deny], **SENT) is not met


@every("operator, key, value", NO_ARN)
def test_an_arn_operator_allows_no_value_that_is_not_an_arn_but_denies_it(
    role: ClientRole, operator: str, key: str, value: str
) -> None:
    met = trusting(FIRM_ROOT, **{operator: {key: value}})
    assert not role.accepts([met, trusting(FIRM_ROOT, "sts:TagSession")], **SENT)
    assert not role.accepts([trusting(FIRM_ROOT, "sts:*"), {**met, "Effect": "Deny"}], **SENT)


@every("version, accepted", [("2012-10-17", True), ("2008-10-17", False), (None, False)])
def test_only_the_newer_policy_version_has_variables(
    role: ClientRole, version: str | None, *, accepted: bool
) -> None:
    statement = trusting(FIRM_ROOT, StringEquals={ID: "${aws:PrincipalAccount}"})
    document = {"Statement": statement, **({"Version": version} if version else {})}
    role.aws.as_root(CLIENT, "iam").update_assume_role_policy(
        RoleName=role.arn.rsplit("/", 1)[1], PolicyDocument=json.dumps(document)
    )
    assert role.caller.may(role.arn, ExternalId=FIRM) is accepted


ROLES = f"arn:aws:iam::{CLIENT}:role"


@every(
    "statement, may",
    [
        ({"Resource": f"{ROLES}/${{aws:PrincipalTag/team}}/*"}, True),
        ({"Resource": f"{ROLES}/${{aws:PrincipalTag/none}}/*"}, False),
        ({"Resource": f"{ROLES}/${{aws:PrincipalTag/none, 'blue'}}/*"}, True),
        ({"Resource": f"{ROLES}/${{*}}"}, False),
        ({"NotResource": f"{ROLES}/${{aws:PrincipalTag/team}}/*"}, False),
        ({"NotResource": f"{ROLES}/${{aws:PrincipalTag/none}}/*"}, True),
    ],
)
def test_the_callers_policy_can_have_variables_in_resources(
    aws: Endpoint, statement: dict[str, str], *, may: bool
) -> None:
    allow = {"Effect": "Allow", "Action": "sts:*", **statement}
    tags = [{"Key": "team", "Value": "blue"}]
    _, caller = function(aws, permissions=[allow], Tags=tags)
    role = new_role(aws, CLIENT, trust=[trusting(FIRM_ROOT)], Path="/blue/")
    assert caller.may(role) is may


def test_the_callers_policy_can_have_variables_in_conditions(aws: Endpoint) -> None:
    own = {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}
    deny = {**ALLOW_ALL, "Effect": "Deny", "Condition": own}
    _, caller = function(aws, permissions=[ALLOW_ALL, deny])
    everybody = [trusting("*")]
    assert caller.may(new_role(aws, CLIENT, trust=everybody))
    assert not caller.may(new_role(aws, FIRM, trust=everybody))
