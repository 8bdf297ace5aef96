"""Build the JSON format: each policy as a file, and the role's other settings as a list."""

from __future__ import annotations

from chalicelib.domain.identifiers import CUT_OFF_PATH
from chalicelib.domain.onboarding.role_setup import File, Setting
from chalicelib.domain.onboarding.setup.boundary import build_boundary_policy
from chalicelib.domain.onboarding.setup.cut_off import (
    CUT_OFF_POLICY_NAME,
    build_cut_off_permissions,
    build_cut_off_trust,
    build_new_brake,
)
from chalicelib.domain.onboarding.setup.role_spec import INLINE_POLICY_NAME, RoleSpec
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from chalicelib.domain.policies.documents import Document, pretty

TRUST_FILE = "trust-policy.json"


def build_policy_files(spec: RoleSpec) -> tuple[File, ...]:
    """Return the role's policies as JSON files, the trust policy first."""
    documents = [
        (TRUST_FILE, "Trust policy of the role: who may assume it", build_trust_policy(spec))
    ]
    if spec.permissions.document is not None:
        purpose = f"Inline policy {INLINE_POLICY_NAME} of the role: its permissions"
        documents.append(("permissions-policy.json", purpose, spec.permissions.document))
    if spec.makes_boundary:
        purpose = f"Managed policy {spec.daypass_boundary_name}: the role's permissions boundary"
        documents.append(("permissions-boundary.json", purpose, build_boundary_policy()))
    return (*_render_files(documents), *build_cut_off_files(spec))


def build_cut_off_files(spec: RoleSpec) -> tuple[File, ...]:
    """Return the policies of the role's cut-off as JSON files. Return none without a cut-off."""
    names = spec.cut_off_names
    documents = []
    if spec.has_brake:
        purpose = (
            f"Managed policy {names.brake_name} with the path {CUT_OFF_PATH}: the role's"
            " permissions boundary, and nothing else"
        )
        if spec.exists_already:
            purpose += ". If the role has another one, keep that, and ask for deny-all instead"
        documents.append(("brake.json", purpose, build_new_brake(spec)))
    if spec.has_cut_off:
        purpose = (
            f"Trust policy of another role, {names.cut_off_role_name} with the path {CUT_OFF_PATH}:"
            " who may end sessions"
        )
        documents.append(("cut-off-trust-policy.json", purpose, build_cut_off_trust(spec)))
        purpose = f"Inline policy {CUT_OFF_POLICY_NAME} of the role {names.cut_off_role_name}"
        documents.append(("cut-off-permissions.json", purpose, build_cut_off_permissions(spec)))
    return _render_files(documents)


def _render_files(documents: list[tuple[str, str, Document]]) -> tuple[File, ...]:
    return tuple(File(name, purpose, pretty(policy) + "\n") for name, purpose, policy in documents)


def list_role_settings(spec: RoleSpec) -> tuple[Setting, ...]:
    """Return the role's settings that are not policies. An existing role keeps its settings, except
    that the brake becomes its permissions boundary."""
    if spec.exists_already:
        return list_cut_off_settings(spec)
    values = {
        "RoleName": spec.role_name,
        "Path": spec.path,
        "Description": spec.description,
        "MaxSessionDuration": str(spec.max_session_duration),
        "PolicyArn": spec.managed_policy_arn,
        "PermissionsBoundary": spec.permissions_boundary,
    }
    return tuple(Setting(name, value) for name, value in values.items() if value is not None)


def list_cut_off_settings(spec: RoleSpec) -> tuple[Setting, ...]:
    """Return the setting of the role that makes the brake its permissions boundary, if it has a
    brake."""
    if not spec.has_brake:
        return ()
    return (Setting("PermissionsBoundary", spec.cut_off_names.brake_arn),)
