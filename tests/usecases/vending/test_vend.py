"""Vend, step by step: the only path on which credentials leave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess, ChangeEngagement
from chalicelib.domain.errors import (
    AccessDenied,
    AwsRefused,
    DaypassError,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome
from chalicelib.domain.values import Item
from chalicelib.domain.vending.access import CallerKind, SessionRequest
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_grant,
    a_member,
    a_role,
    a_scene,
    a_token,
    an_engagement,
    presented_by,
)
from tests.fakes import NOON
from tests.fakes.roles import CANARY_SECRET_KEY
from tests.usecases.vending.revocations import VEND_STEPS

READONLY = SessionRequest(role="readonly")
BY_AGENT = SessionRequest(role="readonly", caller=CallerKind.AGENT)


def vended(
    scene: Scene, request: SessionRequest = READONLY, engagement: str = "acme-prod"
) -> VendedSession:
    return vend(scene.ports, scene.origin(), engagement, request)


def refused(
    scene: Scene, request: SessionRequest = READONLY, engagement: str = "acme-prod"
) -> DaypassError:
    with pytest.raises(DaypassError) as caught:
        vended(scene, request, engagement)
    return caught.value


def scene_with(*items: Item) -> Scene:
    scene = a_scene()
    scene.world.add(*items)
    return scene


def test_the_intent_comes_first_and_the_outcome_before_the_hand_over() -> None:
    scene = a_scene()
    vended(scene)
    assert scene.world.steps == VEND_STEPS
    assert scene.story() == ["vend intended", "vend issued"]


def test_the_session_has_the_credentials_that_sts_issued() -> None:
    scene = a_scene()
    vended_session = vended(scene)
    assert vended_session.credentials.secret_access_key == CANARY_SECRET_KEY
    assert (vended_session.engagement, vended_session.role) == ("acme-prod", "readonly")
    assert vended_session.account_id == "987654321098"
    assert vended_session.session_name == f"alice.{vended_session.vend}"
    ((terms, session_name),) = scene.world.issued
    assert (terms.role_arn, terms.external_id) == (ROLE_ARN, EXTERNAL_ID)
    assert session_name == vended_session.session_name


def test_the_trail_records_the_vend_and_its_reason() -> None:
    scene = a_scene()
    vended_session = vended(scene, SessionRequest(role="readonly", duration=900, reason="INC-7"))
    intent, issued = scene.world.entries
    assert (intent.actor, intent.engagement, intent.role) == ("alice", "acme-prod", "readonly")
    assert (intent.token, intent.address) == (a_token().id, "203.0.113.7")
    assert (issued.token, issued.address) == (intent.token, intent.address)
    assert intent.details == {
        "caller": "person",
        "deadline": "2026-12-24T12:00:00Z",
        "duration": "900",
        "role_arn": ROLE_ARN,
        "said": "INC-7",
        "session_name": vended_session.session_name,
    }
    assert issued.details == {
        "session_name": vended_session.session_name,
        "access_key_id": vended_session.credentials.access_key_id,
        "assumed_role_arn": vended_session.credentials.assumed_role_arn,
        "aws_request_id": "fake-request",
        "expires_at": "2026-11-24T12:15:00Z",
    }
    assert intent.id == intent.vend == issued.vend == vended_session.vend
    assert intent.id != issued.id


@pytest.mark.parametrize(("allows", "chaining"), [(False, None), (True, "allowed")])
def test_the_intent_says_whether_the_session_may_chain(
    *, allows: bool, chaining: str | None
) -> None:
    scene = scene_with(a_role(allows_chaining=allows))
    vended(scene)
    assert scene.world.entries[0].details.get("chaining") == chaining


@pytest.mark.parametrize(
    ("agents", "access"), [(AgentAccess.READ_ONLY, "read-only"), (AgentAccess.ALLOW, None)]
)
def test_the_trail_and_the_session_name_show_an_agent(
    agents: AgentAccess, access: str | None
) -> None:
    scene = scene_with(an_engagement(agents=agents))
    vended_session = vended(scene, BY_AGENT)
    details = scene.world.entries[0].details
    assert (details["caller"], details.get("access")) == ("agent", access)
    assert details["session_name"] == f"alice.{vended_session.vend}.agent"
    ((terms, session_name),) = scene.world.issued
    assert (terms.is_read_only, session_name) == (access is not None, details["session_name"])


def test_a_refused_agent_is_on_the_trail() -> None:
    scene = scene_with(an_engagement(agents=AgentAccess.REFUSE))
    assert refused(scene, BY_AGENT).reason is Reason.AGENTS_REFUSED
    assert scene.story() == ["vend refused agents-refused"]
    assert scene.world.entries[0].details == {"caller": "agent"}


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (AgentAccess.ALLOW, AgentAccess.REFUSE, Reason.AGENTS_REFUSED),
        (AgentAccess.ALLOW, AgentAccess.READ_ONLY, Reason.CHANGED_MEANWHILE),
        (AgentAccess.READ_ONLY, AgentAccess.REFUSE, Reason.AGENTS_REFUSED),
    ],
)
def test_an_agent_that_may_do_less_meanwhile_gets_no_session(
    before: AgentAccess, after: AgentAccess, reason: Reason
) -> None:
    scene = scene_with(an_engagement(agents=before))
    change = ChangeEngagement(agents=after)
    scene.world.just_before(
        "put_outcome issued",
        lambda: change_engagement(scene.ports, scene.caller(), "acme-prod", change),
    )
    assert refused(scene, BY_AGENT).reason is reason
    assert f"vend withheld {reason}" in scene.story()


def test_each_entry_has_its_own_moment() -> None:
    scene = a_scene()
    scene.world.just_before("issue", lambda: scene.world.later(seconds=3))
    vended(scene)
    assert [entry.at - NOON for entry in scene.world.entries] == [
        timedelta(0),
        timedelta(seconds=3),
    ]


REFUSALS = [
    ("an expired token", Unauthenticated, Reason.TOKEN_EXPIRED, [a_token(expires_at=NOON)]),
    ("suspended", AccessDenied, Reason.MEMBER_SUSPENDED, [a_member(suspended_at=NOON)]),
    ("closed", AccessDenied, Reason.ENGAGEMENT_CLOSED, [an_engagement(closed_at=NOON)]),
    ("no longer granted", AccessDenied, Reason.GRANT_NOT_CURRENT, [a_grant(revoked_at=NOON)]),
    ("no reason", AccessDenied, Reason.REASON_REQUIRED, [a_role(requires_reason=True)]),
]


@pytest.mark.parametrize(
    ("error", "reason", "items"),
    [pytest.param(*row[1:], id=row[0]) for row in REFUSALS],
)
def test_a_refusal_is_recorded_and_asks_aws_for_nothing(
    error: type[DaypassError], reason: Reason, items: list[Item]
) -> None:
    scene = scene_with(*items)
    refusal = refused(scene)
    assert (type(refusal), refusal.reason) == (error, reason)
    assert scene.world.steps == ["access_facts", "record refused"]
    (entry,) = scene.world.entries
    assert (entry.outcome, entry.reason) == (Outcome.REFUSED, reason)
    assert (entry.actor, entry.engagement, entry.role) == ("alice", "acme-prod", "readonly")
    assert (entry.token, entry.address) == (a_token().id, "203.0.113.7")
    assert entry.details == {"caller": "person"}


def test_an_unknown_token_is_refused_and_fills_no_trail() -> None:
    scene = a_scene()
    outsider = RequestOrigin(replace(presented_by("alice"), hash="0" * 64))
    with pytest.raises(Unauthenticated, match="token-unknown"):
        vend(scene.ports, outsider, "acme-prod", READONLY)
    assert scene.world.steps == ["access_facts"]
    assert scene.story() == []


def test_an_outsider_gets_the_same_answer_for_every_engagement() -> None:
    there, nowhere = a_scene(), a_scene()
    refusal, other = refused(there, engagement="globex"), refused(nowhere, engagement="nowhere")
    assert (type(refusal), str(refusal), refusal.field) == (type(other), str(other), other.field)
    assert there.world.steps == nowhere.world.steps


def test_an_engagement_that_does_not_exist_gets_no_list_on_the_trail() -> None:
    scene = a_scene()
    refused(scene, engagement="nowhere")
    (entry,) = scene.world.entries
    assert entry.engagement == ""
    assert entry.details["asked_for"] == "nowhere"


def test_a_refusal_that_cannot_be_recorded_is_no_answer() -> None:
    scene = scene_with(a_member(suspended_at=NOON))
    scene.world.fails_at("record refused", Unavailable(Reason.RECORDS_UNAVAILABLE))
    assert type(refused(scene)) is Unavailable


RECORDS, SILENCE = Reason.RECORDS_UNAVAILABLE, Reason.AWS_UNREACHABLE


@pytest.mark.parametrize(
    ("step", "reason", "story"),
    [
        ("access_facts", RECORDS, []),
        ("record intended", RECORDS, []),
        ("issue", SILENCE, ["vend intended", "vend withheld aws-unreachable"]),
        ("issue", RECORDS, ["vend intended", "vend withheld records-unavailable"]),
        ("issue", Reason.AWS_THROTTLED, ["vend intended", "vend withheld aws-throttled"]),
        ("put_outcome issued", RECORDS, ["vend intended"]),
    ],
)
def test_nothing_is_handed_over_if_a_step_fails(
    step: str, reason: Reason, story: list[str]
) -> None:
    scene = a_scene()
    scene.world.fails_at(step, Unavailable(reason))
    error = refused(scene)
    assert (type(error), error.reason) == (Unavailable, reason)
    assert scene.story() == story
    assert story or "issue" not in scene.world.steps


def test_when_aws_refuses_the_trail_says_that_nothing_was_issued() -> None:
    scene = a_scene()
    scene.world.roles.clear()
    error = refused(scene)
    assert (type(error), error.reason) == (AwsRefused, Reason.ROLE_REFUSED_DAYPASS)
    assert scene.story() == ["vend intended", "vend failed role-refused-daypass"]


@pytest.mark.parametrize(
    ("at_issue", "outcome"),
    [
        (AwsRefused(Reason.ROLE_REFUSED_DAYPASS), "put_outcome failed"),
        (Unavailable(SILENCE), "put_outcome withheld"),
    ],
)
def test_an_outcome_that_cannot_be_recorded_leaves_the_intent_to_count(
    at_issue: DaypassError, outcome: str
) -> None:
    scene = a_scene()

    def fail(step: str) -> None:
        if step == "issue":
            raise at_issue
        if step == outcome:
            raise Unavailable(RECORDS)

    scene.world.before = fail
    assert refused(scene).reason is RECORDS
    assert scene.story() == ["vend intended"]


def test_a_bug_in_the_middle_hands_nothing_over_and_leaves_the_intent_to_count() -> None:
    scene = a_scene()
    scene.world.fails_at("issue", ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        vended(scene)
    assert scene.story() == ["vend intended"]
