"""Whether a value is a permissions policy, and if not, where it stops being one.

After "Grammar of the IAM JSON policy language" (IAM User Guide). Like IAM, it takes any names.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from chalicelib.domain.errors import bad_value
from chalicelib.domain.onboarding.setup.quoting import YAML_KEY_MAX, yaml

_SID = re.compile(r"[A-Za-z0-9]*", re.ASCII)
_ACTION = re.compile(r"\*|\*:\*|[A-Za-z0-9-]+:[A-Za-z0-9*?_.-]+", re.ASCII)
_RESOURCE = re.compile(r"\*|arn:[a-z*-]+:[a-z0-9-]+:[^:]*:[^:]*:.+", re.ASCII | re.DOTALL)
# One colon and then a name. `Ref` and `Fn::…`, which CloudFormation would take for code, are none.
_CONDITION_KEY = re.compile(r"[^:\s{}]+:[^:\s].*", re.DOTALL)
_OPERATOR = re.compile(
    r"(?:(?:ForAllValues|ForAnyValue):)?"
    r"(?:String(?:Not)?Equals(?:IgnoreCase)?|String(?:Not)?Like"
    r"|(?:Numeric|Date)(?:(?:Not)?Equals|(?:LessThan|GreaterThan)(?:Equals)?)"
    r"|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?"
    r"|Null",
    re.ASCII,
)
# What IAM takes in a policy document: "PutRolePolicy" (IAM API Reference).
_CHARACTERS = re.compile(r"[\t\n\r\x20-\xff]*")
_LARGEST_NUMBER = 2**53  # beyond, not every form would carry it exactly
_STATEMENT = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")


def check(policy: Any) -> None:
    """InvalidRequest with the place, such as `Statement[1].Action`, if IAM would refuse it."""
    _object(policy, "The policy")
    for key in policy:
        if key not in ("Version", "Id", "Statement"):
            _refuse(_shown(key), "a policy has Version, Id and Statement, and nothing else")
    if policy.get("Version", "2012-10-17") not in ("2012-10-17", "2008-10-17"):
        _refuse("Version", 'IAM knows "2012-10-17", and "2008-10-17" from of old')
    if "Id" in policy:
        _text(policy["Id"], "Id")
    if "Statement" not in policy:
        _refuse("Statement", "a policy says what it allows in its Statement, which is missing")
    sids: set[str] = set()
    for place, statement in _each(policy["Statement"], "Statement"):
        _check_statement(statement, place)
        sid = statement.get("Sid", "")
        if sid in sids:
            _refuse(f"{place}.Sid", "another statement has the same Sid")
        sids |= {sid} - {""}


def _check_statement(statement: Any, place: str) -> None:
    _object(statement, place)
    for key in statement:
        if key in ("Principal", "NotPrincipal"):
            _refuse(f"{place}.{key}", "who may come in is for the trust policy, which we write")
        if key not in _STATEMENT:
            _refuse(
                f"{place}.{_shown(key)}", "a statement of a permissions policy has no such part"
            )
    if "Sid" in statement and not _SID.fullmatch(_text(statement["Sid"], f"{place}.Sid")):
        _refuse(f"{place}.Sid", "a Sid has letters and digits only")
    if statement.get("Effect") not in ("Allow", "Deny"):
        _refuse(f"{place}.Effect", 'it is "Allow" or "Deny", in just these letters')
    for part, pattern, looks_like in (
        ("Action", _ACTION, 'it looks like "s3:GetObject" or "s3:Get*"'),
        ("Resource", _RESOURCE, 'it is "*" or an ARN such as "arn:aws:s3:::bucket/*"'),
    ):
        _check_patterns(statement, place, part, pattern, looks_like)
    if "Condition" in statement:
        _check_condition(statement["Condition"], f"{place}.Condition")


def _check_patterns(
    statement: dict[str, Any], place: str, part: str, pattern: re.Pattern[str], looks_like: str
) -> None:
    """The part or its opposite: one of the two, of one pattern or of several."""
    present = [name for name in (part, f"Not{part}") if name in statement]
    if len(present) != 1:
        _refuse(f"{place}.{part}", f"a statement has either {part} or Not{part}")
    for inner, value in _each(statement[present[0]], f"{place}.{present[0]}"):
        if not pattern.fullmatch(_text(value, inner)):
            _refuse(inner, looks_like)


def _check_condition(condition: Any, place: str) -> None:
    _object(condition, place)
    for operator, keys in condition.items():
        inner = f"{place}.{_shown(operator)}"
        if not _OPERATOR.fullmatch(operator):
            _refuse(inner, "IAM knows no such operator; letter case counts")
        _object(keys, inner)
        for key, values in keys.items():
            here = f"{inner}.{_shown(key)}"
            if not _CONDITION_KEY.fullmatch(_text(key, here)):
                _refuse(here, 'a condition key looks like "aws:SourceIp"')
            if len(yaml(key)) > YAML_KEY_MAX:
                _refuse(here, "AWS has no condition key that is nearly as long")
            for each, value in _each(values, here):
                if not isinstance(value, bool | int):
                    _text(value, each)
                elif abs(value) >= _LARGEST_NUMBER:
                    _refuse(each, "a number as large as this has to be written as text")


def _each(value: Any, place: str) -> list[tuple[str, Any]]:
    """A list's members, each with its place; anything else stands for a list of one."""
    if not isinstance(value, list):
        return [(place, value)]
    if not value:
        _refuse(place, "the list is empty")
    return [(f"{place}[{number}]", member) for number, member in enumerate(value)]


def _object(value: Any, place: str) -> None:
    if not isinstance(value, dict) or not value:
        _refuse(place, "an object with something in it is expected here")


def _text(value: Any, place: str) -> str:
    if isinstance(value, float):
        _refuse(place, "a number that is not whole has to be written as text")
    if not isinstance(value, str):
        _refuse(place, "text is expected here")
    if not _CHARACTERS.fullmatch(value):
        _refuse(place, "it holds a character that IAM does not take in a policy")
    if "{{" in value:
        _refuse(place, "{{ would be code in CloudFormation")
    return value


def _shown(name: str) -> str:
    """A name out of the text, short enough to be part of a sentence."""
    return name if len(name) <= 60 else f"{name[:60]}…"


def _refuse(place: str, why: str) -> NoReturn:
    printable = "".join(character if character.isprintable() else "?" for character in place)
    raise bad_value("permissions_policy", f"{printable}: {why}.")
