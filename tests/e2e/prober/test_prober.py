"""The prober against the served API: it reports each planted fault, and nothing else."""

import json

import pytest

from chalicelib.domain.prober.checks import CANARY_ROLE, OWN_ENGAGEMENT
from tests.e2e.prober.deployed import CANARY_ACCOUNT, deployed
from tests.e2e.prober.faults import FAULTS


@pytest.fixture(scope="module")
def unenrolled():
    with deployed() as made:
        yield made


@pytest.fixture(scope="module")
def site(unenrolled):
    before = unenrolled.run()
    assert set(before.findings.values()) == {"not-enrolled"}
    assert (before.summary["wrongly_allowed"], before.summary["inconclusive"]) == (0, 0)
    assert before.summary["not_enrolled"] == len(before.findings)
    assert "own identity" in before.findings

    enrolled = unenrolled.invoke("enrol_prober", {"code": unenrolled.code})
    assert enrolled.summary.keys() == {"message"}
    assert enrolled.log == ""
    return unenrolled


def test_a_run_without_findings_logs_one_line(site):
    ran = site.run()
    (line,) = ran.lines
    assert (line["message"], line["level"]) == ("prober", "INFO")
    numbers = {"wrongly_allowed": 0, "inconclusive": 0, "canary": "off"}
    assert ran.summary.items() >= numbers.items()
    assert ran.summary["checks"] > 55
    assert "_aws" not in line  # a zero would be a metric that costs


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_served_app_is_reported(site, name):
    fault = FAULTS[name]
    with pytest.MonkeyPatch.context() as patch:
        fault.plant(patch, site)
        ran = site.run()
    for check in fault.findings:
        assert ran.findings.get(check) == "wrongly-allowed"
    count = ran.summary["wrongly_allowed"]
    assert count == list(ran.findings.values()).count("wrongly-allowed")
    assert ran.lines[-1]["ProberWronglyAllowed"] == [count]
    assert not any(secret in ran.log for secret in site.tokens().values())
    assert site.run().findings == {}


def test_the_canary_role_is_vended_and_no_secret_is_logged(site):
    ran = site.run(canary=True, minute=0)
    assert (ran.summary["canary"], ran.findings) == ("vended", {})
    for secret in ("ASIA", "secret", "session_token", *site.tokens().values()):
        assert secret not in ran.log
    assert site.run(canary=True, minute=5).summary["canary"] == "not-due"
    sessions = site.lead("GET", f"/v1/sessions?member=prober&engagement={OWN_ENGAGEMENT}")[
        "sessions"
    ]
    assert CANARY_ROLE in [session["role"] for session in sessions]


@pytest.fixture
def canary_that_trusts_no_one(site):
    """Let the canary role trust no one for the length of the test."""
    iam = site.running.aws.as_root(CANARY_ACCOUNT.account, "iam")
    role = "daypass-canary"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    no_one = {"Version": "2012-10-17", "Statement": []}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(no_one))
    yield
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


def test_a_denied_canary_role_is_reported(site, canary_that_trusts_no_one):
    ran = site.run(canary=True, minute=0)
    assert (ran.summary["canary"], ran.summary["wrongly_denied"]) == ("denied", 1)
    assert ran.findings == {"canary role": "wrongly-denied"}
    (line, _) = ran.lines
    assert (line["status"], line["reason"]) == (502, "role-refused-daypass")
    assert line["checked_request_id"]


def test_the_token_is_rotated_after_a_week_and_the_newly_revoked_one_is_refused(site):
    before = site.tokens()
    assert site.run(days=8).findings == {}
    after = site.tokens()
    assert after["dead"] == before["live"]
    assert after["live"] not in before.values()
    assert site.run().findings == {}


def test_a_used_code_is_refused(site):
    before = site.tokens()
    again = site.invoke("enrol_prober", {"code": site.code})
    assert again.summary["reason"] == "enrolment-refused"
    assert site.tokens() == before
