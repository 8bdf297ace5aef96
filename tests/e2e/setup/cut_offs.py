"""A client's role with a cut-off, and the sessions of both, for the tests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.onboarding.setup import permissions
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, build_brake_policy
from chalicelib.domain.policies.documents import Document
from tests.domain.onboarding.setup.specs import (
    CUT_OFF_EXTERNAL_ID,
    EXTERNAL_ID,
    with_brake,
    with_deny_all,
)
from tests.e2e.setup.conftest import Aws
from tests.e2e.setup.creating import by_script
from tests.local.scene import Credentials, Refusal, refusal

ADMINISTRATOR = permissions.parse_permissions_policy(
    '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
)
VEND = "0123456789abcdef"


def a_session(aws: Aws, spec: RoleSpec, name: str = f"alice.{VEND}") -> Credentials:
    return aws.broker.session_of(spec.role_arn, ExternalId=EXTERNAL_ID, RoleSessionName=name)


def cut_off_session(aws: Aws, spec: RoleSpec) -> Any:
    """Return an IAM client of the cut-off role, as Daypass assumes it."""
    session = aws.broker.session_of(
        spec.cut_off_names.cut_off_role_arn,
        ExternalId=CUT_OFF_EXTERNAL_ID,
        RoleSessionName=CUT_OFF_SESSION_NAME,
    )
    return session.client("iam")


def denied(session: Credentials) -> Refusal | None:
    return refusal(session.client("s3").list_buckets)


def works(session: Credentials) -> bool:
    return denied(session) is None


def write(aws: Aws, spec: RoleSpec, *denials: Document) -> None:
    """Write a version of the brake as Daypass does: an old one is deleted first."""
    iam, arn = cut_off_session(aws, spec), spec.cut_off_names.brake_arn
    root = aws.iam(spec.account_id)
    for version in root.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    policy = json.dumps(build_brake_policy(spec.cut_off_names, *denials))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy, SetAsDefault=True)


def end_of_this_second() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=5)


def create_with_brake(aws: Aws, account_id: str) -> RoleSpec:
    """Create an administrator's role with a brake, by the script."""
    spec = with_brake(account_id, permissions=ADMINISTRATOR)
    by_script(aws, spec)
    return spec


def create_with_deny_all(aws: Aws, account_id: str) -> RoleSpec:
    """Create an administrator's role that can be shut, by the script."""
    spec = with_deny_all(
        account_id, permissions=ADMINISTRATOR, firm_name="Initrode", boundary_arn=None
    )
    by_script(aws, spec)
    return spec


def run(aws: Aws, spec: RoleSpec, text: str) -> str:
    """Run a script as the account's administrator, and return its output."""
    result = aws.run(text, spec.account_id)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout
