"""Log groups of a CloudFormation stack that have no name in the template."""

from __future__ import annotations

import secrets
from typing import Any

from ministack.services.cloudformation import provisioners


def apply() -> None:
    """Name a group after its stack, as AWS does, with a new suffix for each creation, so that a
    group that a deleted stack left is not taken over."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Logs::LogGroup"]
    create_named, update_named = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        name = f"{stack_name}-{logical_id}-{secrets.token_hex(6)}"
        return create_named(logical_id, {"LogGroupName": name} | properties, stack_name)

    def update(name: str, before: dict[str, Any], after: dict[str, Any], *more: Any) -> Any:
        own = {} if "LogGroupName" in before or "LogGroupName" in after else {"LogGroupName": name}
        return update_named(name, own | before, own | after, *more)

    handlers["create"], handlers["update"] = create, update
