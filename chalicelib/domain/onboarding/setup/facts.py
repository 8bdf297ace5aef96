"""The facts that a client's role is made of. A `Setup` that exists has been checked."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.firm import Firm
from chalicelib.domain.identifiers import EXTERNAL_ID, RoleArn, role_arn
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.onboarding.role_setup import (
    LONGEST_MAXIMUM,
    SHORTEST_MAXIMUM,
    PermissionSet,
)
from chalicelib.domain.onboarding.setup.permissions import Permissions
from chalicelib.domain.onboarding.setup.quoting import on_one_line
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Thing

_EXTERNAL_ID = re.compile(EXTERNAL_ID, re.ASCII)
_BOUNDARY_ARN = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):iam::(?P<account>aws|[0-9]{12}):policy"
    r"/(?:[!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,128}",
    re.ASCII,
)


class Setup(Thing, frozen=True, kw_only=True):
    """One role of one engagement, as the client is asked to create it.

    `ends_at` is when its trust in us ends; whole seconds count. `max_session_duration` is in
    seconds. While an external ID is being rotated there are two, and either lets us in.
    `boundary_arn` names a permissions boundary that the client has; `makes_boundary` asks for our
    ready-made one. Names are shown as they are, on one line; nothing in them is ever code.

    InvalidRequest (`bad-value`, the field it is about) for what AWS would not take or what would
    make a role that is not this engagement's.
    """

    firm: Firm
    firm_name: str
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
        _check_role(self)
        _check_external_ids(self.external_ids)
        _check_boundary(self)
        _check_what_stays(self)
        if self.ends_at.tzinfo is None:
            raise ValueError("a moment without a time zone is not a moment")
        if not SHORTEST_MAXIMUM <= self.max_session_duration <= LONGEST_MAXIMUM:
            raise _bad(
                "max_session_duration",
                f"A role's longest session has {SHORTEST_MAXIMUM} to {LONGEST_MAXIMUM} seconds.",
            )

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
    def broker_role_arn(self) -> str:
        return self.firm.broker_role_arn

    @property
    def end(self) -> str:
        """`ends_at` in whole seconds, rounded down: trust never lasts longer than was agreed."""
        return rfc3339(self.ends_at.astimezone(UTC).replace(microsecond=0))

    @property
    def we(self) -> str:
        """Who we are, on one line: a name that anyone can claim, and an account that nobody can."""
        account = f"AWS account {self.firm.account_id}"
        name = on_one_line(self.firm_name)
        return f"{name} ({account})" if name else account

    @property
    def they(self) -> str:
        """Whose account it is, on one line."""
        account = f"AWS account {self.account_id}"
        name = on_one_line(self.client)
        return f"{name} ({account})" if name else account


def _check_role(setup: Setup) -> None:
    role_arn(setup.broker_role_arn)
    setup.firm.client_role(setup.role_arn)


def _check_external_ids(external_ids: tuple[str, ...]) -> None:
    right = all(_EXTERNAL_ID.fullmatch(external_id) for external_id in external_ids)
    if not right or not 1 <= len(external_ids) <= 2 or len(set(external_ids)) != len(external_ids):
        raise _bad("external_ids", "A role has one external ID, or two while it is being rotated.")


def _check_boundary(setup: Setup) -> None:
    if setup.boundary_arn is None:
        return
    if setup.makes_boundary:
        raise _bad(
            "boundary_arn", "A role has one permissions boundary: name one, or have it made."
        )
    match = _BOUNDARY_ARN.fullmatch(setup.boundary_arn)
    if (
        match is None
        or match["partition"] != setup.partition
        or match["account"] not in ("aws", setup.account_id)
        or "{{" in setup.boundary_arn
    ):
        raise _bad(
            "boundary_arn",
            "A permissions boundary is the ARN of a managed policy of the role's own AWS account.",
        )


def _check_what_stays(setup: Setup) -> None:
    """What is asked of a role that is there already would have to be told in full."""
    if not setup.is_there_already:
        return
    says = "A role whose permissions stay as they are keeps {} too: choose its permissions."
    if setup.makes_boundary or setup.boundary_arn is not None:
        field = "makes_boundary" if setup.makes_boundary else "boundary_arn"
        raise _bad(field, says.format("its boundary"))
    if setup.max_session_duration != SHORTEST_MAXIMUM:
        raise _bad("max_session_duration", says.format("its longest session"))


def _bad(field: str, detail: str) -> InvalidRequest:
    return InvalidRequest(Reason.BAD_VALUE, detail, field=field)
