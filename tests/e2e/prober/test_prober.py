"""The prober against the served API: quiet when all is right, and not when something is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chalicelib.domain.prober.checks import CANARY, OWN
from tests.e2e.prober.deployed import CANARY_ACCOUNT, Deployed, deployed
from tests.e2e.prober.faults import FAULTS


@pytest.fixture(scope="module")
def unenrolled() -> Iterator[Deployed]:
    with deployed() as made:
        yield made


@pytest.fixture(scope="module")
def site(unenrolled: Deployed) -> Deployed:
    before = unenrolled.run()
    assert set(before.found.values()) == {"unclear"}
    assert (before.answer["given"], before.answer["unclear"]) == (0, len(before.found))
    assert "itself" in before.found

    enrolled = unenrolled.invoke("enrol_prober", {"code": unenrolled.code})
    assert enrolled.answer.keys() == {"says"}
    assert enrolled.log == ""
    return unenrolled


def test_it_is_quiet_when_all_is_right(site: Deployed) -> None:
    ran = site.run()
    (line,) = ran.lines
    assert (line["message"], line["level"]) == ("prober", "INFO")
    assert ran.answer.items() >= {"given": 0, "unclear": 0, "canary": "off"}.items()
    assert ran.answer["trials"] > 55
    assert (line["ProberGiven"], line["ProberUnclear"], line["ProberNotGiven"]) == ([0], [0], [0])


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_in_the_served_app_is_found(site: Deployed, name: str) -> None:
    fault = FAULTS[name]
    with pytest.MonkeyPatch.context() as patch:
        fault.plant(patch, site)
        ran = site.run()
    for trial in fault.found:
        assert ran.found.get(trial) == "given"
    assert ran.answer["given"] == list(ran.found.values()).count("given")
    assert ran.lines[-1]["ProberGiven"] == [ran.answer["given"]]
    assert not any(secret in ran.log for secret in site.tokens().values())
    assert site.run().found == {}


def test_the_canary_role_is_given_and_nothing_of_it_is_seen(site: Deployed) -> None:
    ran = site.run(canary=True, minute=0)
    assert (ran.answer["canary"], ran.found) == ("given", {})
    for secret in ("ASIA", "secret", "session_token", *site.tokens().values()):
        assert secret not in ran.log
    assert site.run(canary=True, minute=5).answer["canary"] == "not-now"
    sessions = site.lead("GET", f"/v1/sessions?member=prober&engagement={OWN}")["sessions"]
    assert CANARY in [one["role"] for one in sessions]


@pytest.fixture
def nobody_let_in(site: Deployed) -> Iterator[None]:
    """The canary role trusts nobody for as long as the test runs."""
    iam = site.running.aws.as_root(CANARY_ACCOUNT.account, "iam")
    role = "daypass-canary"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    nobody = {"Version": "2012-10-17", "Statement": []}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(nobody))
    yield
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


def test_a_canary_role_that_is_not_given_is_found(site: Deployed, nobody_let_in: None) -> None:
    ran = site.run(canary=True, minute=0)
    assert (ran.answer["canary"], ran.answer["not_given"]) == ("not-given", 1)
    assert ran.found == {"canary role": "not-given"}
    (line, _) = ran.lines
    assert (line["status"], line["reason"]) == (502, "role-refused-us")
    assert line["asked_as"]


def test_its_token_is_rotated_in_a_week_and_the_fresh_dead_one_is_refused(site: Deployed) -> None:
    before = site.tokens()
    assert site.run(days=8).found == {}
    after = site.tokens()
    assert after["dead"] == before["live"]
    assert after["live"] not in before.values()
    assert site.run().found == {}


def test_a_code_that_was_used_enrols_nobody(site: Deployed) -> None:
    before = site.tokens()
    again = site.invoke("enrol_prober", {"code": site.code})
    assert again.answer["reason"] == "enrolment-refused"
    assert site.tokens() == before
