"""A daily check sends few probes. It can only confirm the last full check, or become a full one."""

from datetime import timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.verification.proof import grade_results
from chalicelib.domain.verification.wrong_ids import CALLS_PER_DAILY_CHECK, CALLS_PER_FULL_CHECK
from tests.adapters.vending.trusts import REFUSES_AGENTS, UNSAFE_POLICIES
from tests.builders import (
    BEFORE,
    EXTERNAL_ID,
    ROLE_ARN,
    a_role,
    a_verification,
    an_engagement,
    results,
)
from tests.domain.strategies import some_results
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.verification.probing import (
    Probing,
    checked,
    checking,
    is_vended_from,
    no_script,
    trust_policy_with,
)
from tests.usecases.verification.sweep.sweeps import a_sweep

SAFE = FakeRole(EXTERNAL_ID)
FORMER = "daypass-former"


def daily(scene, script=no_script):
    return checked(scene, script, is_full=False)


@every(
    "lacking", [(), ("session-tags",), ("source-identity",), ("source-identity", "session-tags")]
)
def test_an_unchanged_role_keeps_the_results_of_the_full_check(lacking):
    trust = replace(
        SAFE,
        allows_source_identity="source-identity" not in lacking,
        allows_tags="session-tags" not in lacking,
    )
    earlier = a_verification(results=results(*lacking))
    scene = checking(trust, a_role(verification=earlier))
    role, _ = daily(scene)
    assert role == a_role(verification=replace(earlier, checked_at=NOON), version=2)
    assert role.verification.full_check_at == BEFORE
    assert is_vended_from(scene)


ACCEPTS_AGENTS = trust_policy_with(UNSAFE_POLICIES["an agent's session name suffices"])
DIFFERENT = {
    "was deleted": None,
    "accepts any agent": FakeRole("", trust=ACCEPTS_AGENTS),
    "requires a different external ID": FakeRole("daypass-other"),
    "needs no external ID": replace(SAFE, requires_external_id=False),
    "accepts any external ID": replace(SAFE, accepts_any_external_id=True),
    "accepts any letter case": replace(SAFE, ignores_case=True),
    "is in another account": replace(SAFE, actual_account="111122223333"),
    "has its region turned off": replace(SAFE, region_disabled=True),
    "accepts no source identity": replace(SAFE, allows_source_identity=False),
    "accepts no tags": replace(SAFE, allows_tags=False),
    "gives shorter sessions": replace(SAFE, max_session_duration=900),
}


@every("how", DIFFERENT)
def test_a_changed_role_gets_a_full_check_at_once(how):
    role, sent = daily(checking(DIFFERENT[how]))
    in_full, _ = checked(checking(DIFFERENT[how]))
    assert role == in_full
    assert len(sent) > CALLS_PER_DAILY_CHECK
    assert role.verification.full_check_at == NOON


def test_if_the_engagement_refuses_agents_the_trust_policy_may_too():
    trust = FakeRole("", trust=trust_policy_with(next(iter(REFUSES_AGENTS.values()))))
    scene = checking(trust)
    assert "agent-session-name" in daily(scene)[0].verification.results
    scene.add(an_engagement(agents=AgentAccess.REFUSE, version=2))
    assert grade_results(daily(scene)[0].verification.results) == "A"


@every(
    "earlier",
    [
        None,
        a_verification(results=results("wrong-external-id")),
        a_verification(role_arn=ROLE_ARN + "2"),
        a_verification(external_id="daypass-before"),
    ],
)
def test_an_unproven_role_gets_a_full_check(earlier):
    role, sent = daily(checking(SAFE, a_role(verification=earlier)))
    assert len(sent) == CALLS_PER_FULL_CHECK
    assert role.verification.full_check_at == NOON


@every("later", ["unknown", "refused", None])
def test_an_accepted_wrong_id_counts_whatever_aws_answers_later(later):
    scene = checking(SAFE)

    def script(sent):
        if sent.number < CALLS_PER_DAILY_CHECK - 2:
            return "accepted" if sent.external_id == EXTERNAL_ID * 2 else None
        return later

    role, _ = daily(scene, script)
    assert role.verification.results["near-miss"] == "failed"
    assert not is_vended_from(scene)


trusts = st.builds(
    replace,
    st.just(SAFE),
    requires_external_id=st.sampled_from([True, True, False]),
    ignores_case=st.sampled_from([True, False, False]),
    allows_source_identity=st.booleans(),
    allows_tags=st.booleans(),
    second_external_id=st.sampled_from(["", "", FORMER, EXTERNAL_ID * 2]),
    max_session_duration=st.sampled_from([900, 3600]),
)


@settings(max_examples=100)
@given(earlier=some_results, trust=trusts, rotated=st.booleans())
def test_a_daily_check_never_improves_on_the_last_full_one(*, earlier, trust, rotated):
    before = a_verification(results=earlier)
    engagement = an_engagement(previous_external_id=FORMER if rotated else None)

    def proof_of(check):
        role, _ = check(checking(trust, engagement, a_role(verification=before)))
        return role.verification

    verification = proof_of(daily)
    in_full = verification.full_check_at == NOON
    event(f"in full: {in_full}")
    if not in_full:
        assert verification == replace(before, checked_at=NOON)
    else:
        assert verification.results == proof_of(checked).results


def test_a_role_gets_one_full_check_a_week_and_daily_ones_otherwise():
    sweeping = a_sweep()
    sweeping.run()
    sts = Probing(sweeping.world)
    for _ in range(28 * 24):
        sweeping.world.later(hours=1)
        sweeping.run(sts=sts)
    probes = [probe for probe in sts.sent if probe.role_arn == ROLE_ARN]
    per_week = CALLS_PER_FULL_CHECK + 6 * CALLS_PER_DAILY_CHECK
    assert len(probes) == 4 * per_week
    proof = sweeping.role().verification
    assert sweeping.world.clock - proof.full_check_at <= timedelta(days=7, hours=1)
