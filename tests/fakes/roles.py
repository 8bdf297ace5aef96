"""A client's role in the fakes, and the secrets that the fakes vend."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from chalicelib.domain.policies.documents import Document, document
from tests.fakes.trust import AssumeRoleRequest, allows_request

CANARY_SECRET_KEY = "CANARYsecretAccessKey+/0123456789abcdefgh"
CANARY_SESSION_TOKEN = "CANARYsessionToken//0123456789abcdefghijklmnopqrstuvwxyz=="
"""Recognisable secrets. Tests search for them where no secret may be."""


class FakeRole(Struct):
    """A client's role: the conditions of its trust policy, or a whole policy in `trust`."""

    external_id: str
    requires_external_id: bool = True
    accepts_any_external_id: bool = False
    ignores_case: bool = False
    allows_source_identity: bool = True
    allows_tags: bool = True
    second_external_id: str = ""
    """Another external ID that the role accepts."""
    max_session_duration: int = 3600
    actual_account: str = ""
    """The account of the role's sessions, if it differs from the one in the ARN."""
    region_disabled: bool = False
    trust: Mapping[str, Any] | None = None
    """The trust policy. With one, the fields above that describe the trust do not count."""
    policies: list[Document] = field(
        default_factory=lambda: [document({"Effect": "Allow", "Action": "*", "Resource": "*"})]
    )
    """The role's own permissions policies."""
    attached: list[str] = field(default_factory=list)
    """The ARNs of the AWS managed policies that are attached to the role."""
    boundary: str = ""
    """The ARN of the role's permissions boundary, which `World.iam` has."""

    def accepts(self, request: AssumeRoleRequest) -> bool:
        if self.trust is not None:
            return allows_request(self.trust, request)
        external_id = request.external_id
        if external_id is None:
            is_accepted = not self.requires_external_id
        else:
            is_accepted = (
                external_id in (self.external_id, self.second_external_id)
                or self.accepts_any_external_id
                or (self.ignores_case and external_id.lower() == self.external_id.lower())
                or not self.requires_external_id
            )
        return (
            is_accepted
            and (request.source_identity is None or self.allows_source_identity)
            and (not request.tags or self.allows_tags)
        )
