"""Validate the client's own permissions policy, as IAM would ("Grammar of the IAM JSON policy
language", IAM User Guide).

Like IAM, accept names of actions, resources and condition keys that do not exist.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from chalicelib.domain.errors import bad_value
from chalicelib.domain.onboarding.setup.quoting import YAML_KEY_MAX, yaml

_SID = re.compile(r"[A-Za-z0-9]*", re.ASCII)
_ACTION = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_.-]+", re.ASCII)
_RESOURCE = re.compile(r"\*|arn:[a-z*-]+:[a-z0-9-]+:[^:]*:[^:]*:.+", re.ASCII | re.DOTALL)
# One colon and then a name. This excludes `Ref` and `Fn::…`, which CloudFormation would evaluate.
_CONDITION_KEY = re.compile(r"[^:\s{}]+:[^:\s].*", re.DOTALL)
_OPERATOR = re.compile(
    r"(?:(?:ForAllValues|ForAnyValue):)?"
    r"(?:String(?:Not)?Equals(?:IgnoreCase)?|String(?:Not)?Like"
    r"|(?:Numeric|Date)(?:(?:Not)?Equals|(?:LessThan|GreaterThan)(?:Equals)?)"
    r"|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?"
    r"|Null",
    re.ASCII,
)
# The characters that IAM accepts in a policy document: "PutRolePolicy" (IAM API Reference).
_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]*")
_LARGEST_NUMBER = 2**53  # above it, not every format keeps the exact value
_STATEMENT = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")


def check_policy(policy: Any) -> None:
    """Raise InvalidRequest for a policy that IAM would refuse.

    The error names the path of the mistake, such as `Statement[1].Action`.
    """
    _require_object(policy, "The policy")
    for key in policy:
        if key not in ("Version", "Id", "Statement"):
            _refuse(_shortened(key), "a policy has only Version, Id and Statement")
    if policy.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        _refuse("Version", 'IAM accepts "2012-10-17" and the older "2008-10-17"')
    if "Id" in policy:
        _require_text(policy["Id"], "Id")
    if "Statement" not in policy:
        _refuse("Statement", "the policy has no Statement")
    sids: set[str] = set()
    for path, statement in _members_with_paths(policy["Statement"], "Statement"):
        _check_statement(statement, path)
        sid = statement.get("Sid", "")
        if sid in sids:
            _refuse(f"{path}.Sid", "another statement has the same Sid")
        sids |= {sid} - {""}


def _check_statement(statement: Any, path: str) -> None:
    _require_object(statement, path)
    for key in statement:
        if key in ("Principal", "NotPrincipal"):
            _refuse(
                f"{path}.{key}",
                "only a trust policy has a principal, and Daypass writes the trust policy",
            )
        if key not in _STATEMENT:
            _refuse(
                f"{path}.{_shortened(key)}",
                "a statement of a permissions policy has no such element",
            )
    if "Sid" in statement and not _SID.fullmatch(_require_text(statement["Sid"], f"{path}.Sid")):
        _refuse(f"{path}.Sid", "a Sid has only letters and digits")
    if statement.get("Effect") not in ("Allow", "Deny"):
        _refuse(f"{path}.Effect", 'use "Allow" or "Deny", in this letter case')
    for element, pattern, expected_form in (
        ("Action", _ACTION, 'use an action such as "s3:GetObject" or "s3:Get*"'),
        ("Resource", _RESOURCE, 'use "*" or an ARN such as "arn:aws:s3:::bucket/*"'),
    ):
        _check_patterns(statement, path, element, pattern, expected_form)
    if "Condition" in statement:
        _check_condition(statement["Condition"], f"{path}.Condition")


def _check_patterns(
    statement: dict[str, Any], path: str, element: str, pattern: re.Pattern[str], expected_form: str
) -> None:
    """Require either the element (such as Action) or its opposite (NotAction), and valid values.

    `expected_form` says in the error what a valid value is.
    """
    present = [name for name in (element, f"Not{element}") if name in statement]
    if len(present) != 1:
        _refuse(f"{path}.{element}", f"a statement has either {element} or Not{element}")
    for inner, value in _members_with_paths(statement[present[0]], f"{path}.{present[0]}"):
        if not pattern.fullmatch(_require_text(value, inner)):
            _refuse(inner, expected_form)


def _check_condition(condition: Any, path: str) -> None:
    _require_object(condition, path)
    for operator, keys in condition.items():
        inner = f"{path}.{_shortened(operator)}"
        if not _OPERATOR.fullmatch(operator):
            _refuse(
                inner, "IAM has no such condition operator. Check the spelling and the letter case"
            )
        _require_object(keys, inner)
        for key, values in keys.items():
            here = f"{inner}.{_shortened(key)}"
            if not _CONDITION_KEY.fullmatch(_require_text(key, here)):
                _refuse(here, 'use a condition key such as "aws:SourceIp"')
            if len(yaml(key)) > YAML_KEY_MAX:
                _refuse(here, "AWS has no condition key of this length")
            for each, value in _members_with_paths(values, here):
                if not isinstance(value, bool | int):
                    _require_text(value, each)
                elif abs(value) >= _LARGEST_NUMBER:
                    _refuse(each, "write a number as large as this as text")


def _members_with_paths(value: Any, path: str) -> list[tuple[str, Any]]:
    """Return the members of a list, each with its path. Treat any other value as a list of one."""
    if not isinstance(value, list):
        return [(path, value)]
    if not value:
        _refuse(path, "the list is empty")
    return [(f"{path}[{number}]", member) for number, member in enumerate(value)]


def _require_object(value: Any, path: str) -> None:
    if not isinstance(value, dict) or not value:
        _refuse(path, "use an object that is not empty")


def _require_text(value: Any, path: str) -> str:
    """Return the value if it is text that IAM accepts. Raise InvalidRequest otherwise."""
    if isinstance(value, float):
        _refuse(path, "write a number that is not whole as text")
    if not isinstance(value, str):
        _refuse(path, "use text")
    if not _CHARACTERS.fullmatch(value):
        _refuse(path, "it contains a character that IAM does not accept in a policy")
    if "{{" in value:
        _refuse(path, "CloudFormation would evaluate {{ as code")
    return value


def _shortened(name: str) -> str:
    """Return a name from the policy, cut to 60 characters, for the path in an error."""
    return name if len(name) <= 60 else f"{name[:60]}…"


def _refuse(path: str, why: str) -> NoReturn:
    printable = "".join(character if character.isprintable() else "?" for character in path)
    raise bad_value("permissions_policy", f"{printable}: {why}.")
