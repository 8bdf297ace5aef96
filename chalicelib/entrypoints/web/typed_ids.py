"""Read the IDs that people type in the console. No ID has capital letters, so `Alice` means
`alice`. The API itself is strict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import fields

from chalicelib.domain.identifiers import (
    EngagementId,
    MemberId,
    RequestId,
    RoleName,
    SessionId,
    TokenId,
)
from chalicelib.domain.text import IdPrefix
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.parsing import without_none

_TYPED = (EngagementId, MemberId, RoleName, TokenId, SessionId, RequestId, IdPrefix)


def normalise_ids(kind: type[Request], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with each ID that the request type declares in lower case and without
    spaces around it."""
    names = {each.encode_name for each in fields(kind) if without_none(each.type) in _TYPED}
    return {
        name: value.strip().lower() if name in names and isinstance(value, str) else value
        for name, value in values.items()
    }
