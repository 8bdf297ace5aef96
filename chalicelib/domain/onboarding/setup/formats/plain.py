"""The JSON format: the policies as files, and the role's other settings."""

from __future__ import annotations

from chalicelib.domain.onboarding.role_setup import File, Setting
from chalicelib.domain.onboarding.setup.boundary import no_iam_writes
from chalicelib.domain.onboarding.setup.documents import pretty
from chalicelib.domain.onboarding.setup.role_spec import INLINE_POLICY_NAME, RoleSpec
from chalicelib.domain.onboarding.setup.trust import trust_policy

TRUST_FILE = "trust-policy.json"


def files(spec: RoleSpec) -> tuple[File, ...]:
    """Return the trust policy first, then the role's own policies."""
    documents = [(TRUST_FILE, "Trust policy of the role: who may assume it", trust_policy(spec))]
    if spec.permissions.document is not None:
        purpose = f"Inline policy {INLINE_POLICY_NAME} of the role: its permissions"
        documents.append(("permissions-policy.json", purpose, spec.permissions.document))
    if spec.makes_boundary:
        purpose = f"Managed policy {spec.daypass_boundary_name}: the role's permissions boundary"
        documents.append(("permissions-boundary.json", purpose, no_iam_writes()))
    return tuple(File(name, purpose, pretty(text) + "\n") for name, purpose, text in documents)


def settings(spec: RoleSpec) -> tuple[Setting, ...]:
    """Return the settings that no policy contains. MaxSessionDuration is in seconds."""
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
