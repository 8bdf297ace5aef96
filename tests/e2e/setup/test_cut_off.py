"""The cut-off that a client created ends live sessions on the local AWS."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.onboarding.setup.formats import cloudformation, cut_off_script, script
from chalicelib.domain.policies.brake import (
    build_canary_denial,
    build_denial,
    list_member_patterns,
)
from chalicelib.domain.policies.documents import document
from tests.domain.onboarding.setup.formats.reading import expected
from tests.domain.onboarding.setup.specs import after_a_brake, with_brake
from tests.e2e.setup.creating import CREATORS, by_cloudformation, role_in_iam
from tests.e2e.setup.cut_offs import (
    VEND,
    a_session,
    create_with_brake,
    create_with_deny_all,
    cut_off_session,
    denied,
    end_of_this_second,
    run,
    works,
    write,
)
from tests.local.scene import refusal


@pytest.fixture
def brake(aws, account_id):
    return create_with_brake(aws, account_id)


@pytest.fixture
def deny_all(aws, account_id):
    return create_with_deny_all(aws, account_id)


@pytest.mark.parametrize("create", CREATORS, ids=lambda creator: creator.__name__)
def test_the_brake_that_each_format_creates_ends_sessions(aws, account_id, create):
    spec = with_brake(account_id)
    create(aws, spec)
    session = a_session(aws, spec)
    assert works(session)
    write(aws, spec, build_denial([], end_of_this_second()))
    assert not works(session)


def test_a_stack_switches_to_the_brake_and_back(aws, account_id):
    client = aws.endpoint.as_root(account_id, "cloudformation")
    none, brake = after_a_brake(account_id), with_brake(account_id)
    by_cloudformation(aws, none)
    for spec in (brake, none, brake):
        name = cloudformation.build_stack_name(spec)
        client.update_stack(
            StackName=name,
            TemplateBody=cloudformation.build_role_template(spec),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        waiter = client.get_waiter("stack_update_complete")
        waiter.wait(StackName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 100})
        assert role_in_iam(aws, spec) == expected(spec)


def test_one_members_sessions_end_and_then_all(aws, brake):
    alice, agent = a_session(aws, brake), a_session(aws, brake, f"alice.{VEND}.agent")
    spared = [a_session(aws, brake, f"{name}.{VEND}") for name in ("bob", "alice-2", "x-alice")]
    spared.append(a_session(aws, brake, "alice.smith@acme"))
    assert all(map(works, [alice, agent, *spared]))

    before = datetime.now(UTC) - timedelta(minutes=1)
    write(aws, brake, build_denial(list_member_patterns("alice"), before))
    assert works(alice)  # it was issued later
    write(aws, brake, build_denial(list_member_patterns("alice"), end_of_this_second()))
    assert not works(alice)
    assert not works(agent)
    assert all(map(works, spared))

    write(aws, brake, build_denial([], end_of_this_second()))
    error = denied(spared[0])
    assert "with an explicit deny in a permissions boundary" in error.message
    assert not any(map(works, [alice, agent, *spared]))

    for build in (script.build_role_script, cut_off_script.build_cut_off_script):
        run(aws, brake, build(brake))  # another run keeps a cut-off that is in force
        assert not works(alice)

    write(aws, brake, build_canary_denial(VEND))
    assert all(map(works, [alice, agent, *spared]))


def test_a_bucket_that_names_the_session_does_not_help_it(aws, brake):
    account, bucket = brake.account_id, f"names-alice-{brake.account_id}"
    session_arn = f"arn:aws:sts::{account}:assumed-role/{brake.role_name}/alice.{VEND}"
    root = aws.endpoint.as_root(account, "s3")
    root.create_bucket(Bucket=bucket)
    allow = {"Effect": "Allow", "Principal": {"AWS": session_arn}, "Action": "s3:*"}
    policy = document({**allow, "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]})
    root.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3 = a_session(aws, brake).client("s3")
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    write(aws, brake, build_denial([], end_of_this_second()))
    error = refusal(s3.put_object, Bucket=bucket, Key="y", Body=b"y")
    assert error.code == "AccessDenied"


def test_deny_all_ends_every_session_until_the_client_undoes_it(aws, deny_all):
    session = a_session(aws, deny_all)
    assert works(session)
    iam, policy = cut_off_session(aws, deny_all), deny_all.cut_off_names.deny_all_arn
    iam.attach_role_policy(RoleName=deny_all.role_name, PolicyArn=policy)
    assert not works(session)
    undone = refusal(iam.detach_role_policy, RoleName=deny_all.role_name, PolicyArn=policy)
    assert undone.code == "AccessDenied"
    # Another run of the script keeps it, and says so.
    run = aws.run(script.build_role_script(deny_all), deny_all.account_id)
    assert f"{policy}, which is not in this script. It stays." in run.stderr
    assert not works(session)
    aws.iam(deny_all.account_id).detach_role_policy(RoleName=deny_all.role_name, PolicyArn=policy)
    assert works(session)
