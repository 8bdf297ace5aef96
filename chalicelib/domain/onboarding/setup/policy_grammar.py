"""Validate the client's own permissions policy, as IAM would ("Grammar of the IAM JSON policy
language", IAM User Guide).

Like IAM, accept names of actions, resources and condition keys that do not exist. A path in an
error says where the mistake is, such as `Statement[1].Action`.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from chalicelib.domain.errors import bad_value
from chalicelib.domain.onboarding.setup.quoting import MAX_YAML_KEY_LENGTH, quote_for_yaml

_SID_PATTERN = re.compile(r"[A-Za-z0-9]*", re.ASCII)
_ACTION_PATTERN = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_.-]+", re.ASCII)
_RESOURCE_PATTERN = re.compile(r"\*|arn:[a-z*-]+:[a-z0-9-]+:[^:]*:[^:]*:.+", re.ASCII | re.DOTALL)
# One colon and then a name. This excludes `Ref` and `Fn::…`, which CloudFormation would evaluate.
_CONDITION_KEY_PATTERN = re.compile(r"[^:\s{}]+:[^:\s].*", re.DOTALL)
_OPERATOR_PATTERN = re.compile(
    r"(?:(?:ForAllValues|ForAnyValue):)?"
    r"(?:String(?:Not)?Equals(?:IgnoreCase)?|String(?:Not)?Like"
    r"|(?:Numeric|Date)(?:(?:Not)?Equals|(?:LessThan|GreaterThan)(?:Equals)?)"
    r"|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?"
    r"|Null",
    re.ASCII,
)
# The characters that IAM accepts in a policy document: "PutRolePolicy" (IAM API Reference).
_POLICY_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]*")
_NUMBER_LIMIT = 2**53  # some formats of the role's files do not keep a larger number exact
_STATEMENT_KEYS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")


def check_policy(policy: Any) -> None:
    """Raise InvalidRequest, with the path of the mistake, for a policy that IAM would refuse or
    that a format of the role's files could not express."""
    _require_object(policy, "The policy")
    for key in policy:
        if key not in ("Version", "Id", "Statement"):
            _refuse(
                _shorten(key),
                "remove this key, because a policy has only Version, Id and Statement",
            )
    if policy.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        _refuse("Version", 'use "2012-10-17" or the older "2008-10-17"')
    if "Id" in policy:
        _require_text(policy["Id"], "Id")
    if "Statement" not in policy:
        _refuse("Statement", "add a Statement to the policy")
    sids: set[str] = set()
    for path, statement in _list_members_with_paths(policy["Statement"], "Statement"):
        _check_statement(statement, path)
        sid = statement.get("Sid", "")
        if sid in sids:
            _refuse(f"{path}.Sid", "use another Sid, because an earlier statement has this one")
        sids |= {sid} - {""}


def _check_statement(statement: Any, path: str) -> None:
    """Raise InvalidRequest for a statement that is not valid. `path` is its path in the policy."""
    _require_object(statement, path)
    for key in statement:
        if key in ("Principal", "NotPrincipal"):
            _refuse(
                f"{path}.{key}",
                "remove it, because only a trust policy has a principal, and Daypass writes the"
                " trust policy",
            )
        if key not in _STATEMENT_KEYS:
            _refuse(
                f"{path}.{_shorten(key)}",
                "remove it, because a statement of a permissions policy has no such element",
            )
    if "Sid" in statement and not _SID_PATTERN.fullmatch(
        _require_text(statement["Sid"], f"{path}.Sid")
    ):
        _refuse(f"{path}.Sid", "use only letters and digits")
    if statement.get("Effect") not in ("Allow", "Deny"):
        _refuse(f"{path}.Effect", 'use "Allow" or "Deny", in this letter case')
    for element, pattern, expected_form in (
        ("Action", _ACTION_PATTERN, 'use an action such as "s3:GetObject" or "s3:Get*"'),
        ("Resource", _RESOURCE_PATTERN, 'use "*" or an ARN such as "arn:aws:s3:::bucket/*"'),
    ):
        _check_patterns(statement, path, element, pattern, expected_form)
    if "Condition" in statement:
        _check_condition(statement["Condition"], f"{path}.Condition")


def _check_patterns(
    statement: dict[str, Any], path: str, element: str, pattern: re.Pattern[str], expected_form: str
) -> None:
    """Raise InvalidRequest unless the statement has either the element (such as Action) or its
    opposite (NotAction), and every value of the element matches the pattern.

    `expected_form` says in the error what a valid value is.
    """
    names = [name for name in (element, f"Not{element}") if name in statement]
    if len(names) != 1:
        _refuse(f"{path}.{element}", f"use either {element} or Not{element}")
    for value_path, value in _list_members_with_paths(statement[names[0]], f"{path}.{names[0]}"):
        if not pattern.fullmatch(_require_text(value, value_path)):
            _refuse(value_path, expected_form)


def _check_condition(condition: Any, path: str) -> None:
    """Raise InvalidRequest for a statement's condition that is not valid: an object of operators,
    each an object of condition keys with their values."""
    _require_object(condition, path)
    for operator, keys in condition.items():
        operator_path = f"{path}.{_shorten(operator)}"
        if not _OPERATOR_PATTERN.fullmatch(operator):
            _refuse(
                operator_path,
                "IAM has no such condition operator. Check the spelling and the letter case",
            )
        _require_object(keys, operator_path)
        for key, values in keys.items():
            key_path = f"{operator_path}.{_shorten(key)}"
            if not _CONDITION_KEY_PATTERN.fullmatch(_require_text(key, key_path)):
                _refuse(key_path, 'use a condition key such as "aws:SourceIp"')
            if len(quote_for_yaml(key)) > MAX_YAML_KEY_LENGTH:
                _refuse(key_path, "use a shorter condition key")
            for value_path, value in _list_members_with_paths(values, key_path):
                if not isinstance(value, bool | int):
                    _require_text(value, value_path)
                elif abs(value) >= _NUMBER_LIMIT:
                    _refuse(
                        value_path,
                        "put this number in quotation marks, because it is too large to keep exact",
                    )


def _list_members_with_paths(value: Any, path: str) -> list[tuple[str, Any]]:
    """Return the path and the value of each member of a list. Treat any other value as a list of
    one. Raise InvalidRequest for an empty list."""
    if not isinstance(value, list):
        return [(path, value)]
    if not value:
        _refuse(path, "put at least one value into the list")
    return [(f"{path}[{number}]", member) for number, member in enumerate(value)]


def _require_object(value: Any, path: str) -> None:
    """Raise InvalidRequest unless the value is a JSON object with at least one key."""
    if not isinstance(value, dict) or not value:
        _refuse(path, "use an object that is not empty")


def _require_text(value: Any, path: str) -> str:
    """Return the value if it is text that IAM accepts, and that CloudFormation would not evaluate.
    Raise InvalidRequest otherwise."""
    if isinstance(value, float):
        _refuse(path, "put this number in quotation marks, because it has decimals")
    if not isinstance(value, str):
        _refuse(path, "use text")
    if not _POLICY_CHARACTERS.fullmatch(value):
        _refuse(
            path,
            "use only characters that IAM accepts in a policy: U+0020 to U+00FF, tabs and line"
            " breaks",
        )
    if "{{" in value:
        _refuse(path, "remove {{, because CloudFormation would evaluate it as code")
    return value


def _shorten(name: str) -> str:
    """Return a name from the policy, cut to 60 characters, for the path in an error."""
    return name if len(name) <= 60 else f"{name[:60]}…"


def _refuse(path: str, correction: str) -> NoReturn:
    """Raise InvalidRequest with the path of the mistake and the correction."""
    printable = "".join(character if character.isprintable() else "?" for character in path)
    raise bad_value("permissions_policy", f"{printable}: {correction}.")
