"""Warnings about broad permissions in a client's own policy. Nothing is refused here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from chalicelib.domain.credential_actions import all_actions
from chalicelib.domain.onboarding.setup.documents import Document

# Verbs that only read. IAM's access levels would need a table of thousands of actions. An action
# with any other verb, such as `CheckoutLicense`, counts as one that changes something.
_READ_VERBS = re.compile(
    r"(?:BatchGet|Check|Compare|Count|Describe|Discover|Estimate|Get|Head|List|Lookup|Preview|Query"
    r"|Read|Scan|Search|Select|Simulate|Validate|View)(?![a-z])"
)
# By name these only read, but they return a secret.
_SECRETS = (
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
_EVERYTHING = re.compile(r"\*|arn:[^:]+:[^:]+:\*?:\*?:\*+(?:/\*)?")


def warnings(policy: Document) -> tuple[str, ...]:
    """Return a sentence for each broad permission, with its place. The policy must be valid."""
    result: list[str] = []
    if policy.get("Version") != "2012-10-17" and "${" in str(policy):
        result.append('Version: only "2012-10-17" supports variables such as ${aws:username}.')
    many = isinstance(policy["Statement"], list)
    for number, statement in enumerate(_listed(policy["Statement"])):
        if statement["Effect"] == "Allow":
            result += _of_statement(statement, f"Statement[{number}]" if many else "Statement")
    return tuple(result)


def grants_admin(policy: Document) -> bool:
    """Return whether the policy allows every action, or all of IAM, which amounts to the same."""
    return any(
        "NotAction" in statement or any(map(_is_administrators, _listed(statement["Action"])))
        for statement in _listed(policy["Statement"])
        if statement["Effect"] == "Allow"
    )


def _is_administrators(action: str) -> bool:
    service, _, name = action.partition(":")
    return action in ("*", "*:*") or (service.lower() == "iam" and set(name) <= set("*?"))


def _of_statement(statement: Any, path: str) -> Iterator[str]:
    if "NotAction" in statement:
        yield f"{path}.NotAction: with Allow, it allows EVERY other action, also of new services."
    if "NotResource" in statement:
        yield f"{path}.NotResource: with Allow, it allows every resource except these."
    everywhere = "NotResource" in statement or any(
        _EVERYTHING.fullmatch(resource) for resource in _listed(statement.get("Resource", []))
    )
    for action in _listed(statement.get("Action", [])):
        warning = _of_action(action, everywhere=everywhere)
        if warning:
            yield f"{path}.Action: {warning}"


def _of_action(action: str, *, everywhere: bool) -> str | None:
    service, _, name = action.partition(":")
    if action in ("*", "*:*"):
        return f'"{action}" allows every action: the role is an administrator.'
    if service.lower() == "iam" and set(name) <= set("*?"):
        return f'"{action}" lets the role give itself any permission: it is an administrator.'
    if set(name) <= set("*?"):
        return f'"{action}" allows every action of {service}, including changes and deletions.'
    if not everywhere:
        return None
    if any(fnmatchcase(risky.lower(), action.lower()) for risky in (*_SECRETS, *all_actions())):
        return f'"{action}" exposes every secret or credential; restrict the resources.'
    if _READ_VERBS.match(name):
        return None
    return f'"{action}" can change things, and it applies to every resource: name the resources.'


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
