"""Vend, step by step: the only path on which credentials leave; also on facts that were read at
different moments."""

from itertools import permutations

import pytest

from chalicelib.domain.engagements.engagements import AgentAccess, ChangeEngagement
from chalicelib.domain.errors import AccessDenied, AwsRefused, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.verification.proof import Check
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.vending.facts import MAX_READS
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    a_member,
    a_role,
    a_scene,
    a_token,
    a_verification,
    an_engagement,
    results,
)
from tests.fakes import NOON, FakeRole, at
from tests.fakes.roles import CANARY_SECRET_KEY
from tests.rows import every
from tests.usecases.lost_answers import DOWN
from tests.usecases.refusals import reason_of, refused
from tests.usecases.telling import Telling
from tests.usecases.vending.revocations import VEND_STEPS


def vends(scene, **how):
    scene.steps.clear()
    session = scene.vend(**how)
    assert scene.steps == VEND_STEPS
    assert session.credentials.secret_access_key == CANARY_SECRET_KEY
    issued = dict(zip(("terms", "session_name"), scene.world.issued[-1], strict=True))
    return {"account": session.account_id, "session": session.session_name, "issued": issued}


def is_refused(scene):
    error = refused(scene.vend)
    return {type(error).__name__: str(error), "steps": scene.steps}


def test_what_a_vend_records_and_issues_is_as_the_file_says():
    story = Telling()
    agent = {"caller": CallerKind.AGENT}
    for items, how in (
        ([], {}),
        ([a_role(allows_chaining=True)], {"duration": 900, "reason": "INC-7"}),
        ([an_engagement(agents=AgentAccess.READ_ONLY)], agent),
        ([an_engagement(agents=AgentAccess.ALLOW)], agent),
    ):
        scene = story.begin("AWS answers after three seconds", a_scene(*items))
        scene.just_before("issue", lambda: scene.later(seconds=3))  # noqa: B023
        story.do(vends, scene, **how)
    for item in (
        a_token(expires_at=NOON),
        a_member(suspended_at=NOON),
        a_role(requires_reason=True),
    ):
        story.do(is_refused, story.begin("It is refused", a_scene(item)))
    scene = story.begin("An unknown token fills no trail", a_scene())
    del scene.items[at(a_token())]
    story.do(is_refused, scene)
    story.hold("vending/vend")


def test_an_outsider_gets_the_same_answer_for_every_engagement():
    there, nowhere = a_scene(), a_scene()
    errors = [
        refused(there.vend, engagement="globex"), refused(nowhere.vend, engagement="nowhere"),
    ]  # fmt: skip
    assert len({(type(error), str(error), error.field) for error in errors}) == 1
    assert there.steps == nowhere.steps
    (entry,) = nowhere.entries
    assert (entry.engagement, entry.details["asked_for"]) == ("", "nowhere")


@every(
    "before, after, reason",
    [
        (AgentAccess.ALLOW, AgentAccess.READ_ONLY, "changed-meanwhile"),
        (AgentAccess.READ_ONLY, AgentAccess.REFUSE, "agents-refused"),
    ],
)
def test_an_agent_that_may_do_less_meanwhile_gets_no_session(before, after, reason):
    scene = a_scene(an_engagement(agents=before))
    change = ChangeEngagement(agents=after)
    scene.just_before(
        "put_outcome issued",
        lambda: scene.do(change_engagement, "acme-prod", change),
    )
    assert reason_of(scene.vend, caller=CallerKind.AGENT) == reason
    assert f"vend withheld {reason}" in scene.story()


SILENT, NOT_ALLOWED = (
    Unavailable(Reason.AWS_UNREACHABLE),
    AwsRefused(Reason.ROLE_REFUSED_DAYPASS),
)
INTENT, WITHHELD = "vend intended", "vend withheld "


@every(
    "failures, story",
    [
        ({"access_facts": DOWN}, []),
        ({"record intended": DOWN}, []),
        ({"issue": SILENT}, [INTENT, f"{WITHHELD}aws-unreachable"]),
        ({"issue": DOWN}, [INTENT, f"{WITHHELD}records-unavailable"]),
        ({"issue": NOT_ALLOWED}, [INTENT, "vend failed role-refused-daypass"]),
        ({"issue": ZeroDivisionError("a bug")}, [INTENT]),
        ({"put_outcome issued": DOWN}, [INTENT]),
        # An outcome that cannot be recorded leaves the intent to count.
        ({"issue": NOT_ALLOWED, "put_outcome failed": DOWN}, [INTENT]),
        ({"issue": SILENT, "put_outcome withheld": DOWN}, [INTENT]),
    ],
)
def test_nothing_is_handed_over_if_a_step_fails(failures, story):
    def fail(step):
        if step in failures:
            raise failures[step]

    scene, (*_, last) = a_scene(), failures.values()
    scene.world.before = fail
    with pytest.raises(type(last)) as raised:
        scene.vend()
    assert raised.value is last
    assert scene.story() == story
    assert story or "issue" not in scene.steps


def test_a_refusal_that_cannot_be_recorded_is_none():
    scene = a_scene(a_member(suspended_at=NOON))
    scene.fails_at("record refused", DOWN)
    assert refused(scene.vend) is DOWN


@every("kind, outcome", [(AwsRefused, "failed"), (Unavailable, "withheld")])
def test_the_trail_has_the_id_of_a_request_that_aws_did_not_grant(kind, outcome):
    scene = a_scene()
    error = kind(Reason.AWS_UNREACHABLE)
    scene.fails_at("issue", error)
    refused(scene.vend)
    error.aws_request_id = "request-1"
    refused(scene.vend)
    silent, answered = (entry for entry in scene.entries if entry.outcome == outcome)
    assert "aws_request_id" not in silent.details
    assert answered.details["aws_request_id"] == "request-1"


NEXT = "daypass-next"
FACTS = ("token", "member", "engagement", "role", "grant")
BEFORE = an_engagement(next_external_id=NEXT, version=2)
AFTER = an_engagement(external_id=NEXT, previous_external_id=EXTERNAL_ID, version=3)


def rotating():
    """The client's role knows both external IDs."""
    scene = a_scene(BEFORE)
    scene.world.roles[ROLE_ARN] = FakeRole(EXTERNAL_ID, second_external_id=NEXT)
    return scene


def promotes(scene, *, before, look=1):
    """Let engagement and role go over to the next external ID in one step, before a read of the
    facts reads this one."""
    looks = 0

    def between(name):
        nonlocal looks
        looks += name == before
        if looks == look and name == before:
            scene.add(AFTER, a_role(verification=a_verification(external_id=NEXT), version=2))

    scene.world.between_facts = between


@every("order", list(permutations(FACTS[2:])))
@every("part", FACTS)
@every("look", [1, 2])
def test_a_read_in_the_middle_of_a_rotation_refuses_no_one(order, part, look):
    scene = rotating()
    scene.world.facts_in_order = ("token", "member", *order)
    promotes(scene, before=part, look=look)
    scene.vend()
    assert scene.story() == ["vend intended", "vend issued"]


@every("halves", [
    (BEFORE, a_role(verification=a_verification(external_id=NEXT), version=2)),
    (AFTER, a_role(verification=a_verification())),
])  # fmt: skip
def test_an_inconsistent_read_is_repeated_a_few_times_and_then_refused(halves):
    scene = rotating()
    scene.add(*halves)
    assert reason_of(scene.vend) == "role-unverified"
    assert scene.steps.count("access_facts") == 1 + MAX_READS


@every("gone", [an_engagement(), a_role()])
@every("look", [1, 2])
def test_a_partial_read_is_refused_with_a_reason(gone, look):
    scene = rotating()
    scene.just_before("access_facts", lambda: scene.items.pop(at(gone)), nth=look)
    with pytest.raises(AccessDenied):
        scene.vend()
    assert scene.steps.count("access_facts") == look


def test_a_role_that_failed_with_the_next_one_is_not_looked_at_again():
    scene = rotating()
    failed = a_verification(external_id=NEXT, results=results(Check.NO_ID))
    assert not failed.passed
    scene.add(a_role(verification=failed))
    with pytest.raises(AccessDenied, match="role-unverified"):
        scene.vend()
    assert scene.steps.count("access_facts") == 1
