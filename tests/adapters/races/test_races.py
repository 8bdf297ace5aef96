"""Concurrent requests on the real adapters keep the guarantees of sequential ones.

tests/soak has vends beside revocations, pauses and rotations, in processes of their own.
"""

from datetime import timedelta

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, Unavailable
from chalicelib.domain.onboarding.requests import OpenEngagement
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import Caller, Kind, Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action, Outcome, TrailQuery
from chalicelib.domain.vending.access_links import LINK_LIFE, AccessLink
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.sessions import Revocation, SessionStatus
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.people.enrol import Enrolled, enrol
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.people.operator import create_first_lead
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.requests.own import start_access_of_link
from chalicelib.usecases.vending.access_links import revoke_access_link
from chalicelib.usecases.vending.blocks.pausing import lift_pause, pause
from chalicelib.usecases.vending.vend_by_link import vend_by_link
from tests.adapters.scene import all_at_once, entry, try_to_vend
from tests.builders import (
    LIFT_CODE,
    a_binding,
    a_member,
    a_token,
    an_access_link,
    an_enrolment,
    code_text_of,
)


def a_lead(aws, name):
    now = aws.ports.now()
    member = a_member(name, kind=Kind.LEAD)
    token = a_token(name, expires_at=now + timedelta(1))
    aws.ports.state.change([member, token], entry(name))
    return Caller(member, token)


def test_only_one_of_several_engagements_with_the_same_id_is_opened(aws, name):
    lead = a_lead(aws, name)
    tomorrow = aws.ports.now() + timedelta(1)

    def open_once():
        return open_engagement(
            aws.ports,
            lead,
            OpenEngagement(id=name, client="Acme", account_id="987654321098", ends_at=tomorrow),
        )

    results = all_at_once([open_once] * 6)
    assert sum(isinstance(result, Conflict) for result in results) == 5
    stored = aws.ports.state.get(Engagement, name)
    assert stored in [result.engagement for result in results if not isinstance(result, Conflict)]


def test_only_one_of_several_first_leads_is_created(aws, name):
    """The tests share the table. If another test has left leads, Daypass refuses all of these."""
    before = aws.ports.state.get(Leads)
    results = all_at_once(
        [
            lambda number=number: create_first_lead(aws.ports, id=f"{name}{number}", name="Lena")
            for number in range(4)
        ]
    )
    assert sum(isinstance(result, Conflict) for result in results) == (3 if before is None else 4)


def test_only_one_of_several_concurrent_enrolments_with_a_code_gets_a_token(aws, name):
    lead, now = a_lead(aws, f"{name}-lead"), aws.ports.now()
    code = an_enrolment(
        name,
        made_by=lead.member.id,
        made_with=lead.token_id,
        created_at=now,
        expires_at=now + timedelta(minutes=10),
    )
    aws.ports.state.change([a_member(name), code], entry(name))

    def enrol_once():
        return enrol(
            aws.ports, Enrol(code=code_text_of(name), label="laptop"), address="198.51.100.9"
        )

    results = all_at_once([enrol_once] * 6)
    assert sum(isinstance(result, Enrolled) for result in results) == 1
    assert all(isinstance(result, Enrolled | AccessDenied | Conflict) for result in results)
    assert len(list_all(aws.ports.state, Token, member=name)) == 1
    with pytest.raises(AccessDenied):
        enrol_once()


def test_two_leads_who_suspend_each_other_both_get_true_answers(aws, name):
    """Neither request waits for the other. If both succeed, the operator restores one lead."""
    first, second = a_lead(aws, f"{name}a"), a_lead(aws, f"{name}b")
    old = aws.ports.state.get(Leads)
    both = Leads(
        members=frozenset({first.member.id, second.member.id}),
        version=(old.version if old else 0) + 1,
    )
    aws.ports.state.change([both], entry(name))
    answers = all_at_once(
        [
            lambda: revoke_member(aws.ports, first, second.member.id, why="a race"),
            lambda: revoke_member(aws.ports, second, first.member.id, why="a race"),
        ]
    )
    suspended = [aws.ports.state.get(Member, lead.member.id) for lead in (second, first)]
    for answer, member in zip(answers, suspended, strict=True):
        assert isinstance(answer, Revocation) == (member.suspended_at is not None)
    assert any(isinstance(answer, Revocation) for answer in answers)


CLIENTS_ACTOR = SystemActor(CLIENT, token_id="0a1b2c3d4e5f")
CODE_HASH = hash_of(LIFT_CODE)


def paused(aws, engagement, code=LIFT_CODE):
    return pause(aws.ports, CLIENTS_ACTOR, engagement, hash_of(code))


def test_clicks_at_once_give_one_pause_and_codes_at_once_lift_it_once(aws, engagement_id):
    blocks = all_at_once([lambda: paused(aws, engagement_id)] * 6)
    assert {block.began_at for block in blocks} == {blocks[0].began_at}
    lifted = all_at_once(
        [lambda: lift_pause(aws.ports, CLIENTS_ACTOR, engagement_id, CODE_HASH)] * 3
    )
    assert sum(isinstance(result, Block) for result in lifted) >= 1
    assert isinstance(try_to_vend(aws, engagement_id), VendedSession)
    now = aws.ports.now()
    query = TrailQuery(since=blocks[0].began_at, until=now, engagement=engagement_id, no_vends=True)
    recorded = [(entry.action, entry.outcome) for entry in aws.ports.trail.page(query).items]
    for action in (Action.PAUSE_BEGIN, Action.PAUSE_LIFT):
        assert recorded.count((action, Outcome.DONE)) == 1


def stored_link(aws, engagement_id):
    """Store an access link of the engagement's member. Return the link and its text."""
    now = aws.ports.now()
    text = engagement_id.encode().hex().translate(str.maketrans("0189", "ghij")).ljust(52, "a")
    binding = a_binding(engagement_id, created_at=now, expires_at=now + timedelta(1))
    link = an_access_link(
        text,
        member=engagement_id,
        token=binding.hash,
        engagement=engagement_id,
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    aws.ports.state.change([binding, link], entry(f"{engagement_id}-link"))
    return link, text


@pytest.mark.parametrize("round_number", range(3))
def test_one_of_several_presses_gets_the_session_and_a_revocation_beside_them_lists_it(
    contended_aws, engagement_id, round_number
):
    lead = a_lead(contended_aws, f"{engagement_id}-lead")
    link, text = stored_link(contended_aws, engagement_id)

    def press():
        return vend_by_link(
            contended_aws.ports, text, address="198.51.100.7", start_access=start_access_of_link
        )

    def revoke():
        return revoke_access_link(contended_aws.ports, lead, link.hash)

    revocations = [revoke] * (round_number > 0)  # the first round has presses alone
    results = all_at_once([*revocations, *[press] * 6])
    vended = [result.vend for result in results if isinstance(result, VendedSession)]
    # On a busy machine, the link can stay in others' transactions for as long as a press waits.
    refused = [result for result in results if isinstance(result, AccessDenied | Unavailable)]
    assert len(revocations) + len(vended) + len(refused) == len(results)
    if not revocations:
        assert len(vended) == 1
        denied = [refusal for refusal in refused if isinstance(refusal, AccessDenied)]
        assert {refusal.reason for refusal in denied} <= {Reason.ACCESS_LINK_USED}
        return
    (revocation,) = [result for result in results if isinstance(result, Revocation)]
    live = [session.vend for session in revocation.sessions if session.status is SessionStatus.LIVE]
    assert vended == live
    assert len(vended) <= 1
    stored = contended_aws.ports.state.get(AccessLink, link.hash)
    assert stored.revoked_at == revocation.revoked_at
