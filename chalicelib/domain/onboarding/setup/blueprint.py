"""What the client's role is, once and for all: every form writes down this and nothing else."""

from __future__ import annotations

from chalicelib.domain.onboarding.setup.boundary import no_iam_writes
from chalicelib.domain.onboarding.setup.documents import Document
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.quoting import for_description
from chalicelib.domain.onboarding.setup.trust import trust_policy
from chalicelib.domain.things import Thing

INLINE_POLICY_NAME = "daypass-permissions"


class Blueprint(Thing, frozen=True, kw_only=True):
    """A role, in the words of "CreateRole" (IAM API Reference), and what is attached to it.

    It has an inline policy (`permissions`) or an AWS managed one (`managed_policy_arn`), or keeps
    what it has; and a boundary that is there already, or one to be made (`boundary`), or none.
    """

    account_id: str
    name: str
    path: str
    arn: str
    description: str
    max_session_duration: int
    trust: Document
    permissions: Document | None
    managed_policy_arn: str | None
    boundary_arn: str | None
    boundary_name: str
    boundary_description: str
    boundary: Document | None


def blueprint(setup: Setup) -> Blueprint:
    """The role that the setup describes. InvalidRequest if its trust policy would be too large."""
    managed = setup.permissions.managed_policy
    boundary_name = f"{setup.role_name}-daypass-boundary"
    boundary_arn = setup.boundary_arn
    if setup.makes_boundary:
        boundary_arn = f"arn:{setup.partition}:iam::{setup.account_id}:policy/{boundary_name}"
    return Blueprint(
        account_id=setup.account_id,
        name=setup.role_name,
        path=setup.path,
        arn=setup.role_arn,
        description=for_description(
            f"{setup.we} enters this account with this role, through Daypass, until {setup.end}."
            " To end their access, delete this role."
        ),
        max_session_duration=setup.max_session_duration,
        trust=trust_policy(setup),
        permissions=setup.permissions.document,
        managed_policy_arn=f"arn:{setup.partition}:iam::aws:policy/{managed}" if managed else None,
        boundary_arn=boundary_arn,
        boundary_name=boundary_name,
        boundary_description=for_description(f"The most that the role {setup.role_name} can do."),
        boundary=no_iam_writes() if setup.makes_boundary else None,
    )


def introduction(setup: Setup) -> tuple[str, ...]:
    """Who we are and what this is: sentences for the head of every form, each on one line."""
    return (
        f"A role for {setup.we} in {setup.they}.",
        _whom_it_trusts(setup),
        f"What it may do: {setup.permissions.sentence}",
    )


def introduction_of_trust(setup: Setup) -> tuple[str, ...]:
    """Return the same for the trust policy of an existing role."""
    return (
        f"The trust policy of the role {setup.role_name} for {setup.we} in {setup.they}.",
        _whom_it_trusts(setup),
    )


def _whom_it_trusts(setup: Setup) -> str:
    return (
        f"It trusts one role of theirs, {setup.broker_role_arn}, only with the external ID of this"
        f" engagement, and only until {setup.end}."
    )
