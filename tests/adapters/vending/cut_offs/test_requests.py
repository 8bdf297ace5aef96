"""The exact requests of a cut-off to AWS STS and IAM."""

import json

from msgspec.structs import replace

from chalicelib.adapters.vending.cut_off_role import CONFIG
from chalicelib.domain.policies.brake import CutOffNames, build_canary_session_name
from chalicelib.domain.policies.credential_actions import READ_ONLY
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.vending.cut_off.cut_offs import CutOffAccess, Denial
from tests.adapters.vending.cut_offs.scripted_aws import ScriptedAws
from tests.golden import hold_against_file
from tests.rows import every

ROLE = "arn:aws:iam::987654321098:role/ContractorRole"
NAMES = CutOffNames(ROLE)
ACCESS = CutOffAccess(role_arn=NAMES.cut_off_role_arn, external_id="daypass-cut-off-id")
CANARY = build_canary_session_name("0123456789abcdef")
TERMS = Terms(
    role_arn=ROLE,
    external_id="daypass-x",
    duration=900,
    source_identity="@canary",
    tags=(("DaypassMember", "@canary"),),
    session_policy=None,
)
OF_AGENTS = {"session_policy": READ_ONLY, "session_policy_arns": ("arn:aws:iam::aws:policy/X",)}
BRAKE = "arn:aws:iam::987654321098:policy/daypass-cut-off/ContractorRole-brake"


def look_twice(port, **changes):
    canary = port.open_canary(replace(TERMS, **changes), CANARY)
    return [canary.look(), canary.look()]


SEES_NOTHING = [Denial.ALLOWED] * 2
CALLS = {
    "a version": ("v7", lambda port: port.assume(ACCESS).write_version(BRAKE, "{}")),
    "a deletion": (None, lambda port: port.assume(ACCESS).delete_version(BRAKE, "v3")),
    "a freeze": (
        None,
        lambda port: port.assume(ACCESS).attach_policy("ContractorRole", NAMES.deny_all_arn),
    ),
    "a canary": (SEES_NOTHING, look_twice),
    "a canary of an agent": (SEES_NOTHING, lambda port: look_twice(port, **OF_AGENTS)),
    "a plain canary": (SEES_NOTHING, lambda port: look_twice(port, source_identity=None, tags=())),
}


def test_each_call_sends_exactly_these_requests_with_these_keys():
    """A canary has the terms of a vend, and its session may send one request."""
    lines = []
    for name, (result, call) in CALLS.items():
        aws = ScriptedAws()
        assert call(aws.port) == result
        lines.append(f"=== {name}")
        for (host, key), (operation, sent) in zip(aws.senders, aws.requests, strict=True):
            policy = json.loads(sent.get("Policy", "null"))
            text = json.dumps(sent | ({"Policy": policy} if policy else {}), indent=1)
            lines.append(f"{operation} to {host} by {key}\n{text}")
    hold_against_file("cut-off-requests.txt", "\n".join(lines))


def test_the_clients_wait_as_long_as_the_adapter_says_and_try_once():
    aws = ScriptedAws()
    aws.port.assume(ACCESS)
    aws.port.open_canary(TERMS, CANARY)
    iam, sts = aws.clients[1], aws.clients[3]
    assert [client.meta.service_model.service_name for client in (iam, sts)] == ["iam", "sts"]
    for config in (iam.meta.config, sts.meta.config):
        assert config.connect_timeout == CONFIG.connect_timeout
        assert config.read_timeout == CONFIG.read_timeout
        assert config.retries == CONFIG.retries


@every("secret", ["cut-off-secret", "cut-off-token", "daypass-cut-off-id"])
def test_no_secret_is_in_the_text_of_an_object(secret):
    aws = ScriptedAws()
    objects = [ACCESS, aws.port, aws.port.assume(ACCESS), aws.port.open_canary(TERMS, CANARY)]
    assert secret not in repr(objects)
