"""A client removes the access with the commands from its page."""

import time
from datetime import timedelta

import pytest

from chalicelib.domain.onboarding.setup import permissions, removal
from chalicelib.domain.onboarding.setup.formats import script
from chalicelib.domain.verification.proof import ProbeOutcome
from tests.builders import a_probe
from tests.domain.onboarding.setup.specs import EXTERNAL_ID, a_spec
from tests.e2e.setup.creating import by_plain
from tests.local.scene import FIRM, Credentials, refusal, trusting

FROM_FIRM = trusting({"AWS": FIRM})


@pytest.fixture
def spec(aws, account_id):
    spec = a_spec(
        role_arn=f"arn:aws:iam::{account_id}:role/ContractorRole",
        permissions=permissions.parse_permissions_policy(
            '{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
        ),
        makes_boundary=True,
    )
    by_plain(aws, spec)
    return spec


def new_session(aws, spec):
    return aws.broker.session_of(spec.role_arn, ExternalId=EXTERNAL_ID)


def works(session):
    return refusal(session.client("s3").list_buckets) is None


def run(aws, spec, number):
    done = aws.run(
        "set -eu\n" + removal.list_removal_options(spec)[number].commands, spec.account_id
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_deleting_the_role_ends_all_access_and_leaves_nothing(aws, spec):
    # After a second run of the script the boundary has two versions.
    assert aws.run(script.build_role_script(spec), spec.account_id).returncode == 0
    session = new_session(aws, spec)
    assert works(session)
    aws.iam(spec.account_id).attach_role_policy(
        RoleName=spec.role_name, PolicyArn="arn:aws:iam::aws:policy/SecurityAudit"
    )
    run(aws, spec, 0)
    assert aws.sts.probe(a_probe(spec.role_arn, EXTERNAL_ID)) is ProbeOutcome.REFUSED
    assert not works(session)
    assert aws.iam(spec.account_id).list_roles()["Roles"] == []
    assert aws.iam(spec.account_id).list_policies(Scope="Local")["Policies"] == []


@pytest.mark.parametrize(("seconds_after_the_issue", "ended"), [(-1, False), (0, True), (1, True)])
def test_revoking_active_sessions_ends_those_issued_up_to_and_in_its_second(
    aws, spec, seconds_after_the_issue, *, ended
):
    issued = aws.broker.assume(spec.role_arn, ExternalId=EXTERNAL_ID, DurationSeconds=900)
    keys = issued["Credentials"]
    session = Credentials(
        aws.endpoint, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]
    )
    assert works(session)
    second = keys["Expiration"] + timedelta(seconds=seconds_after_the_issue - 900)
    fixed_date = f"printf {second:%Y-%m-%dT%H:%M:%SZ}; : date"
    commands = removal.list_removal_options(spec)[2].commands
    assert commands.count("date -u") == 1
    done = aws.run(commands.replace("date -u", fixed_date), spec.account_id)
    assert (done.returncode, done.stderr) == (0, "")
    assert works(session) is not ended


def test_blocking_new_sessions_ends_no_active_one_and_revoking_allows_new_ones(aws, spec):
    session = new_session(aws, spec)
    run(aws, spec, 2)
    assert not works(session)
    assert aws.sts.probe(a_probe(spec.role_arn, EXTERNAL_ID)) is ProbeOutcome.ACCEPTED
    time.sleep(1)  # a session of that second has ended as well
    session = new_session(aws, spec)
    run(aws, spec, 1)
    assert aws.sts.probe(a_probe(spec.role_arn, EXTERNAL_ID)) is ProbeOutcome.REFUSED
    assert works(session)
