"""Our own side: the firm, its AWS account, and what can be a client's role."""

from __future__ import annotations

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import RoleArn, role_arn
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Thing


class Firm(Thing, frozen=True, kw_only=True):
    """Our own side: the account that Daypass runs in, and its partition."""

    account_id: str
    partition: str
    name: str = ""
    """What the clients call us; shown to them, and proof of nothing."""
    broker_role_name: str = "daypass-broker"
    """As `.chalice/foundation.yaml` has it: clients' trust policies name this role."""

    @property
    def broker_role_arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:role/{self.broker_role_name}"

    def client_role(self, unverified: str) -> RoleArn:
        """Read the ARN of a role that can be a client's.

        InvalidRequest for what is no role's ARN, and for a role of another partition, which cannot
        be assumed from here, or of our own account.
        """
        arn = role_arn(unverified)
        if arn.partition != self.partition:
            raise InvalidRequest(Reason.ROLE_IN_ANOTHER_PARTITION, field="arn")
        if arn.account_id == self.account_id:
            raise InvalidRequest(Reason.ACCOUNT_IS_OUR_OWN, field="arn")
        return arn
