"""The condition keys of an AssumeRole request, for each action that it needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Tags = Iterable[Mapping[str, str]]

# "Actions, resources, and condition keys for AWS STS" (Service Authorization Reference). AWS does
# not document whether an action has keys beyond its list. Here it has not.
_OF_TAGS = {"aws:tagkeys", "aws:requesttag", "sts:transitivetagkeys"}
_KEYS = {
    "sts:AssumeRole": {
        *_OF_TAGS,
        "sts:externalid",
        "sts:rolesessionname",
        "sts:sourceidentity",
        "iam:resourcetag",
    },
    "sts:SetSourceIdentity": {"sts:sourceidentity"},
    "sts:TagSession": _OF_TAGS,
}


def of(
    action: str,
    *,
    parameters: Mapping[str, str],
    tags: Tags,
    source_identity: str | None,
    role_tags: Tags,
) -> dict[str, Any]:
    """Return the action's keys, in lower case, with their values; None for an absent key."""
    transitive = [value for name, value in parameters.items() if name.startswith("TransitiveTag")]
    keys: dict[str, Any] = {
        "sts:externalid": parameters.get("ExternalId"),
        "sts:rolesessionname": parameters.get("RoleSessionName"),
        "sts:sourceidentity": source_identity,
        "sts:transitivetagkeys": transitive or None,
        "aws:tagkeys": [tag["Key"] for tag in tags] or None,
        **{f"aws:requesttag/{tag['Key'].lower()}": tag["Value"] for tag in tags},
        **{f"iam:resourcetag/{tag['Key'].lower()}": tag["Value"] for tag in role_tags},
    }
    supported = _KEYS[action]
    return {name: keys[name] if name.split("/")[0] in supported else None for name in keys}
