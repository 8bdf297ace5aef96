"""What a client should think about twice in its own permissions policy. Nothing is refused here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from chalicelib.domain.credential_actions import all_actions
from chalicelib.domain.onboarding.setup.documents import Document

# A verb that only looks. Not by IAM's access levels, which would be a table of thousands: whatever
# is not known to look only, `CheckoutLicense` for one, is taken for one that changes something.
_LOOKS = re.compile(
    r"(?:BatchGet|Check|Compare|Count|Describe|Discover|Estimate|Get|Head|List|Lookup|Preview|Query"
    r"|Read|Scan|Search|Select|Simulate|Validate|View)(?![a-z])"
)
# These look by their name, and what they give is a secret or a way in.
_SECRETS = (
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
_EVERYTHING = re.compile(r"\*|arn:[^:]+:[^:]+:\*?:\*?:\*+(?:/\*)?")


def warnings(policy: Document) -> tuple[str, ...]:
    """A sentence for each wildcard that allows much, with its place. The grammar must be right."""
    found: list[str] = []
    if policy.get("Version") != "2012-10-17" and "${" in str(policy):
        found.append('Version: only "2012-10-17" knows variables such as ${aws:username}.')
    many = isinstance(policy["Statement"], list)
    for number, statement in enumerate(_listed(policy["Statement"])):
        if statement["Effect"] == "Allow":
            found += _of_statement(statement, f"Statement[{number}]" if many else "Statement")
    return tuple(found)


def asks_for_everything(policy: Document) -> bool:
    """Return whether the policy makes an administrator: by everything, or by all of IAM."""
    return any(
        "NotAction" in statement or any(map(_is_administrators, _listed(statement["Action"])))
        for statement in _listed(policy["Statement"])
        if statement["Effect"] == "Allow"
    )


def _is_administrators(action: str) -> bool:
    service, _, name = action.partition(":")
    return action in ("*", "*:*") or (service.lower() == "iam" and set(name) <= set("*?"))


def _of_statement(statement: Any, place: str) -> Iterator[str]:
    if "NotAction" in statement:
        yield f"{place}.NotAction: with Allow it allows EVERYTHING else, new services too."
    if "NotResource" in statement:
        yield f"{place}.NotResource: with Allow it allows every resource but these."
    everywhere = "NotResource" in statement or any(
        _EVERYTHING.fullmatch(resource) for resource in _listed(statement.get("Resource", []))
    )
    for action in _listed(statement.get("Action", [])):
        warning = _of_action(action, everywhere=everywhere)
        if warning:
            yield f"{place}.Action: {warning}"


def _of_action(action: str, *, everywhere: bool) -> str | None:
    service, _, name = action.partition(":")
    if action in ("*", "*:*"):
        return f'"{action}" allows everything: this is an administrator.'
    if service.lower() == "iam" and set(name) <= set("*?"):
        return f'"{action}" can give itself any permission: this is an administrator.'
    if set(name) <= set("*?"):
        return f'"{action}" allows all of {service}, what changes and what deletes included.'
    if not everywhere:
        return None
    if any(fnmatchcase(one.lower(), action.lower()) for one in (*_SECRETS, *all_actions())):
        return f'"{action}" also hands out secrets or credentials: restrict the resources.'
    if _LOOKS.match(name):
        return None
    return f'"{action}" is more than looking, and its resource is everything: name the resources.'


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
