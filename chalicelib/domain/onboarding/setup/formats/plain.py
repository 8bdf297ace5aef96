"""Build the JSON format: each policy as a file, and the role's other settings as a list."""

from __future__ import annotations

from chalicelib.domain.onboarding.role_setup import File, Setting
from chalicelib.domain.onboarding.setup.boundary import build_boundary_policy
from chalicelib.domain.onboarding.setup.role_spec import INLINE_POLICY_NAME, RoleSpec
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from chalicelib.domain.policies.documents import pretty

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
    return tuple(File(name, purpose, pretty(policy) + "\n") for name, purpose, policy in documents)


def list_role_settings(spec: RoleSpec) -> tuple[Setting, ...]:
    """Return the role's settings that are not policies. Return none for an existing role, because
    it keeps its settings."""
    if spec.exists_already:
        return ()
    values = {
        "RoleName": spec.role_name,
        "Path": spec.path,
        "Description": spec.description,
        "MaxSessionDuration": str(spec.max_session_duration),
        "PolicyArn": spec.managed_policy_arn,
        "PermissionsBoundary": spec.permissions_boundary,
    }
    return tuple(Setting(name, value) for name, value in values.items() if value is not None)
