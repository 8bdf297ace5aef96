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
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_member,
    a_role,
    a_scene,
    a_token,
    an_engagement,
    presented_by,
)
from tests.fakes import NOON
from tests.fakes.roles import CANARY_SECRET_KEY
from tests.rows import every
from tests.usecases.refusals import reason_of, refused
from tests.usecases.vending.revocations import VEND_STEPS


def scene_with(*items: Item) -> Scene:
    scene = a_scene()
    scene.world.add(*items)
    return scene


def test_the_intent_comes_first_and_the_outcome_before_the_hand_over() -> None:
    scene = a_scene()
    scene.vend()
    assert scene.world.steps == VEND_STEPS
    assert scene.story() == ["vend intended", "vend issued"]


def test_the_session_has_what_sts_issued_and_the_trail_records_the_vend_and_its_reason() -> None:
    scene = scene_with(a_role(allows_chaining=True))
    scene.world.just_before("issue", lambda: scene.world.later(seconds=3))
    vended_session = scene.vend(duration=900, reason="INC-7")
    assert vended_session.credentials.secret_access_key == CANARY_SECRET_KEY
    assert (vended_session.engagement, vended_session.role) == ("acme-prod", "readonly")
    assert vended_session.account_id == "987654321098"
    assert vended_session.session_name == f"alice.{vended_session.vend}"
    ((terms, session_name),) = scene.world.issued
    assert (terms.role_arn, terms.external_id) == (ROLE_ARN, EXTERNAL_ID)
    assert session_name == vended_session.session_name
    intent, issued = scene.world.entries
    assert [entry.at - NOON for entry in (intent, issued)] == [
        timedelta(0),
        timedelta(seconds=3),
    ]
    assert (intent.actor, intent.engagement, intent.role) == ("alice", "acme-prod", "readonly")
    assert (intent.token, intent.address) == (a_token().id, "203.0.113.7")
    assert (issued.token, issued.address) == (intent.token, intent.address)
    assert intent.details == {
        "caller": "person",
        "chaining": "allowed",
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
        "expires_at": "2026-11-24T12:15:03Z",
    }
    assert intent.id == intent.vend == issued.vend == vended_session.vend
    assert intent.id != issued.id


@every("agents, access", [(AgentAccess.READ_ONLY, "read-only"), (AgentAccess.ALLOW, None)])
def test_the_trail_and_the_session_name_show_an_agent(
    agents: AgentAccess, access: str | None
) -> None:
    scene = scene_with(an_engagement(agents=agents))
    vended_session = scene.vend(caller=CallerKind.AGENT)
    details = scene.world.entries[0].details
    assert (details["caller"], details.get("access")) == ("agent", access)
    assert details["session_name"] == f"alice.{vended_session.vend}.agent"
    ((terms, session_name),) = scene.world.issued
    assert (terms.is_read_only, session_name) == (access is not None, details["session_name"])


def test_an_outsider_gets_the_same_answer_for_every_engagement() -> None:
    there, nowhere = a_scene(), a_scene()
    errors = [
        refused(there.vend, engagement="globex"), refused(nowhere.vend, engagement="nowhere"),
    ]  # fmt: skip
    assert len({(type(error), str(error), error.field) for error in errors}) == 1
    assert there.world.steps == nowhere.world.steps
    (entry,) = nowhere.world.entries
    assert (entry.engagement, entry.details["asked_for"]) == ("", "nowhere")


@every(
    "before, after, reason",
    [
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
    assert reason_of(scene.vend, caller=CallerKind.AGENT) is reason
    assert f"vend withheld {reason}" in scene.story()


@every(
    "error, reason, item",
    [
        (Unauthenticated, Reason.TOKEN_EXPIRED, a_token(expires_at=NOON)),
        (AccessDenied, Reason.MEMBER_SUSPENDED, a_member(suspended_at=NOON)),
        (AccessDenied, Reason.REASON_REQUIRED, a_role(requires_reason=True)),
    ],
)
def test_a_refusal_is_recorded_and_asks_aws_for_nothing(
    error: type[DaypassError], reason: Reason, item: Item
) -> None:
    scene = scene_with(item)
    refusal = refused(scene.vend)
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
        vend(scene.ports, outsider, "acme-prod", SessionRequest(role="readonly"))
    assert scene.world.steps == ["access_facts"]
    assert scene.story() == []


RECORDS, SILENCE = Reason.RECORDS_UNAVAILABLE, Reason.AWS_UNREACHABLE


LATER = ["vend intended"]


@every(
    "step, error, story",
    [
        ("access_facts", Unavailable(RECORDS), []),
        ("record intended", Unavailable(RECORDS), []),
        ("issue", Unavailable(SILENCE), [*LATER, "vend withheld aws-unreachable"]),
        ("issue", Unavailable(RECORDS), [*LATER, "vend withheld records-unavailable"]),
        (
            "issue",
            AwsRefused(Reason.ROLE_REFUSED_DAYPASS),
            [*LATER, "vend failed role-refused-daypass"],
        ),
        ("put_outcome issued", Unavailable(RECORDS), LATER),
    ],
)
def test_nothing_is_handed_over_if_a_step_fails(
    step: str, error: DaypassError, story: list[str]
) -> None:
    scene = a_scene()
    scene.world.fails_at(step, error)
    assert refused(scene.vend) is error
    assert scene.story() == story
    assert story or "issue" not in scene.world.steps
    suspended = scene_with(a_member(suspended_at=NOON))
    suspended.world.fails_at("record refused", error)
    assert refused(suspended.vend) is error


@every(
    "at_issue, outcome",
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
    assert refused(scene.vend).reason is RECORDS
    assert scene.story() == ["vend intended"]


def test_a_bug_in_the_middle_hands_nothing_over_and_leaves_the_intent_to_count() -> None:
    scene = a_scene()
    scene.world.fails_at("issue", ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        scene.vend()
    assert scene.story() == ["vend intended"]
