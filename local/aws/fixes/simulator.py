"""IAM's policy simulator: its resource, unknown roles, and context keys from the request."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id
from ministack.services import iam

_SIMULATE = "SimulatePrincipalPolicy"
_ROLE = ":role/"


def apply() -> None:
    """Take the simulated principal as the resource, refuse unknown roles, and use context keys.

    "Actions, resources, and condition keys for AWS IAM" (Service Authorization Reference): the
    resource of SimulatePrincipalPolicy is the user, group or role. In ministack it is `*`, so a
    policy that names the role does not allow the call.
    """
    extract_resource_arn = iam_actions.extract_resource_arn
    simulate = iam._IAM_HANDLERS[_SIMULATE]

    def extract_principal(
        service: str, method: str, path: str, headers: Any, body: Any, query: Any, *more: Any
    ) -> str:
        source = query.get("PolicySourceArn") if service == "iam" else None
        if source:
            return str(source[0] if isinstance(source, list) else source)
        arn: str = extract_resource_arn(service, method, path, headers, body, query, *more)
        return arn

    def simulate_existing_principal(parameters: dict[str, Any]) -> Any:
        source = iam._p(parameters, "PolicySourceArn")
        if _ROLE in source:
            role = iam._roles.get_scoped(get_account_id(), None, source.rsplit("/", 1)[-1])
            if role is None or role["Arn"] != source:
                return iam._error(404, "NoSuchEntity", f"Role {source} does not exist.", ns="iam")
        with _with_entries(_entries(parameters)):
            return simulate(parameters)

    resolve_key = iam_evaluator._resolve_condition_key

    def resolve_with_entries(key: str, context: Any) -> Any:
        entries = _context_entries.get()
        return entries[key.lower()] if key.lower() in entries else resolve_key(key, context)

    iam_evaluator._resolve_condition_key = resolve_with_entries
    iam_actions.extract_resource_arn = extract_principal
    iam._IAM_HANDLERS[_SIMULATE] = simulate_existing_principal


_context_entries: ContextVar[Mapping[str, Any]] = ContextVar(
    "context entries", default=MappingProxyType({})
)


@contextmanager
def _with_entries(entries: Mapping[str, Any]) -> Iterator[None]:
    token = _context_entries.set(entries)
    try:
        yield
    finally:
        _context_entries.reset(token)


def _entries(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the simulation's context keys, in lower case, with their values."""
    entries: dict[str, Any] = {}
    for number in itertools.count(1):
        prefix = f"ContextEntries.member.{number}"
        key = iam._p(parameters, f"{prefix}.ContextKeyName")
        if not key:
            return entries
        names = (f"{prefix}.ContextKeyValues.member.{n}" for n in itertools.count(1))
        values = list(itertools.takewhile(bool, (iam._p(parameters, name) for name in names)))
        is_list = iam._p(parameters, f"{prefix}.ContextKeyType").endswith("List")
        entries[key.lower()] = values if is_list else next(iter(values), "")
    return entries
