"""Amazon S3 as the Templates port uses it, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason

SIGNED = "X-Amz-Signature=1"


@dataclass(slots=True)
class FakeTemplates:
    """Templates by name, at URLs that look as those of Amazon S3 do."""

    region: str = "eu-central-1"
    is_reachable: bool = True
    laid: dict[str, str] = field(default_factory=dict)

    def publish(self, name: str, text: str) -> str:
        if not self.is_reachable:
            raise Unavailable(Reason.AWS_UNREACHABLE)
        self.laid[name] = text
        return f"https://templates.s3.{self.region}.amazonaws.com/{name}?{SIGNED}"

    def read(self, url: str) -> str:
        """As whoever has the URL does. PermissionError without its signature."""
        place, _, signature = url.partition("?")
        if signature != SIGNED:
            raise PermissionError(place)
        return self.laid[place.split(".amazonaws.com/")[1]]
