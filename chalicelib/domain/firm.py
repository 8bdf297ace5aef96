"""Our own side: the firm, its AWS account, and what can be a client's role."""

from __future__ import annotations

from chalicelib.domain.errors import InvalidRequest, Unavailable
from chalicelib.domain.identifiers import RoleArn, role_arn
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Value


class Firm(Value, frozen=True, kw_only=True):
    """Our own side: the account that Daypass runs in, and its partition."""

    account_id: str
    partition: str
    other_accounts: tuple[str, ...] = ()
    """The firm's AWS accounts besides this one: no client's, and never entered."""
    organization_id: str = ""
    """The AWS organization that the firm's accounts are in, such as o-a1b2c3d4e5. May be empty."""
    knows_its_accounts: bool = True
    """False if the setting of the other accounts or of the organization is invalid."""
    name: str = ""
    """What the clients call us; shown to them, and proof of nothing."""
    contact: str = ""
    """The e-mail address that clients are told to write to. May be empty."""
    broker_role_name: str = "daypass-broker"
    """As `.chalice/foundation.yaml` has it: clients' trust policies name this role."""

    @property
    def broker_role_arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:role/{self.broker_role_name}"

    @property
    def root_arn(self) -> str:
        """How a trust policy names the whole account, and not its root user."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    def require_known_accounts(self) -> None:
        """Raise Unavailable if an account of the firm's own could be taken for a client's. Whatever
        names an account to enter calls this; vending enters accounts that were named before."""
        if not self.knows_its_accounts:
            raise Unavailable(Reason.SETTING_INVALID)

    def no_client(self, account_id: str) -> Reason | None:
        """Return why an AWS account can be no client's: it is one of the firm's own. None if it can
        be. One of the organization that is not listed is refused by the broker's own policy."""
        if account_id == self.account_id:
            return Reason.DAYPASS_ACCOUNT
        if account_id in self.other_accounts:
            return Reason.FIRM_ACCOUNT
        return None

    def client_role(self, unverified: str) -> RoleArn:
        """Read the ARN of a role that can be a client's. InvalidRequest for what is no role's ARN,
        and for a role of another partition or of an account of the firm's own."""
        arn = role_arn(unverified)
        if arn.partition != self.partition:
            raise InvalidRequest(Reason.ROLE_IN_ANOTHER_PARTITION, field="arn")
        if (reason := self.no_client(arn.account_id)) is not None:
            raise InvalidRequest(reason, field="arn")
        return arn
