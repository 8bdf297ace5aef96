"""Clients' own permissions policies: refused ones with the place, and ones with warnings."""

from __future__ import annotations

import sys
from typing import Any

GET: dict[str, Any] = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::acme-invoices/*",
}


def policy(*statements: Any, **changes: Any) -> Any:
    return {"Version": "2012-10-17", "Statement": list(statements), **changes}


def where(key: str, *values: Any, operator: str = "StringEquals") -> Any:
    return policy({**GET, "Condition": {operator: {key: list(values)}}})


def without(key: str, **changes: Any) -> Any:
    return policy({k: v for k, v in GET.items() if k != key} | changes)


# "Tag" and "CreateOpenIDConnectProvider" (IAM API Reference): a tag's key has 128 characters at
# most, a provider's URL 255.
LONG_KEYS = {
    "a tag's key": "aws:ResourceTag/" + "ö" * 128,
    "a provider's": "x" * 255 + ":sub",
    "the longest that YAML reads": "aws:" + "x" * 1020,
}

CONDITION = "Statement[0].Condition"
VALUE = f"{CONDITION}.StringEquals.aws:x[0]"
REFUSED: list[tuple[str, Any, str]] = [
    ("a list", [], "The policy: use an object"),
    ("nothing in it", {}, "The policy: use an object"),
    ("text", "Allow", "The policy: use an object"),
    ("no statement", {"Version": "2012-10-17"}, "Statement: "),
    ("empty statements", policy(), "Statement: put at least one value"),
    ("a statement that is text", policy(GET, "Allow"), "Statement[1]: use an object"),
    ("a statement that is empty", policy(GET, {}), "Statement[1]: use an object"),
    ("another version", policy(GET, Version="2012-10-18"), "Version: "),
    ("a version that is a number", policy(GET, Version=2012), "Version: "),
    ("an Id that is a number", policy(GET, Id=1), "Id: use text"),
    ("an unknown part", policy(GET, Statements=[]), "Statements: remove this key"),
    ("a small letter", {"statement": [GET]}, "statement: remove this key"),
    (
        "a principal",
        policy({**GET, "Principal": "*"}),
        "Statement[0].Principal: remove it, because only a",
    ),
    ("no principal", policy({**GET, "NotPrincipal": "*"}), "Statement[0].NotPrincipal: remove it"),
    ("an unknown part of one", policy(GET, {**GET, "Actions": 1}), "Statement[1].Actions: "),
    ("a Sid with a space", policy({**GET, "Sid": "a b"}), "Statement[0].Sid: use only"),
    ("a Sid that is a number", policy({**GET, "Sid": 1}), "Statement[0].Sid: use text"),
    (
        "one Sid twice",
        policy({**GET, "Sid": "a"}, {**GET, "Sid": "a"}),
        "Statement[1].Sid: use another",
    ),
    ("no effect", without("Effect"), "Statement[0].Effect: "),
    ("an effect in small letters", policy({**GET, "Effect": "allow"}), "Statement[0].Effect: "),
    ("an effect that is a list", policy({**GET, "Effect": ["Allow"]}), "Statement[0].Effect: "),
    ("no action", without("Action"), "Statement[0].Action: use either"),
    ("both", policy({**GET, "NotAction": "s3:*"}), "Statement[0].Action: use either"),
    ("an action of no service", policy({**GET, "Action": "Get"}), "Statement[0].Action: use an"),
    (
        "the second action",
        policy(GET, {**GET, "Action": ["s3:Get*", "s3: Get"]}),
        "Statement[1].Action[1]: use an",
    ),
    ("an action that is a number", policy({**GET, "Action": 1}), "Statement[0].Action: use text"),
    ("no actions", policy({**GET, "Action": []}), "Statement[0].Action: put at least one value"),
    ("a service of any name", policy({**GET, "Action": "s*:Get"}), "Statement[0].Action: use an"),
    ("not this action", without("Action", NotAction=["x"]), "Statement[0].NotAction[0]: use an"),
    ("no resource", without("Resource"), "Statement[0].Resource: use either"),
    ("a bucket's name", policy({**GET, "Resource": "acme"}), 'Statement[0].Resource: use "*" or'),
    ("half an ARN", policy({**GET, "Resource": "arn:aws:s3"}), 'Statement[0].Resource: use "*" or'),
    (
        "any service's",
        policy({**GET, "Resource": "arn:aws:*:::x"}),
        'Statement[0].Resource: use "*" or',
    ),
    (
        "an object",
        policy({**GET, "Resource": {"Fn::GetAtt": ["B", "Arn"]}}),
        "Statement[0].Resource: use text",
    ),
    ("a list in a list", policy({**GET, "Action": [["s3:*"]]}), "Statement[0].Action[0]: use text"),
    ("no object", policy({**GET, "Condition": []}), "Statement[0].Condition: use an object"),
    *(
        (case, where("aws:x", "true", operator=operator), f"{CONDITION}.{operator}: IAM has no")
        for case, operator in (
            ("an unknown operator", "StringEqual"),
            ("an operator in small letters", "stringEquals"),
            ("Null with IfExists", "NullIfExists"),
        )
    ),
    ("a key of no service", where("x", "y"), "Statement[0].Condition.StringEquals.x: use a cond"),
    (
        "a function as a key",
        where("Ref", "y"),
        "Statement[0].Condition.StringEquals.Ref: use a cond",
    ),
    ("another function", where("Fn::Sub", "y"), f"{CONDITION}.StringEquals.Fn::Sub: use a cond"),
    (
        "a key longer than any",
        where(LONG_KEYS["the longest that YAML reads"] + "x", "y"),
        f"Statement[0].Condition.StringEquals.aws:{'x' * 56}…: use a shorter condition key",
    ),
    (
        "a key that is too long when quoted",
        where("aws:ResourceTag/" + "ö" * 170, "y"),
        f"Statement[0].Condition.StringEquals.aws:ResourceTag/{'ö' * 44}…: use a shorter",
    ),
    (
        "no value",
        where("aws:x"),
        "Statement[0].Condition.StringEquals.aws:x: put at least one value",
    ),
    ("null", where("aws:x", "a", None), f"{CONDITION}.StringEquals.aws:x[1]: use text"),
    (
        "half a number",
        where("aws:x", 0.5),
        f"{VALUE}: put this number in quotation marks, because it has",
    ),
    (
        "a huge number",
        where("aws:x", -(2**53)),
        f"{VALUE}: put this number in quotation marks, because it is too",
    ),
    (
        "a letter that IAM does not take",
        where("aws:x", "Łódź"),
        f"{VALUE}: use only characters that IAM accepts",
    ),
    (
        "a control character",
        where("aws:x", "\x00"),
        f"{VALUE}: use only characters that IAM accepts",
    ),
    ("half a pair", where("aws:x", "\ud800"), f"{VALUE}: use only characters that IAM accepts"),
    ("a dynamic reference", where("aws:x", "{{resolve:ssm:x}}"), VALUE + ": remove {{, because"),
    (
        "one in a resource",
        policy({**GET, "Resource": "arn:aws:s3:::{{resolve:ssm:x}}"}),
        "Statement[0].Resource: remove {{, because",
    ),
    ("a single statement", {"Statement": {**GET, "Effect": ""}}, "Statement.Effect: "),
]

# Python 3.13 reports the comma; earlier versions report the character after it.
COMMA = "line 2, column 17" if sys.version_info >= (3, 13) else "line 3, column 1"
NOT_JSON: list[tuple[str, str, str]] = [
    ("", "", "not valid JSON at line 1, column 1"),
    ("a comma too many", '{\n "Statement": [],\n}', f"not valid JSON at {COMMA}"),
    ("single quotes", "{'Statement': []}", "not valid JSON at line 1, column 2"),
    ("YAML", "Statement:\n  - Effect: Allow", "not valid JSON at line 1, column 1"),
    ("a name twice", '{"Statement": [], "Statement": []}', "'Statement' appears twice"),
    ("no number", '{"Statement": NaN}', "NaN is not a number"),
    ("too deep", "[" * 20_000, "nested too deeply"),
    ("too long a number", "1" * 10_000, "a number in it is too large"),
    ("too long a text", " " * 40_961, "The limit is 40960"),
    ("a mark at the start", "\ufeff{}", "not valid JSON at line 1, column 1"),
]

OPERATORS = """
    StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike
    StringNotLike NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals
    NumericGreaterThan NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan
    DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool BinaryEquals IpAddress
    NotIpAddress ArnEquals ArnNotEquals ArnLike ArnNotLike Null StringLikeIfExists
    ForAllValues:StringLike ForAnyValue:StringEqualsIfExists
"""
ACCEPTED: list[tuple[str, Any]] = [
    ("one statement", {"Version": "2012-10-17", "Statement": GET}),
    ("the older version", policy(GET, Version="2008-10-17", Id="x")),
    ("two without a Sid", policy(GET, {**GET, "Sid": ""}, {**GET, "Sid": "A1"})),
    ("a deny of everything else", without("Action", Effect="Deny", NotAction="s3:*")),
    ("a long service", policy({**GET, "Action": "application-autoscaling:Describe*"})),
    ("small letters", policy({**GET, "Action": "S3:getobject"})),
    ("variables", policy({**GET, "Resource": "arn:aws:s3:::home/${aws:username}/*"})),
    ("any partition", policy({**GET, "Resource": "arn:*:s3:::x"})),
    ("a tag of many words", where("aws:ResourceTag/cost center:a", "b")),
    ("a provider's key", where("token.actions.githubusercontent.com:sub", "repo:x")),
    *((case, where(key, "y")) for case, key in LONG_KEYS.items()),
    ("Latin letters", where("aws:ResourceTag/Größe", "groß")),
    ("numbers and truth", where("s3:max-keys", 5, -1, *[True])),
    ("a value of one", policy({**GET, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})),
    *((operator, where("aws:x", "y", operator=operator)) for operator in OPERATORS.split()),
]


def warned(statement: Any, *warnings: str) -> tuple[Any, list[str]]:
    return statement, [f"Statement[0].{text}" for text in warnings]


def of_action(action: str, resource: Any, warning: str) -> tuple[str, Any, list[str]]:
    statement = {**GET, "Action": action, "Resource": resource}
    return (f"{action} on {resource}", *warned(statement, f'Action: "{action}" {warning}'))


NAME_ACTIONS = "Name the actions that the role needs."
ADMIN = f"the role is an administrator. {NAME_ACTIONS}"
CHANGES = "can change things, and applies to every resource. Name the resources."
ALL_OF_S3 = f"allows every action of s3, including changes and deletions. {NAME_ACTIONS}"
EXPOSE_SECRETS = """
    sts:GetFederationToken sts:AssumeRole secretsmanager:Get* SSM:getparameter? ssm:GetAccess*
    finspace-api:GetProgrammaticAccessCredentials elasticmapreduce:Get*
    emr-containers:get*credentials
"""
WARNED: list[tuple[str, Any, list[str]]] = [
    ("one action on one bucket", GET, []),
    (
        "reading everywhere",
        {**GET, "Action": ["s3:GetObject", "ec2:Get*"], "Resource": "*"},
        [],
    ),
    ("changing one bucket", {**GET, "Action": "s3:PutObject"}, []),
    ("one secret", {**GET, "Action": "secretsmanager:GetSecretValue"}, []),
    ("a deny", {"Effect": "Deny", "NotAction": "*", "NotResource": "*"}, []),
    ("a deny of all", {"Effect": "Deny", "Action": "*", "Resource": "*"}, []),
    of_action("*", "*", f"allows every action: {ADMIN}"),
    of_action("*:*", "arn:aws:s3:::x", f"allows every action: {ADMIN}"),
    of_action(
        "iam:?*",
        "arn:aws:s3:::x",
        f"lets the role give itself any permission. {NAME_ACTIONS}",
    ),
    of_action("s3:*", "arn:aws:s3:::x", ALL_OF_S3),
    of_action("s3:?*", "arn:aws:s3:::x", ALL_OF_S3),
    (
        "IAM among others",
        *warned(
            {**GET, "Action": ["s3:GetObject", "IAM:*"]},
            f'Action: "IAM:*" lets the role give itself any permission. {NAME_ACTIONS}',
        ),
    ),
    *(
        of_action(action, resource, CHANGES)
        for action, resource in (
            ("s3:PutObject", "*"),
            ("s3:P*", "*"),
            ("s3:*Object", "arn:aws:s3:::*"),
            ("s3:PutObject", "arn:aws:s3:::*/*"),
            ("iam:PassRole", "arn:aws:iam::*:*"),
            ("iam:AttachRolePolicy", ["arn:aws:iam::987654321098:role/R", "*"]),
            ("iam:pass?ole", "*"),
            ("license-manager:CheckoutLicense", "*"),
            ("s3:getobject", "*"),
        )
    ),
    *(
        of_action(action, "*", "exposes every secret or credential. Restrict the resources.")
        for action in EXPOSE_SECRETS.split()
    ),
    (
        "all but some actions",
        *warned(
            without("Action", NotAction="iam:*")["Statement"][0],
            "NotAction: with Allow, the statement allows EVERY other action, including"
            " those of new services. Use Action instead.",
        ),
    ),
    (
        "all but some resources",
        *warned(
            without("Resource", Action="s3:PutObject", NotResource="arn:aws:s3:::x")["Statement"][
                0
            ],
            "NotResource: with Allow, the statement allows every resource except these. Use"
            " Resource instead.",
            f'Action: "s3:PutObject" {CHANGES}',
        ),
    ),
]
