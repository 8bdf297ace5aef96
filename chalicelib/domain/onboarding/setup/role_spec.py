"""The specification of a client's role. Creating a `RoleSpec` validates it."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import bad_value
from chalicelib.domain.firm import Firm
from chalicelib.domain.identifiers import RoleArn, has_cut_off_path, parse_role_arn
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.onboarding.role_setup import SHORTEST_MAXIMUM, PermissionSet
from chalicelib.domain.onboarding.setup.permissions import Permissions
from chalicelib.domain.onboarding.setup.quoting import fit_on_one_line
from chalicelib.domain.policies.brake import CutOffNames
from chalicelib.domain.values import Value

_BOUNDARY_ARN = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z]+)*):iam::(?P<account>aws|[0-9]{12}):policy"
    r"(?P<path>/(?:[!-.0-~]+/)*)[A-Za-z0-9_+=,.@-]{1,128}",
    re.ASCII,
)


BRAKE_NEEDS_THE_BOUNDARY = (
    "With the cut-off method brake, the brake is the role's permissions boundary, and a role has"
    " only one. Change the engagement's cut_off to deny-all, or remove the role's other boundary."
)


class RoleSpec(Value):
    """One role of one engagement, as Daypass asks the client to create it.

    `ends_at` is the end date in the trust policy. `max_session_duration` is in seconds. During a
    rotation of the external ID there are two external IDs, and the role accepts either.
    `boundary_arn` names a permissions boundary that the client already has; `makes_boundary` asks
    for the one that Daypass specifies. With the cut-off method `brake`, the brake is the role's
    permissions boundary, so the role can have neither. `cut_off_external_id` is None if the
    engagement never had a method that needs one. The names of the firm and the client are free
    text, which every format quotes.

    Raise InvalidRequest (`bad-value`, with the field) for a value that AWS would reject, and for a
    role that `Firm.parse_client_role` refuses.
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
    cut_off: CutOffMethod = CutOffMethod.NONE
    cut_off_external_id: str | None = None
    allows_source_identity: bool = True
    allows_tags: bool = True

    def __post_init__(self) -> None:
        self.firm.parse_client_role(self.role_arn)
        _check_boundary(self)
        _check_existing_role(self)

    @property
    def exists_already(self) -> bool:
        """Return whether the client keeps an existing role and its permissions, so that the role
        only has to trust Daypass. False if a lead chose permissions, also for a role that exists.
        """
        return self.permissions.choice is PermissionSet.AS_THEY_ARE

    @property
    def arn(self) -> RoleArn:
        return parse_role_arn(self.role_arn)

    @property
    def account_id(self) -> str:
        return self.arn.account_id

    @property
    def role_name(self) -> str:
        return self.role_arn.rsplit("/", 1)[1]

    @property
    def permissions_boundary(self) -> str | None:
        """Return the ARN of the role's permissions boundary: the brake, the boundary that Daypass
        specifies, or one that the client already has. Return None if the role has none."""
        if self.has_brake:
            return self.cut_off_names.brake_arn
        return self.daypass_boundary_arn if self.makes_boundary else self.boundary_arn

    @property
    def cut_off_names(self) -> CutOffNames:
        """Return the names and ARNs of the brake and the cut-off role."""
        return CutOffNames(self.role_arn)

    @property
    def has_brake(self) -> bool:
        return self.cut_off is CutOffMethod.BRAKE

    @property
    def has_cut_off(self) -> bool:
        """Return whether the client creates a cut-off role, with which Daypass ends sessions."""
        return self.cut_off is not CutOffMethod.NONE

    @property
    def may_have_old_cut_off(self) -> bool:
        """Return whether the client may have a cut-off role that is not needed any more."""
        return not self.has_cut_off and self.may_have_cut_off

    @property
    def may_have_cut_off(self) -> bool:
        """Return whether the client creates a cut-off role, or may have one."""
        return self.cut_off_external_id is not None

    @property
    def daypass_boundary_name(self) -> str:
        return f"{self.role_name}-daypass-boundary"

    @property
    def daypass_boundary_arn(self) -> str:
        return (
            f"arn:{self.arn.partition}:iam::{self.account_id}:policy/{self.daypass_boundary_name}"
        )

    @property
    def end(self) -> str:
        """Return `ends_at` as RFC 3339, rounded down to a whole second, for the trust policy."""
        return rfc3339(self.ends_at.astimezone(UTC).replace(microsecond=0))

    @property
    def firm_label(self) -> str:
        """Return the firm's name and AWS account on one line. Anyone can claim the name."""
        return _build_account_label(self.firm.name, self.firm.account_id)

    @property
    def header(self) -> tuple[str, ...]:
        """Return the sentences for the head of each file that creates the role."""
        title = f"An IAM role for {self._parties}."
        permissions = f"Permissions: {self.permissions.summary}"
        return (title, self._trust_summary, permissions, *self._cut_off_summary)

    @property
    def trust_header(self) -> tuple[str, ...]:
        """Return the sentences for the head of each file with the trust policy alone."""
        title = f"The trust policy of the role {self.role_name} for {self._parties}."
        return (title, self._trust_summary)

    @property
    def cut_off_header(self) -> tuple[str, ...]:
        """Return the sentences for the head of each file with the cut-off alone."""
        verb = "Create or update" if self.has_cut_off else "Remove"
        title = f"{verb} the cut-off of the role {self.role_name} for {self._parties}."
        return (title, *self._cut_off_summary)

    @property
    def _cut_off_summary(self) -> tuple[str, ...]:
        """Return the sentences on how Daypass ends live sessions. Return none if it cannot."""
        names = self.cut_off_names
        match self.cut_off:
            case CutOffMethod.NONE:
                return ()
            case CutOffMethod.BRAKE:
                power = f"by writing versions of its permissions boundary, {names.brake_name}"
                limit = (
                    "A boundary only limits, so this gives no permission. Use that policy for"
                    " nothing else, and never attach it to an identity."
                )
            case CutOffMethod.DENY_ALL:
                power = "only all at once, by attaching AWS's policy AWSDenyAll to it"
                limit = (
                    "Only you can detach that policy. IAM limits how many managed policies a role"
                    " has (10, unless you raised that quota), so keep room for one."
                )
        means = f"with another role, {names.cut_off_role_name}, {power}"
        return (f"Cut-off: Daypass can end this role's sessions {means}. {limit}",)

    @property
    def _parties(self) -> str:
        return f"{self.firm_label} in {_build_account_label(self.client, self.account_id)}"

    @property
    def _trust_summary(self) -> str:
        return (
            f"The role trusts only {self.firm.broker_role_arn}, only with the external ID of"
            f" this engagement, and only until {self.end}."
        )


def _build_account_label(name: str, account_id: str) -> str:
    """Return a party's name and AWS account on one line, or only the account if the name has no
    printable character."""
    account = f"AWS account {account_id}"
    printable = fit_on_one_line(name)
    return f"{printable} ({account})" if printable else account


def _check_boundary(spec: RoleSpec) -> None:
    """Raise InvalidRequest if the spec has two permissions boundaries (a brake is one), or if
    `boundary_arn` is not the ARN of a policy that can be this role's boundary."""
    if spec.has_brake and (spec.makes_boundary or spec.boundary_arn is not None):
        raise bad_value(
            "makes_boundary" if spec.makes_boundary else "boundary_arn", BRAKE_NEEDS_THE_BOUNDARY
        )
    if spec.boundary_arn is None:
        return
    if spec.makes_boundary:
        raise bad_value(
            "boundary_arn",
            "A role can have only one permissions boundary. Send boundary_arn or makes_boundary,"
            " not both.",
        )
    match = _BOUNDARY_ARN.fullmatch(spec.boundary_arn)
    if (
        match is None
        or match["partition"] != spec.arn.partition
        or match["account"] not in ("aws", spec.account_id)
        or has_cut_off_path(match["path"])
        or "{{" in spec.boundary_arn  # CloudFormation would evaluate {{resolve:…}}
    ):
        raise bad_value(
            "boundary_arn",
            "This policy cannot be the role's permissions boundary. Send the ARN of a managed"
            " policy in the role's own AWS account, or of an AWS managed policy. A policy with the"
            " path /daypass-cut-off/ can only be a brake, which Daypass sets itself.",
        )


def _check_existing_role(spec: RoleSpec) -> None:
    """Raise InvalidRequest if the client keeps a role as it is, but the spec would change its
    permissions boundary or its maximum session duration. A brake is allowed all the same."""
    if not spec.exists_already:  # so Daypass specifies the role's permissions
        return
    detail = (
        "A role that keeps its permissions also keeps {0}. To change {0}, send permissions or"
        " permissions_policy too."
    )
    if spec.makes_boundary or spec.boundary_arn is not None:
        field = "makes_boundary" if spec.makes_boundary else "boundary_arn"
        raise bad_value(field, detail.format("its permissions boundary"))
    # The shortest maximum is also the default, so it counts as not sent.
    if spec.max_session_duration != SHORTEST_MAXIMUM:
        raise bad_value("max_session_duration", detail.format("its maximum session duration"))
