"""A client's role as the fakes know it, and the secrets that they hand out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tests.fakes.trust import Asked, trusts

# Known secrets, to be looked for wherever they must not be.
CANARY_SECRET_KEY = "CANARYsecretAccessKey+/0123456789abcdefgh"


CANARY_SESSION_TOKEN = "CANARYsessionToken//0123456789abcdefghijklmnopqrstuvwxyz=="


class FakeRole(Struct):
    """A client's role as its trust policy makes it."""

    external_id: str
    demands_external_id: bool = True
    takes_any_external_id: bool = False
    ignores_case: bool = False
    allows_source_identity: bool = True
    allows_tags: bool = True
    also: str = ""
    """A second external ID that it lets in."""
    longest: int = 3600
    really_in: str = ""
    """The account that one arrives in, if that is not the one in its ARN."""
    region_disabled: bool = False
    trust: Mapping[str, Any] | None = None
    """Its trust policy; with one, that is what counts, and not what is said above."""

    def lets_in(self, asked: Asked) -> bool:
        if self.trust is not None:
            return trusts(self.trust, asked)
        external_id = asked.external_id
        if external_id is None:
            known = not self.demands_external_id
        else:
            known = (
                external_id in (self.external_id, self.also)
                or self.takes_any_external_id
                or (self.ignores_case and external_id.lower() == self.external_id.lower())
                or not self.demands_external_id
            )
        return (
            known
            and (asked.source_identity is None or self.allows_source_identity)
            and (not asked.tags or self.allows_tags)
        )
