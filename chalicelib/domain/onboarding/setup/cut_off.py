"""The parts of a cut-off that the client creates: the brake, and the cut-off role with its trust
policy and its permissions. `domain.policies.brake` explains them."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.onboarding.setup.quoting import clean_description
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.brake import (
    build_brake_permissions,
    build_brake_policy,
    build_cut_off_trust_policy,
    build_deny_all_permissions,
)
from chalicelib.domain.policies.documents import Document

CUT_OFF_POLICY_NAME = "daypass-cut-off"
"""The name of the cut-off role's inline policy."""


def build_new_brake(spec: RoleSpec) -> Document:
    """Return the brake's policy as the client creates it: it denies nothing to any session, except
    changes of the cut-off itself."""
    return build_brake_policy(spec.cut_off_names)


def build_cut_off_trust(spec: RoleSpec) -> Document:
    """Return the trust policy of the cut-off role. Raise ValueError if the engagement has no
    external ID for cut-offs."""
    if spec.cut_off_external_id is None:
        raise ValueError("the engagement has no external ID for cut-offs")
    return build_cut_off_trust_policy(
        spec.firm.root_arn, spec.firm.broker_role_arn, spec.cut_off_external_id
    )


def build_cut_off_permissions(spec: RoleSpec) -> Document:
    """Return the permissions of the cut-off role for the engagement's method."""
    if spec.cut_off is CutOffMethod.DENY_ALL:
        return build_deny_all_permissions(spec.cut_off_names)
    return build_brake_permissions(spec.cut_off_names)


def describe_brake(spec: RoleSpec) -> str:
    """Return the description of the brake in IAM."""
    return clean_description(
        f"The permissions boundary of the role {spec.role_name}, with which Daypass ends sessions."
        " Use it for nothing else, and never attach it to an identity."
    )


def describe_cut_off_role(spec: RoleSpec) -> str:
    """Return the description of the cut-off role in IAM."""
    return clean_description(
        f"{spec.firm_label} uses this role through Daypass only to end sessions of the role"
        f" {spec.role_name}. To remove this power, delete this role."
    )
