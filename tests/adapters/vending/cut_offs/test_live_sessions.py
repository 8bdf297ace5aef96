"""A cut-off, once it is in force, ends the sessions that it is for on the local AWS, and no others.
tests/e2e/setup/test_cut_off.py does so with roles that the client's files created."""

import json
from datetime import UTC, datetime, timedelta

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import build_canary_session_name
from chalicelib.domain.policies.credential_actions import NO_CHAINING
from chalicelib.domain.vending.cut_off.brake_version import build_brake_version
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from tests.adapters.vending.cut_offs.client_accounts import (
    LocalClientAccount,
    assume,
    build_terms,
    open_canary,
)
from tests.builders import a_cut_off
from tests.local.scene import Credentials, refusal

CANARY = "0123456789abcdef"


def build_cut_off(**fields):
    """Return a cut-off of the sessions that AWS issued until now."""
    now = datetime.now(UTC)
    times = {"issued_until": now, "requested_at": now, "needed_until": now + timedelta(hours=1)}
    return a_cut_off(**(times | fields))


def works(session):
    """Return whether the session lists the buckets, or whether the brake denies it."""
    error = refusal(session.client("s3").list_buckets)
    assert error is None or error.code == "AccessDenied"
    assert error is None or "an explicit deny in a permissions boundary" in error.message
    return error is None


def test_a_cut_off_ends_its_sessions_once_it_is_in_force_and_no_others(aws, name):
    account = LocalClientAccount(aws)
    names = account.create(name, CutOffMethod.BRAKE)

    def vend(session_name):
        terms = build_terms(names, session_policy=NO_CHAINING)
        issued = account.ports.sts.issue(terms, session_name)
        keys = (issued.access_key_id, issued.secret_access_key, issued.session_token)
        return Credentials(aws.endpoint, *keys)

    def write(*cut_offs):
        stored = RoleCutOffs(
            engagement="acme-prod",
            role="readonly",
            role_arn=names.role_arn,
            method=CutOffMethod.BRAKE,
            cut_offs=cut_offs,
        )
        text = json.dumps(build_brake_version(stored, datetime.now(UTC), CANARY))
        assume(account, names).write_version(names.brake_arn, text)

    ended = (f"alice.{1:016x}", f"alice.{2:016x}", f"alice.{3:016x}.agent", f"carol.{4:016x}")
    ending = [vend(each) for each in ended]
    others = [vend(f"{member}.{5:016x}") for member in ("carol", "bob", "alice-2", "x-alice", "al")]
    canary = open_canary(account, names, build_canary_session_name(CANARY))
    with aws.endpoint.policy_versions_taking(milliseconds=60_000):
        write(build_cut_off(member="alice"), build_cut_off(sessions=(ended[-1],)))
        assert all(map(works, (*ending, *others)))
        assert canary.look() == "allowed"
    assert not any(map(works, ending))
    assert all(map(works, others))
    assert canary.look() == "boundary"
    write(build_cut_off())
    assert not any(map(works, (*ending, *others)))
    write()
    assert all(map(works, (*ending, *others)))
