"""Define the firm, the consultancy that runs Daypass, and its AWS accounts. Refuse roles that
cannot be a client's."""

from __future__ import annotations

from chalicelib.domain.errors import InvalidRequest, Reason, Unavailable, bad_value
from chalicelib.domain.identifiers import RoleArn, has_cut_off_path, parse_role_arn
from chalicelib.domain.values import Value


class Firm(Value):
    """The consultancy that runs Daypass, with the AWS account and partition of the deployment."""

    account_id: str
    partition: str
    other_accounts: tuple[str, ...] = ()
    """The firm's other AWS accounts. They belong to no client, and Daypass never assumes roles
    in them."""
    organization_id: str = ""
    """The ID of the firm's AWS organization, such as o-a1b2c3d4e5. May be empty."""
    knows_its_accounts: bool = True
    """False if the setting for the other accounts or for the organization is invalid."""
    name: str = ""
    """The firm's name as clients know it. Daypass only displays it."""
    contact: str = ""
    """The e-mail address for clients. May be empty."""
    broker_role_name: str = "daypass-broker"
    """The role in `.chalice/foundation.yaml` that clients' trust policies name."""

    @property
    def shown_name(self) -> str:
        """Return the name for the inside of a sentence to a client."""
        return self.name or f"the company that owns AWS account {self.account_id}"

    @property
    def broker_role_arn(self) -> str:
        """Return the ARN of the role with which Daypass assumes clients' roles."""
        return f"arn:{self.partition}:iam::{self.account_id}:role/{self.broker_role_name}"

    @property
    def root_arn(self) -> str:
        """Return the principal that stands for the whole account in a trust policy, not only its
        root user."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    def require_known_accounts(self) -> None:
        """Raise Unavailable if the settings that list the firm's accounts are invalid, because
        Daypass could mistake one of these accounts for a client's. Call this wherever a request
        names a new account. Vending only uses accounts that were checked earlier."""
        if not self.knows_its_accounts:
            raise Unavailable(Reason.SETTING_INVALID)

    def find_client_account_problem(self, account_id: str) -> Reason | None:
        """Return the reason if this AWS account is one of the firm's own, which cannot be a
        client's. Return None otherwise. This finds only the accounts that the settings list. For
        other accounts of the firm's organization, the broker role's IAM policy denies access."""
        if account_id == self.account_id:
            return Reason.DAYPASS_ACCOUNT
        if account_id in self.other_accounts:
            return Reason.FIRM_ACCOUNT
        return None

    def parse_client_role(self, unverified: str) -> RoleArn:
        """Parse the ARN of a client's role for members' sessions.

        Raise InvalidRequest for a cut-off role, and if `parse_role_in_client_account` does. No one
        gets a session of a cut-off role: it could release a cut-off.
        """
        arn = self.parse_role_in_client_account(unverified)
        if has_cut_off_path(arn.path):
            raise bad_value(
                "arn",
                "This is a cut-off role, which Daypass uses only to end live sessions. Members"
                " cannot get sessions of it. Send the ARN of the role that members use.",
            )
        return arn

    def parse_role_in_client_account(self, unverified: str) -> RoleArn:
        """Parse the ARN of a role in a client's account. Raise InvalidRequest if it is not a role's
        ARN, or if the role is in another partition or in one of the firm's own accounts."""
        arn = parse_role_arn(unverified)
        if arn.partition != self.partition:
            raise InvalidRequest(Reason.ROLE_IN_ANOTHER_PARTITION, field="arn")
        if (reason := self.find_client_account_problem(arn.account_id)) is not None:
            raise InvalidRequest(reason, field="arn")
        return arn
