"""Which condition keys a call of AssumeRole has, for each of the actions that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Tags = Iterable[Mapping[str, str]]

# "Actions, resources, and condition keys for AWS STS" (Service Authorization Reference). Whether a
# key is there for an action that does not list it is not documented; here it is not.
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
    """The action's keys in lower case, with their values; None for one that the call has not."""
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
    known = _KEYS[action]
    return {name: keys[name] if name.split("/")[0] in known else None for name in keys}
