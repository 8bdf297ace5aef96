"""The actions that botocore knows, and the fields of their answers."""

from functools import cache
from typing import Any

import botocore.session

# Services, and one action, with another prefix in IAM than in the name that signs requests.
SPELT = {"awsssoportal": "sso", "monitoring": "cloudwatch"}
SPELT_ACTIONS = {"s3:CreateSession": "s3express:CreateSession"}
SENSITIVE = "!"
"""Ends the name of a field that AWS marks as sensitive."""


@cache
def operations() -> dict[str, frozenset[str]]:
    """Return every action, with the names of all fields of its answer in small letters."""
    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    fields: dict[str, frozenset[str]] = {}
    for name in session.get_available_services():
        model = loader.load_service_model(name, "service-2")
        metadata = model["metadata"]
        signed = metadata.get("signingName", metadata["endpointPrefix"])
        for operation, declared in model["operations"].items():
            action = f"{SPELT.get(signed, signed)}:{operation}"
            action = SPELT_ACTIONS.get(action, action)
            output = declared.get("output")
            names: set[str] = set()
            if output is not None:
                _collect(model["shapes"], output["shape"], names, set())
            fields[action] = fields.get(action, frozenset()) | names
    return fields


def _collect(shapes: dict[str, Any], shape_name: str, names: set[str], seen: set[str]) -> None:
    if shape_name in seen:
        return
    seen.add(shape_name)
    shape = shapes[shape_name]
    for field, member in shape.get("members", {}).items():
        is_sensitive = member.get("sensitive") or shapes[member["shape"]].get("sensitive")
        names.add(field.lower() + SENSITIVE * bool(is_sensitive))
        _collect(shapes, member["shape"], names, seen)
    for part in ("member", "value", "key"):
        if part in shape:
            if shapes[shape[part]["shape"]].get("sensitive"):
                names.add(part + SENSITIVE)
            _collect(shapes, shape[part]["shape"], names, seen)
