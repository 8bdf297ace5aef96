"""Validate the client's own permissions policy, as IAM would ("Grammar of the IAM JSON policy
language", IAM User Guide).

Like IAM, accept names of actions, resources and condition keys that do not exist. The types are the
grammar, without what a format of the role's files could not express.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.domain.errors import bad_value
from chalicelib.domain.onboarding.setup.quoting import MAX_YAML_KEY_LENGTH, quote_for_yaml

# Text in the characters that IAM accepts in a policy document ("PutRolePolicy", IAM API Reference),
# without the sign with which CloudFormation would evaluate it.
_TEXT = r"(?s)\A(?!.*\{\{)(?=[\t\n\r\x20-\xff]*\Z)"
_MAX_NUMBER = 2**53 - 1  # some formats of the role's files do not keep a larger number exact

_Text = Annotated[str, Meta(pattern=_TEXT)]
_Action = Annotated[str, Meta(pattern=r"\A(?:\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_.-]+)\Z")]
_Resource = Annotated[str, Meta(pattern=_TEXT + r"(?:\*|arn:[a-z*-]+:[a-z0-9-]+:[^:]*:[^:]*:.+)\Z")]
# One colon and then a name. This excludes `Ref` and `Fn::…`, which CloudFormation would evaluate.
_ConditionKey = Annotated[str, Meta(pattern=_TEXT + r"[^:\s{}]+:[^:\s].*\Z")]
_Operator = Annotated[
    str,
    Meta(
        pattern=r"\A(?:(?:(?:ForAllValues|ForAnyValue):)?"
        r"(?:String(?:Not)?Equals(?:IgnoreCase)?|String(?:Not)?Like"
        r"|(?:Numeric|Date)(?:(?:Not)?Equals|(?:LessThan|GreaterThan)(?:Equals)?)"
        r"|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?"
        r"|Null)\Z"
    ),
]
_NOT_EMPTY = Meta(min_length=1)
_Value = bool | Annotated[int, Meta(ge=-_MAX_NUMBER, le=_MAX_NUMBER)] | _Text
_Actions = _Action | Annotated[list[_Action], _NOT_EMPTY] | UnsetType
_Resources = _Resource | Annotated[list[_Resource], _NOT_EMPTY] | UnsetType
_Values = Annotated[dict[_ConditionKey, _Value | Annotated[list[_Value], _NOT_EMPTY]], _NOT_EMPTY]


class _Statement(Struct, forbid_unknown_fields=True, rename="pascal", kw_only=True):
    effect: Literal["Allow", "Deny"]
    sid: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9]*\Z")] = ""
    action: _Actions = UNSET
    not_action: _Actions = UNSET
    resource: _Resources = UNSET
    not_resource: _Resources = UNSET
    condition: Annotated[dict[_Operator, _Values], _NOT_EMPTY] | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.action is UNSET) is (self.not_action is UNSET):
            raise ValueError("Use either Action or NotAction")
        if (self.resource is UNSET) is (self.not_resource is UNSET):
            raise ValueError("Use either Resource or NotResource")
        for key in (key for keys in (self.condition or {}).values() for key in keys):
            if len(quote_for_yaml(key)) > MAX_YAML_KEY_LENGTH:
                raise ValueError("Use a shorter condition key")


class _Policy(Struct, forbid_unknown_fields=True, rename="pascal", kw_only=True):
    version: Literal["2012-10-17", "2008-10-17"] = "2012-10-17"
    id: _Text = ""
    statement: _Statement | Annotated[list[_Statement], _NOT_EMPTY]

    def __post_init__(self) -> None:
        statements = self.statement if isinstance(self.statement, list) else [self.statement]
        sids = [statement.sid for statement in statements if statement.sid]
        if len(set(sids)) != len(sids):
            raise ValueError("Give each statement a Sid of its own")


_CORRECTIONS = {
    "Version": 'Use "2012-10-17" or the older "2008-10-17"',
    "Effect": 'Use "Allow" or "Deny", exactly as written here',
    "Sid": "Use only letters and digits",
    "Action": 'Use actions such as "s3:GetObject" or "s3:Get*"',
    "Resource": 'Use "*" or ARNs such as "arn:aws:s3:::bucket/*"',
    "Condition": "Use IAM's condition operators, in their exact letter case, with condition keys"
    ' such as "aws:SourceIp" and at least one value. Put a number with decimals, or a'
    " large one, in quotation marks",
}
"""The correction for each element. Others have the parser's message."""
_ELEMENTS = (
    "A policy has Version, Id and Statement, and a statement has Effect, Action, Resource, Sid and"
    " Condition. IAM accepts the characters U+0020 to U+00FF, tabs and line breaks, but"
    " Daypass refuses {{, which CloudFormation evaluates"
)


def check_policy(policy: Any) -> None:
    """Raise InvalidRequest for a policy that IAM would refuse or that a format of the role's files
    could not express. The error has the path of the mistake, such as `Statement[1].Action`."""
    # Messages look like: Expected `str`, got `int` - at `$.Statement[0].NotAction[1]`
    # An invalid key of an object: … - at `key` in `$.Statement.Condition[...]`
    try:
        msgspec.convert(policy, _Policy)
    except msgspec.ValidationError as error:
        message, _, location = str(error).replace("`", "").partition(" - at ")
    else:
        return
    # For these examples, the element in _CORRECTIONS is Action and Condition.
    path = location.partition("$")[2].replace("[...]", "").removeprefix(".")
    element = re.sub(r"\[[0-9]+\]", "", path).rpartition(".")[2].removeprefix("Not")
    correction = _CORRECTIONS.get(element) or f"{message[:100]}. {_ELEMENTS}"
    detail = f"{path or 'The policy'}: {correction}."
    printable = "".join(each if each.isprintable() else "?" for each in detail)
    raise bad_value("permissions_policy", printable)
