"""The plain form: the JSON documents as files, and the settings that go with them."""

from __future__ import annotations

from chalicelib.domain.onboarding.client_setup import File, Setting
from chalicelib.domain.onboarding.setup.blueprint import INLINE_POLICY_NAME, blueprint
from chalicelib.domain.onboarding.setup.documents import pretty
from chalicelib.domain.onboarding.setup.facts import Setup

TRUST_FILE = "trust-policy.json"
PERMISSIONS_FILE = "permissions-policy.json"
BOUNDARY_FILE = "permissions-boundary.json"


def files(setup: Setup) -> tuple[File, ...]:
    """The trust policy first; then what the role has of its own."""
    role = blueprint(setup)
    found = [trust_file(setup)]
    if role.permissions is not None:
        purpose = f"Inline policy {INLINE_POLICY_NAME} of the role: what it may do"
        found.append(File(PERMISSIONS_FILE, purpose, pretty(role.permissions) + "\n"))
    if role.boundary is not None:
        purpose = f"Managed policy {role.boundary_name}: the role's permissions boundary"
        found.append(File(BOUNDARY_FILE, purpose, pretty(role.boundary) + "\n"))
    return tuple(found)


def trust_file(setup: Setup) -> File:
    purpose = "Trust relationships of the role: who may come in"
    return File(TRUST_FILE, purpose, pretty(blueprint(setup).trust) + "\n")


def settings(setup: Setup) -> tuple[Setting, ...]:
    """What the documents do not say. MaxSessionDuration is in seconds."""
    if setup.is_there_already:
        return ()
    role = blueprint(setup)
    found = [
        Setting("RoleName", role.name),
        Setting("Path", role.path),
        Setting("Description", role.description),
        Setting("MaxSessionDuration", str(role.max_session_duration)),
    ]
    if role.managed_policy_arn is not None:
        found.append(Setting("PolicyArn", role.managed_policy_arn))
    if role.boundary_arn is not None:
        found.append(Setting("PermissionsBoundary", role.boundary_arn))
    return tuple(found)
