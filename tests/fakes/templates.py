"""Amazon S3 as the Templates port uses it, in memory."""

from dataclasses import dataclass, field

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason

SIGNED = "X-Amz-Signature=1"


@dataclass(slots=True)
class FakeTemplates:
    """Templates by name, at URLs like those of Amazon S3."""

    region: str = "eu-central-1"
    is_reachable: bool = True
    published: dict[str, str] = field(default_factory=dict)

    def publish(self, name: str, text: str) -> str:
        if not self.is_reachable:
            raise Unavailable(Reason.AWS_UNREACHABLE)
        self.published[name] = text
        return f"https://templates.s3.{self.region}.amazonaws.com/{name}?{SIGNED}"

    def read(self, url: str) -> str:
        """Return the template at the URL. PermissionError if the signature is missing or wrong."""
        address, _, signature = url.partition("?")
        if signature != SIGNED:
            raise PermissionError(address)
        return self.published[address.split(".amazonaws.com/")[1]]
