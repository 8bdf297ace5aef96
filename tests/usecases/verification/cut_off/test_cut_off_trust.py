"""A check finds out who can assume the cut-off role: only Daypass, in one way. Its report claims
only the responses that Daypass got."""

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, build_cut_off_trust_policy
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS
from chalicelib.usecases.onboarding.client_setup import build_last_report
from tests.builders import EXTERNAL_ID, ROLE_ARN, a_role, a_scene, an_engagement
from tests.fakes import NOON
from tests.fakes.trust import BROKER
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.telling import Telling
from tests.usecases.verification.cut_off.braked import (
    CUT_OFF_ID,
    NAMES,
    TRUST,
    TRUSTED,
    braked,
    check,
    cut_offs_of,
    proof_of,
    write_brake,
)
from tests.usecases.verification.probing import is_vended_from

SHUT = an_engagement(cut_off=CutOffMethod.DENY_ALL, cut_off_external_id=CUT_OFF_ID)


ROOT = BROKER.replace("role/daypass-broker", "root")
NAME = {"sts:RoleSessionName": CUT_OFF_SESSION_NAME}
ID = {"sts:ExternalId": CUT_OFF_ID}


def also(**conditions):
    """Return the statement that Daypass requests, and one that accepts Daypass on these conditions
    instead, with any session attributes."""
    policy = build_cut_off_trust_policy(ROOT, BROKER, CUT_OFF_ID)
    attributes = ["sts:SetSourceIdentity", "sts:TagSession"]
    return [
        *policy["Statement"],
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": conditions},
        {"Effect": "Allow", "Action": attributes},
    ]


def only(**conditions):
    (statement,) = build_cut_off_trust_policy(ROOT, BROKER, CUT_OFF_ID)["Statement"]
    return [{**statement, "Condition": conditions}]


LIKE_AGENT, LIKE_PERSON = (
    {"StringLike": {"sts:RoleSessionName": f"*{name}"}} for name in (".agent", f".{'?' * 16}")
)
WITH_IDENTITY = {"Null": {"sts:SourceIdentity": "false"}}
LETS_IN = {
    "any agent": also(**LIKE_AGENT),
    "any agent with a source identity": also(**LIKE_AGENT, **WITH_IDENTITY),
    "any agent with tags": also(**LIKE_AGENT, Null={"aws:TagKeys": "false"}),
    "any person": also(**LIKE_PERSON),
    "anyone with a source identity": also(**WITH_IDENTITY),
    "anyone with a source identity and no tags": also(
        Null={"sts:SourceIdentity": "false", "aws:TagKeys": "true"}
    ),
    "anyone with the engagement's tag": also(Null={"aws:RequestTag/DaypassEngagement": "false"}),
    "any external ID, for agents": also(
        StringLike={"sts:RoleSessionName": "*.agent", "sts:ExternalId": "*"}
    ),
    "an external ID that begins like the right one, for agents": also(
        StringLike={"sts:RoleSessionName": "*.agent", "sts:ExternalId": f"{CUT_OFF_ID}*"}
    ),
    "members with their external ID": also(StringEquals={"sts:ExternalId": EXTERNAL_ID}),
    "agents with members' external ID": also(
        **LIKE_AGENT, StringEquals={"sts:ExternalId": EXTERNAL_ID}
    ),
    "members with their external ID and a source identity": also(
        **WITH_IDENTITY, StringEquals={"sts:ExternalId": EXTERNAL_ID}
    ),
    "agents with the right external ID": also(**LIKE_AGENT, StringEquals=ID),
    "a source identity with the right external ID": also(**WITH_IDENTITY, StringEquals=ID),
    "a name that ends like the right one": only(
        StringEquals=ID, StringLike={"sts:RoleSessionName": "*-cut-off"}
    ),
    "a name with parts of the right one": only(
        StringEquals=ID, StringLike={"sts:RoleSessionName": "d*pass*cut-off"}
    ),
    "a name with another last character": only(
        StringEquals=ID, StringLike={"sts:RoleSessionName": "daypass-cut-of?"}
    ),
    **{
        f"an external ID with a ? at {at}": only(
            StringEquals=NAME,
            StringLike={"sts:ExternalId": f"{CUT_OFF_ID[:at]}?{CUT_OFF_ID[at + 1 :]}"},
        )
        for at in (0, len(CUT_OFF_ID) // 2, len(CUT_OFF_ID) - 1)
    },
    "an external ID that ends like the right one": only(
        StringEquals=NAME, StringLike={"sts:ExternalId": f"*{CUT_OFF_ID[4:]}"}
    ),
}


def trust_of_cut_off_role(scene):
    return scene.world.iam.cut_off_roles[NAMES.cut_off_role_arn]


def test_the_cut_off_role_that_daypass_asks_for_passes():
    scene = braked()
    proof = check(scene)
    assert (proof.results, proof.failed_checks) == (TRUSTED, ())
    assert (proof.checked_at, proof.full_check_at) == (NOON, NOON)
    assert (proof.role_arn, proof.external_id) == (ROLE_ARN, CUT_OFF_ID)
    assert proof_of(scene) == proof


UNSAFE = {
    "needs no external ID": {"StringEquals": NAME},
    "takes any external ID": {"StringEquals": NAME, "StringLike": {"sts:ExternalId": "*"}},
    "takes the external ID in any letter case": {
        "StringEquals": NAME, "StringEqualsIgnoreCase": ID,
    },
    "takes the engagement's external ID as well": {
        "StringEquals": {**NAME, "sts:ExternalId": [CUT_OFF_ID, EXTERNAL_ID]},
    },
    "takes any session name": {"StringEquals": ID},
    "takes what begins with the session name": {
        "StringEquals": ID, "StringLike": {"sts:RoleSessionName": "daypass-cut-off*"},
    },
    "takes the session name in any letter case": {
        "StringEquals": ID, "StringEqualsIgnoreCase": NAME,
    },
}  # fmt: skip


def test_each_statement_that_lets_in_others_is_found_and_blocks_no_session():
    lines = []
    trusts = {f"The role {name}": only(**each) for name, each in UNSAFE.items()}
    trusts |= {f"The role lets in {name}": statements for name, statements in LETS_IN.items()}
    for name, statements in trusts.items():
        scene = braked()
        trust_of_cut_off_role(scene).trust = {"Statement": statements}
        proof = check(scene)
        assert not proof.is_proven
        assert proof.results["cut-off-role"] == "passed"
        details = scene.last_entry.details
        assert (details["changed"], details["failed"]) == ("true", " ".join(proof.failed_checks))
        assert is_vended_from(scene)
        lines += [f"{name}: {details['failed']}"]
    hold_against_file("verification/cut-off-trust.txt", "\n".join(lines))


@every(
    "conditions",
    [
        {"StringEquals": {**NAME, "sts:ExternalId": EXTERNAL_ID}},
        {"StringEquals": {**ID, "sts:RoleSessionName": "another"}},
    ],
)
def test_a_cut_off_role_that_refuses_daypass_fails(conditions):
    scene = braked()
    trust_of_cut_off_role(scene).trust = {"Statement": only(**conditions)}
    assert check(scene).results == {"cut-off-role": "failed"}


def test_a_deleted_cut_off_role_fails_after_one_request_and_keeps_no_earlier_refusal():
    scene = braked()
    check(scene)
    del scene.world.iam.cut_off_roles[NAMES.cut_off_role_arn]
    scene.steps.clear()
    check(scene)
    assert scene.steps.count("probe") == 1
    proof = proof_of(scene)
    assert proof.results == {"cut-off-role": "failed"}
    assert scene.last_entry.details["drifted"] == "true"


def test_results_are_for_one_external_id():
    scene = braked()
    check(scene)
    scene.add(SHUT)
    scene.world.iam.create_deny_all(ROLE_ARN, CUT_OFF_ID)
    proof = check(scene)
    assert (proof.method, proof.version) == ("deny-all", 2)
    assert list(proof.results) == TRUST
    assert proof.is_proven


def reported(scene):
    return build_last_report(scene.ports, "acme-prod", "readonly").cut_off


def seen():
    scene = braked()
    check(scene)
    write_brake(scene.world)
    scene.later(minutes=10)
    check(scene, is_full=False)
    return scene


def test_the_report_on_each_situation_is_as_its_file_says():
    story = Telling()
    story.do(reported, story.begin("No method", a_scene()))
    story.do(reported, story.begin("Never checked", braked()))
    scene = story.begin("Not written", braked())
    check(scene)
    story.do(reported, scene)
    scene = story.begin("Seen", seen())
    story.do(reported, scene)
    proof, engagement = proof_of(scene), scene.engagement
    for title, items in {
        "The role has another ARN": [a_role(arn=f"{ROLE_ARN}2")],
        "The method is another one": [replace(engagement, cut_off=CutOffMethod.DENY_ALL)],
        "The role has ended": [a_role(ended_at=NOON)],
        "Only the role was asked": [replace(proof, results={"cut-off-role": "failed"})],
    }.items():
        scene = story.begin(title, seen())
        scene.add(*items)
        story.do(reported, scene)
    scene = story.begin("The job saw the brake of another role", seen())
    write_brake(scene.world, role_arn=f"{ROLE_ARN}2")
    story.do(reported, scene)
    scene = story.begin("A shut role is never claimed to work", a_scene(SHUT))
    scene.world.iam.create_deny_all(ROLE_ARN, CUT_OFF_ID)
    check(scene)
    story.do(reported, scene)
    for problem in PROBLEM_TEXTS:
        scene = story.begin(problem, seen())
        seen_at = cut_offs_of(scene).brake_seen_at
        write_brake(scene.world, canary_seen_at=None, brake_seen_at=seen_at, problem=problem)
        assert not story.do(reported, scene).proven
    for failed in TRUST:
        scene = story.begin(f"Failed: {failed}", seen())
        scene.add(replace(proof, results={**proof.results, failed: "failed"}))
        assert not story.do(reported, scene).proven
    story.hold("verification/cut-off-report")
