"""Warnings about broad permissions in a client's own policy. Nothing is refused here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from chalicelib.domain.policies.credential_actions import list_credential_actions
from chalicelib.domain.policies.documents import Document

# Verbs that only read. IAM's access levels would need a table of thousands of actions. An action
# with any other verb, such as `CheckoutLicense`, counts as one that changes something.
_READ_VERBS = re.compile(
    r"(?:BatchGet|Check|Compare|Count|Describe|Discover|Estimate|Get|Head|List|Lookup|Preview|Query"
    r"|Read|Scan|Search|Select|Simulate|Validate|View)(?![a-z])"
)
# Actions whose names sound like reading configuration, but which return secrets.
_SECRET_READS = (
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
# A resource pattern that matches every resource, or every resource of a service.
_EVERY_RESOURCE = re.compile(r"\*|arn:[^:]+:[^:]+:\*?:\*?:\*+(?:/\*)?")
# A pattern that matches every resource of one type, such as every role or every secret, in any
# account and region or in one.
_EVERY_OF_A_TYPE = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]+:(?:[a-z-]+[/:])?\*+(?:/\*)?")

_NAME_ACTIONS = "Name the actions that the role needs."


def find_policy_warnings(policy: Document) -> tuple[str, ...]:
    """Return a sentence for each broad permission in a valid policy, and for variables that the
    policy's version does not support. Each sentence begins with the JSON path of what it is
    about."""
    warnings: list[str] = []
    if policy.get("Version") != "2012-10-17" and "${" in str(policy):
        warnings.append(
            'Version: only "2012-10-17" supports variables such as ${aws:username}. Use this'
            " version."
        )
    has_statement_list = isinstance(policy["Statement"], list)
    for number, statement in enumerate(_as_list(policy["Statement"])):
        if statement["Effect"] == "Allow":
            warnings += _find_statement_warnings(
                statement, f"Statement[{number}]" if has_statement_list else "Statement"
            )
    return tuple(warnings)


def grants_admin(policy: Document) -> bool:
    """Return whether the policy allows every action, every IAM action, or every action except some
    (`NotAction`).

    A role with every IAM action can give itself any other permission.
    """
    return any(
        "NotAction" in statement
        or any(map(_allows_everything_or_iam, _as_list(statement["Action"])))
        for statement in _as_list(policy["Statement"])
        if statement["Effect"] == "Allow"
    )


def _allows_everything_or_iam(action: str) -> bool:
    service, _, name = action.partition(":")
    return action in ("*", "*:*") or (service.lower() == "iam" and _is_only_wildcards(name))


def _is_only_wildcards(name: str) -> bool:
    return set(name) <= set("*?")


def _find_statement_warnings(statement: Any, path: str) -> Iterator[str]:
    if "NotAction" in statement:
        yield (
            f"{path}.NotAction: with Allow, the statement allows EVERY other action, including"
            " those of new services. Use Action instead."
        )
    if "NotResource" in statement:
        yield (
            f"{path}.NotResource: with Allow, the statement allows every resource except these. Use"
            " Resource instead."
        )
    resources = _as_list(statement.get("Resource", []))
    on_every_resource = "NotResource" in statement or any(map(_EVERY_RESOURCE.fullmatch, resources))
    on_every_secret = on_every_resource or any(map(_EVERY_OF_A_TYPE.fullmatch, resources))
    for action in _as_list(statement.get("Action", [])):
        warning = _find_action_warning(
            action, on_every_resource=on_every_resource, on_every_secret=on_every_secret
        )
        if warning:
            yield f"{path}.Action: {warning}"


def _find_action_warning(
    action: str, *, on_every_resource: bool, on_every_secret: bool
) -> str | None:
    """Return a warning if this action, which the policy allows, is broad; otherwise None. The
    action may be a pattern, such as `s3:*`. `on_every_secret` is also true if the statement names
    every resource of one type, such as every role."""
    service, _, name = action.partition(":")
    if action in ("*", "*:*"):
        return f'"{action}" allows every action: the role is an administrator. {_NAME_ACTIONS}'
    if service.lower() == "iam" and _is_only_wildcards(name):
        return f'"{action}" lets the role give itself any permission. {_NAME_ACTIONS}'
    if _is_only_wildcards(name):
        return (
            f'"{action}" allows every action of {service}, including changes and deletions.'
            f" {_NAME_ACTIONS}"
        )
    if on_every_secret and any(
        fnmatchcase(exposing_action.lower(), action.lower())  # the policy's action is the pattern
        for exposing_action in (*_SECRET_READS, *list_credential_actions())
    ):
        return f'"{action}" exposes every secret or credential. Restrict the resources.'
    if not on_every_resource or _READ_VERBS.match(name):
        return None
    return f'"{action}" can change things, and applies to every resource. Name the resources.'


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
