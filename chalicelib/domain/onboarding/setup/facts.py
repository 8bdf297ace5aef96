"""The role that a client is asked to create. A `Setup` that exists has been checked."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from chalicelib.domain.errors import bad_value
from chalicelib.domain.firm import Firm
from chalicelib.domain.identifiers import RoleArn, role_arn
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.onboarding.role_setup import SHORTEST_MAXIMUM, PermissionSet
from chalicelib.domain.onboarding.setup.permissions import Permissions
from chalicelib.domain.onboarding.setup.quoting import for_description, on_one_line
from chalicelib.domain.values import Value

INLINE_POLICY_NAME = "daypass-permissions"

_BOUNDARY_ARN = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):iam::(?P<account>aws|[0-9]{12}):policy"
    r"/(?:[!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,128}",
    re.ASCII,
)


class Setup(Value, frozen=True, kw_only=True):
    """One role of one engagement, as the client is asked to create it.

    `ends_at` is when its trust in us ends. `max_session_duration` is in seconds. While an external
    ID is being rotated there are two, and either lets us in. `boundary_arn` names a permissions
    boundary that the client has; `makes_boundary` asks for ours. Nothing in a name is ever code.

    InvalidRequest (`bad-value`, the field it is about) for what AWS would not take or what would
    make a role that is not this engagement's.
    """

    firm: Firm
    client: str
    role_arn: str
    external_ids: tuple[str, ...]
    ends_at: datetime
    permissions: Permissions
    max_session_duration: int = SHORTEST_MAXIMUM
    boundary_arn: str | None = None
    makes_boundary: bool = False
    allows_source_identity: bool = True
    allows_tags: bool = True

    def __post_init__(self) -> None:
        self.firm.client_role(self.role_arn)
        _check_boundary(self)
        _check_what_stays(self)

    @property
    def is_there_already(self) -> bool:
        """The role is not one to be created: all that is asked for is that it trusts us."""
        return self.permissions.choice is PermissionSet.AS_THEY_ARE

    @property
    def arn(self) -> RoleArn:
        return role_arn(self.role_arn)

    @property
    def account_id(self) -> str:
        return self.arn.account_id

    @property
    def partition(self) -> str:
        return self.arn.partition

    @property
    def role_name(self) -> str:
        return self.role_arn.rsplit("/", 1)[1]

    @property
    def path(self) -> str:
        """`/`, or `/some/path/`."""
        return self.role_arn.split(":role", 1)[1].removesuffix(self.role_name)

    @property
    def description(self) -> str:
        return for_description(
            f"{self.we} enters this account with this role, through Daypass, until {self.end}."
            " To end their access, delete this role."
        )

    @property
    def managed_policy_arn(self) -> str | None:
        return self.permissions.managed_policy_arn(self.partition)

    @property
    def permissions_boundary(self) -> str | None:
        """The ARN of the boundary that is there, or of the one to be made."""
        return self.our_boundary_arn if self.makes_boundary else self.boundary_arn

    @property
    def our_boundary_name(self) -> str:
        return f"{self.role_name}-daypass-boundary"

    @property
    def our_boundary_arn(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:policy/{self.our_boundary_name}"

    @property
    def our_boundary_description(self) -> str:
        return for_description(f"The most that the role {self.role_name} can do.")

    @property
    def end(self) -> str:
        """`ends_at` in whole seconds, rounded down: trust never lasts longer than was agreed."""
        return rfc3339(self.ends_at.astimezone(UTC).replace(microsecond=0))

    @property
    def we(self) -> str:
        """Who we are, on one line: a name that anyone can claim, and an account that nobody can."""
        return _named(self.firm.name, self.firm.account_id)

    @property
    def introduction(self) -> tuple[str, ...]:
        """Who we are and what this is: sentences for the head of every form, each on one line."""
        it_may = f"What it may do: {self.permissions.sentence}"
        return (f"A role for {self._we_in_theirs}.", self._whom_it_trusts, it_may)

    @property
    def introduction_of_trust(self) -> tuple[str, ...]:
        """The same for the trust policy of an existing role."""
        what = f"The trust policy of the role {self.role_name} for {self._we_in_theirs}."
        return (what, self._whom_it_trusts)

    @property
    def _we_in_theirs(self) -> str:
        return f"{self.we} in {_named(self.client, self.account_id)}"

    @property
    def _whom_it_trusts(self) -> str:
        return (
            f"It trusts one role of theirs, {self.firm.broker_role_arn}, only with the external ID"
            f" of this engagement, and only until {self.end}."
        )


def _named(name: str, account_id: str) -> str:
    account = f"AWS account {account_id}"
    shown = on_one_line(name)
    return f"{shown} ({account})" if shown else account


def _check_boundary(setup: Setup) -> None:
    if setup.boundary_arn is None:
        return
    if setup.makes_boundary:
        raise bad_value(
            "boundary_arn", "A role has one permissions boundary: name one, or have it made."
        )
    match = _BOUNDARY_ARN.fullmatch(setup.boundary_arn)
    if (
        match is None
        or match["partition"] != setup.partition
        or match["account"] not in ("aws", setup.account_id)
        or "{{" in setup.boundary_arn
    ):
        raise bad_value(
            "boundary_arn",
            "A permissions boundary is the ARN of a managed policy of the role's own AWS account.",
        )


def _check_what_stays(setup: Setup) -> None:
    """What is asked of a role that is there already would have to be told in full."""
    if not setup.is_there_already:
        return
    says = "A role whose permissions stay as they are keeps {} too: choose its permissions."
    if setup.permissions_boundary is not None:
        field = "makes_boundary" if setup.makes_boundary else "boundary_arn"
        raise bad_value(field, says.format("its boundary"))
    if setup.max_session_duration != SHORTEST_MAXIMUM:
        raise bad_value("max_session_duration", says.format("its longest session"))
