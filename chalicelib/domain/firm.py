"""Describe the firm: its AWS accounts, and which roles can belong to a client."""

from __future__ import annotations

from chalicelib.domain.errors import InvalidRequest, Unavailable
from chalicelib.domain.identifiers import RoleArn, parse_role_arn
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Value


class Firm(Value, frozen=True, kw_only=True):
    """The consultancy that runs Daypass, with the AWS account and partition of the deployment."""

    account_id: str
    partition: str
    other_accounts: tuple[str, ...] = ()
    """The firm's other AWS accounts. They belong to no client, and Daypass never enters them."""
    organization_id: str = ""
    """The ID of the firm's AWS organization, such as o-a1b2c3d4e5. May be empty."""
    knows_its_accounts: bool = True
    """False if the setting for the other accounts or for the organization is invalid."""
    name: str = ""
    """The firm's name as clients know it. It is displayed, and proves nothing."""
    contact: str = ""
    """The e-mail address for clients. May be empty."""
    broker_role_name: str = "daypass-broker"
    """The role in `.chalice/foundation.yaml` that clients' trust policies name."""

    @property
    def broker_role_arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:role/{self.broker_role_name}"

    @property
    def root_arn(self) -> str:
        """Return the principal that stands for the whole account in a trust policy, not only its
        root user."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    def require_known_accounts(self) -> None:
        """Raise Unavailable if one of the firm's own accounts could be mistaken for a client's.
        Call this wherever a request names a new account. Vending uses accounts that were checked
        earlier."""
        if not self.knows_its_accounts:
            raise Unavailable(Reason.SETTING_INVALID)

    def client_account_problem(self, account_id: str) -> Reason | None:
        """Return why an AWS account cannot be a client's: it is one of the firm's own. None if it
        can. The broker role's own policy refuses unlisted accounts of the organization."""
        if account_id == self.account_id:
            return Reason.DAYPASS_ACCOUNT
        if account_id in self.other_accounts:
            return Reason.FIRM_ACCOUNT
        return None

    def parse_client_role(self, unverified: str) -> RoleArn:
        """Parse the ARN of a client's role. InvalidRequest if it is not a role's ARN, or is in
        another partition or in one of the firm's own accounts."""
        arn = parse_role_arn(unverified)
        if arn.partition != self.partition:
            raise InvalidRequest(Reason.ROLE_IN_ANOTHER_PARTITION, field="arn")
        if (reason := self.client_account_problem(arn.account_id)) is not None:
            raise InvalidRequest(reason, field="arn")
        return arn
