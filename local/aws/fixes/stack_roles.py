"""The permissions boundary of a role that a CloudFormation stack creates or updates."""

from __future__ import annotations

from typing import Any

from ministack.services import iam
from ministack.services.cloudformation import provisioners


def apply() -> None:
    """Give a stack's roles the permissions boundary of the template. ministack ignores it."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::IAM::Role"]
    create_without, update_without = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        created = create_without(logical_id, properties, stack_name)
        _set_boundary(created[0], properties)
        return created

    def update(name: str, before: dict[str, Any], after: dict[str, Any], *more: Any) -> Any:
        updated = update_without(name, before, after, *more)
        _set_boundary(updated[0], after)
        return updated

    handlers["create"], handlers["update"] = create, update


def _set_boundary(role_name: str, properties: dict[str, Any]) -> None:
    iam._roles[role_name]["PermissionsBoundary"] = properties.get("PermissionsBoundary")
