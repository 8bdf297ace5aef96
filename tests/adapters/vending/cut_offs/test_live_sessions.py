"""A cut-off ends live sessions on the local AWS, used with boto3 as members do: those that it is
for, and no others."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import CutOffNames, build_canary_session_name
from chalicelib.domain.policies.credential_actions import NO_CHAINING
from chalicelib.domain.policies.documents import Document, document
from chalicelib.domain.vending.credentials import Credentials
from chalicelib.domain.vending.cut_off.brake_version import build_brake_version
from chalicelib.domain.vending.cut_off.cut_offs import CutOff, Denial, RoleCutOffs
from tests.adapters.scene import Aws
from tests.adapters.vending.cut_offs.client_accounts import (
    ACCOUNT,
    LocalClientAccount,
    assume,
    build_terms,
    open_canary,
)
from tests.builders import a_cut_off
from tests.local.scene import Refusal, refusal

CANARY = "0123456789abcdef"
CUT_OFF = "an explicit deny in a permissions boundary"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that AWS issued to a member."""

    account: LocalClientAccount
    arn: str
    name: str
    _boto3: boto3.Session

    @classmethod
    def of(cls, account: LocalClientAccount, issued: Credentials, name: str) -> LiveSession:
        session = boto3.Session(
            aws_access_key_id=issued.access_key_id,
            aws_secret_access_key=issued.secret_access_key,
            aws_session_token=issued.session_token,
            region_name=account.aws.endpoint.region,
        )
        return cls(account, issued.assumed_role_arn, name, session)

    def client(self, service: str) -> Any:
        config = Config(retries={"total_max_attempts": 1}, proxies={})
        url = self.account.aws.endpoint.url
        return self._boto3.client(service, endpoint_url=url, config=config)

    def find_refusal(self) -> Refusal | None:
        """List the buckets, and return AWS's refusal or None."""
        return refusal(self.client("s3").list_buckets)

    @property
    def works(self) -> bool:
        return self.find_refusal() is None


@dataclass(frozen=True, slots=True)
class ClientRole:
    """A client's role with its cut-off, and Daypass's ports."""

    account: LocalClientAccount
    names: CutOffNames

    def vend(self, member: str, *, agent: bool = False) -> LiveSession:
        """Issue a session to the member, as a vend does."""
        name = f"{member}.{next(_numbers):016x}{'.agent' if agent else ''}"
        terms = build_terms(
            self.names,
            source_identity=member,
            tags=(("DaypassMember", member),),
            session_policy=NO_CHAINING,
        )
        return LiveSession.of(self.account, self.account.ports.sts.issue(terms, name), name)

    def write(self, *cut_offs: CutOff) -> str:
        """Write the brake with these cut-offs, and return the version's ID."""
        stored = RoleCutOffs(
            engagement="acme-prod",
            role="readonly",
            role_arn=self.names.role_arn,
            method=CutOffMethod.BRAKE,
            cut_offs=cut_offs,
        )
        text = json.dumps(build_brake_version(stored, datetime.now(UTC), CANARY))
        return assume(self.account, self.names).write_version(self.names.brake_arn, text)

    def open_canary(self) -> Any:
        return open_canary(self.account, self.names, build_canary_session_name(CANARY))

    def put_bucket(self, *statements: Callable[[str], Document]) -> str:
        """Create a bucket with a policy of these statements, each from the bucket's ARN."""
        s3 = self.account.aws.endpoint.as_root(ACCOUNT, "s3")
        bucket = f"{self.names.role_name}-{next(_numbers)}"
        s3.create_bucket(Bucket=bucket)
        policy = [statement(f"arn:aws:s3:::{bucket}") for statement in statements]
        text = json.dumps({"Version": "2012-10-17", "Statement": policy})
        s3.put_bucket_policy(Bucket=bucket, Policy=text)
        return bucket


def build_cut_off(**fields: Any) -> CutOff:
    """Return a cut-off of the sessions that AWS issued until now."""
    now = datetime.now(UTC)
    times = {"issued_until": now, "requested_at": now, "needed_until": now + timedelta(hours=1)}
    return a_cut_off(**(times | fields))


def wait_for_the_next_second() -> None:
    """Wait until a new session has a later issue time, which AWS has in whole seconds."""
    time.sleep(1.02 - time.time() % 1)


NOT_S3 = {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}


@pytest.fixture
def create(aws: Aws, name: str) -> Callable[..., ClientRole]:
    """Return a function that creates a client's role with its cut-off."""
    account = LocalClientAccount(aws)

    def create_role(**more: Document) -> ClientRole:
        return ClientRole(account, account.create(name, CutOffMethod.BRAKE, **more))

    return create_role


def is_cut_off(session: LiveSession) -> bool:
    """Return whether the session is denied because of the brake."""
    error = session.find_refusal()
    assert error is None or (error.code == "AccessDenied" and CUT_OFF in error.message)
    return error is not None


def test_a_cut_off_ends_its_sessions_once_it_is_in_force_and_no_others(
    aws: Aws, create: Callable[..., ClientRole]
) -> None:
    role = create()
    carols, spared = role.vend("carol"), role.vend("carol")
    ending = [role.vend("alice"), role.vend("alice"), role.vend("alice", agent=True), carols]
    others = [role.vend(member) for member in ("bob", "alice-2", "x-alice", "al")]
    canary = role.open_canary()
    with aws.endpoint.policy_versions_taking(milliseconds=60_000):
        role.write(build_cut_off(member="alice"), build_cut_off(sessions=(carols.name,)))
        assert all(session.works for session in (*ending, *others, spared))
        assert canary.look() is Denial.ALLOWED
    assert all(is_cut_off(session) for session in ending)
    assert all(session.works for session in (*others, spared))
    assert canary.look() is Denial.BOUNDARY
    wait_for_the_next_second()
    later = role.vend("alice")
    assert later.works
    assert all(is_cut_off(session) for session in ending)
    role.write(build_cut_off())
    assert all(is_cut_off(session) for session in others)
    role.write()
    assert all(session.works for session in (*ending, *others, spared, later))


def test_an_explicit_deny_also_ends_access_by_a_bucket_policy_that_names_the_session(
    create: Callable[..., ClientRole],
) -> None:
    """A boundary that allows nothing does not: it does not limit what a bucket policy gives to a
    session by its ARN ("Policy evaluation logic", IAM User Guide)."""
    role = create(permissions=document(NOT_S3))
    alice, bob = role.vend("alice"), role.vend("bob")

    def allow_both(arn: str) -> Document:
        principal = {"AWS": [alice.arn, bob.arn]}
        return {"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": arn}

    bucket = role.put_bucket(allow_both)

    def find_refusal(session: LiveSession) -> Any:
        return refusal(session.client("s3").list_objects_v2, Bucket=bucket)

    assert find_refusal(alice) is find_refusal(bob) is None
    role.write(build_cut_off(member="alice"))
    denied = find_refusal(alice)
    assert denied is not None
    assert CUT_OFF in denied.message
    assert find_refusal(bob) is None
    role.account.set_boundary(role.names, document(NOT_S3))
    assert find_refusal(alice) is None
