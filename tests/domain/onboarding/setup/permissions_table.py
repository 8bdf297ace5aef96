"""Clients' own permissions policies. tests/golden/onboarding/permissions.txt has the refusals and
warnings."""

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

REFUSED: dict[str, Any] = {
    "nothing in it": {},
    "text": "Allow",
    "empty statements": policy(),
    "an empty one": policy(GET, {}),
    "another version": policy(GET, Version="2012-10-18"),
    "an Id that is a number": policy(GET, Id=1),
    "an unknown part": policy(GET, Statements=[]),
    "a principal": policy({**GET, "Principal": "*"}),
    "a name with a line break": policy({**GET, "a\n": 1}),
    "a Sid with a space": policy({**GET, "Sid": "a b"}),
    "one Sid twice": policy({**GET, "Sid": "a"}, {**GET, "Sid": "a"}),
    "small letters": policy({**GET, "Effect": "allow"}),
    "no action": without("Action"),
    "an action and another": policy({**GET, "NotAction": "s3:*"}),
    "no resource": without("Resource"),
    "a resource and another": policy({**GET, "NotResource": "*"}),
    "the second": policy(GET, {**GET, "Action": ["s3:*", "s3: Get"]}),
    "no service": policy({**GET, "Action": "Get"}),
    "any service": policy({**GET, "Action": "s*:Get"}),
    "no actions": policy({**GET, "Action": []}),
    "not this": without("Action", NotAction=["x"]),
    **{
        resource: policy({**GET, "Resource": resource})
        for resource in ("arn:aws:s3", "arn:aws:*:::x", "arn:aws:s3:::{{resolve:ssm:x}}")
    },
    **{
        operator: where("aws:x", "true", operator=operator)
        for operator in ("StringEqual", "stringEquals", "NullIfExists")
    },
    **{key: where(key, "y") for key in ("x", "Ref", "Fn::Sub")},
    "a key longer than any": where(LONG_KEYS["the longest that YAML reads"] + "x", "y"),
    "a key that is too long when quoted": where("aws:ResourceTag/" + "ö" * 170, "y"),
    "no value": where("aws:x"),
    **{
        f"the value {value!a}": where("aws:x", value)
        for value in (None, 0.5, -(2**53), "Łódź", "\x00", "\ud800", "{{resolve:ssm:x}}")
    },
    "a single statement": {"Statement": {**GET, "Effect": ""}},
}
NOT_JSON = {
    "nothing": "",
    "single quotes": "{'Statement': []}",
    "YAML": "Statement:\n  - Effect: Allow",
    "a name twice": '{"Statement": [], "Statement": []}',
    "no number": '{"Statement": NaN}',
    "too deep": "[" * 20_000,
    "too long a number": "1" * 10_000,
    "too long a text": " " * 40_961,
    "a mark at the start": "\ufeff{}",
}

OPERATORS = """
    StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike
    StringNotLike NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals
    NumericGreaterThan NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan
    DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool BinaryEquals IpAddress
    NotIpAddress ArnEquals ArnNotEquals ArnLike ArnNotLike Null StringLikeIfExists
    ForAllValues:StringLike ForAnyValue:StringEqualsIfExists
"""
ACCEPTED: list[Any] = [
    {"Version": "2012-10-17", "Statement": GET},
    policy(GET, Version="2008-10-17", Id="x"),
    policy(GET, {**GET, "Sid": ""}, {**GET, "Sid": "A1"}),
    without("Action", Effect="Deny", NotAction="s3:*"),
    policy({**GET, "Action": "application-autoscaling:Describe*"}),
    policy({**GET, "Action": "S3:getobject"}),
    policy({**GET, "Resource": "arn:aws:s3:::home/${aws:username}/*"}),
    policy({**GET, "Resource": "arn:*:s3:::x"}),
    where("aws:ResourceTag/cost center:a", "b"),
    *(where(key, "y") for key in LONG_KEYS.values()),
    where("aws:ResourceTag/Größe", "groß"),
    where("s3:max-keys", 5, -1, *[True]),
    policy({**GET, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
    *(where("aws:x", "y", operator=operator) for operator in OPERATORS.split()),
]


def of_action(action: str, resource: Any) -> Any:
    return {**GET, "Action": action, "Resource": resource}


EXPOSE_SECRETS = """
    sts:GetFederationToken sts:AssumeRole secretsmanager:Get* SSM:getparameter? ssm:GetAccess*
    finspace-api:GetProgrammaticAccessCredentials elasticmapreduce:Get*
    emr-containers:get*credentials
"""
JUDGED: list[Any] = [
    GET,
    of_action(["s3:GetObject", "ec2:Get*"], "*"),
    {**GET, "Action": "s3:PutObject"},
    {**GET, "Action": "secretsmanager:GetSecretValue"},
    {"Effect": "Deny", "NotAction": "*", "NotResource": "*"},
    of_action("*", "*"),
    *(of_action(action, "arn:aws:s3:::x") for action in ("*:*", "iam:?*", "s3:*")),
    of_action("s3:*Object", "arn:aws:s3:::*"),
    of_action("s3:PutObject", "arn:aws:s3:::*/*"),
    of_action("iam:PassRole", "arn:aws:iam::*:*"),
    of_action("iam:AttachRolePolicy", ["arn:aws:iam::987654321098:role/R", "*"]),
    *(
        of_action(action, "*")
        for action in (
            *("s3:PutObject", "s3:P*", "iam:pass?ole", "license-manager:CheckoutLicense"),
            *("s3:getobject", *EXPOSE_SECRETS.split()),
        )
    ),
    of_action("sts:AssumeRole", "arn:aws:iam::*:role/*"),
    of_action("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"),
    of_action("ssm:GetParameters", "arn:aws:ssm:eu-central-1:987654321098:parameter/*"),
    of_action("ssm:GetParameters", "arn:aws:ssm:eu-central-1:987654321098:parameter/acme/*"),
    of_action("sts:AssumeRole", "arn:aws:iam::987654321098:role/Acme*"),
    of_action("ecs:UpdateService", "arn:aws:ecs:*:*:service/*"),
    without("Action", NotAction="iam:*")["Statement"][0],
    without("Resource", Action="s3:PutObject", NotResource="arn:aws:s3:::x")["Statement"][0],
]
"""Statements that are accepted, with warnings or without."""
