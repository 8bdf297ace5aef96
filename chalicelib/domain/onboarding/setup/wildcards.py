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
# Actions whose names sound like reading configuration, but which return secrets.
_SECRETS = (
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
_EVERYTHING = re.compile(r"\*|arn:[^:]+:[^:]+:\*?:\*?:\*+(?:/\*)?")


def find_policy_warnings(policy: Document) -> tuple[str, ...]:
    """Return a sentence for each broad permission in a valid policy, with its path."""
    result: list[str] = []
    if policy.get("Version") != "2012-10-17" and "${" in str(policy):
        result.append('Version: only "2012-10-17" supports variables such as ${aws:username}.')
    has_list = isinstance(policy["Statement"], list)
    for number, statement in enumerate(_as_list(policy["Statement"])):
        if statement["Effect"] == "Allow":
            result += _find_statement_warnings(
                statement, f"Statement[{number}]" if has_list else "Statement"
            )
    return tuple(result)


def grants_admin(policy: Document) -> bool:
    """Return whether the policy allows every action, or every IAM action.

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
    return action in ("*", "*:*") or (service.lower() == "iam" and set(name) <= set("*?"))


def _find_statement_warnings(statement: Any, path: str) -> Iterator[str]:
    """Yield a sentence for each broad permission in a statement that allows."""
    if "NotAction" in statement:
        yield f"{path}.NotAction: with Allow, it allows EVERY other action, also of new services."
    if "NotResource" in statement:
        yield f"{path}.NotResource: with Allow, it allows every resource except these."
    on_every_resource = "NotResource" in statement or any(
        _EVERYTHING.fullmatch(resource) for resource in _as_list(statement.get("Resource", []))
    )
    for action in _as_list(statement.get("Action", [])):
        warning = _find_action_warning(action, on_every_resource=on_every_resource)
        if warning:
            yield f"{path}.Action: {warning}"


def _find_action_warning(action: str, *, on_every_resource: bool) -> str | None:
    """Return a sentence if this allowed action is broad, or None."""
    service, _, name = action.partition(":")
    if action in ("*", "*:*"):
        return f'"{action}" allows every action: the role is an administrator.'
    if service.lower() == "iam" and set(name) <= set("*?"):
        return f'"{action}" lets the role give itself any permission: it is an administrator.'
    if set(name) <= set("*?"):
        return f'"{action}" allows every action of {service}, including changes and deletions.'
    if not on_every_resource:
        return None
    if any(fnmatchcase(risky.lower(), action.lower()) for risky in (*_SECRETS, *all_actions())):
        return f'"{action}" exposes every secret or credential; restrict the resources.'
    if _READ_VERBS.match(name):
        return None
    return f'"{action}" can change things, and it applies to every resource: name the resources.'


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
