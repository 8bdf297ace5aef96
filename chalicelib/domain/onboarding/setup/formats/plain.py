"""The plain form: the JSON documents as files, and the settings that go with them."""

from __future__ import annotations

from chalicelib.domain.onboarding.role_setup import File, Setting
from chalicelib.domain.onboarding.setup.boundary import no_iam_writes
from chalicelib.domain.onboarding.setup.documents import pretty
from chalicelib.domain.onboarding.setup.facts import INLINE_POLICY_NAME, Setup
from chalicelib.domain.onboarding.setup.trust import trust_policy

TRUST_FILE = "trust-policy.json"


def files(setup: Setup) -> tuple[File, ...]:
    """The trust policy first; then what the role has of its own."""
    found = [(TRUST_FILE, "Trust relationships of the role: who may come in", trust_policy(setup))]
    if setup.permissions.document is not None:
        purpose = f"Inline policy {INLINE_POLICY_NAME} of the role: what it may do"
        found.append(("permissions-policy.json", purpose, setup.permissions.document))
    if setup.makes_boundary:
        purpose = f"Managed policy {setup.our_boundary_name}: the role's permissions boundary"
        found.append(("permissions-boundary.json", purpose, no_iam_writes()))
    return tuple(File(name, purpose, pretty(text) + "\n") for name, purpose, text in found)


def settings(setup: Setup) -> tuple[Setting, ...]:
    """What the documents do not say. MaxSessionDuration is in seconds."""
    if setup.is_there_already:
        return ()
    values = {
        "RoleName": setup.role_name,
        "Path": setup.path,
        "Description": setup.description,
        "MaxSessionDuration": str(setup.max_session_duration),
        "PolicyArn": setup.managed_policy_arn,
        "PermissionsBoundary": setup.permissions_boundary,
    }
    return tuple(Setting(name, value) for name, value in values.items() if value is not None)
