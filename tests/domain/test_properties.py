"""Properties that hold for all facts."""

import re
from datetime import timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.identifiers import build_external_id, build_session_name, parse_role_arn
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.tokens import build_token_text, parse_token
from chalicelib.domain.policies.credential_actions import NO_CHAINING, READ_ONLY
from chalicelib.domain.vending.access import (
    Allowed,
    CallerKind,
    SessionRequest,
    decide_access,
)
from chalicelib.domain.verification.proof import (
    Check,
    Grade,
    Result,
    grade_results,
    is_role_safe,
)
from chalicelib.domain.verification.wrong_ids import swap_letter_case
from tests.builders import (
    a_grant,
    a_role,
    a_token,
    an_access_link,
    an_engagement,
    presented_by,
    presented_in_slack,
    some_facts,
)
from tests.domain import strategies as any_
from tests.fakes import NOON

usual = settings(max_examples=60)

MARGIN = timedelta(seconds=5)
# "AssumeRole" (STS API Reference)
STS_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
STS_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


@usual
@given(
    st.integers(0, 43_200),
    st.one_of(st.none(), st.integers(-1, 3600)),
    any_.moments,
    any_.moments,
)
def test_a_session_is_never_longer_than_anything_allows(
    longest, requested, grant_ends, engagement_ends
):
    facts = some_facts(
        role=a_role(max_session=longest),
        grant=a_grant(ends_at=grant_ends),
        engagement=an_engagement(ends_at=engagement_ends),
    )
    decision = decide_access(
        facts, presented_by(), SessionRequest(role="readonly", duration=requested), NOON
    )
    if isinstance(decision, Allowed):
        duration = decision.terms.duration
        assert 900 <= duration <= min(longest, 3600, 3600 if requested is None else requested)
        ends = NOON + timedelta(seconds=duration) + MARGIN
        assert ends <= min(grant_ends, engagement_ends) == decision.deadline


@settings(usual, max_examples=150)
@given(any_.facts, any_.requests)
def test_a_vend_is_allowed_only_if_everything_is_in_order(facts, request):
    decision = decide_access(facts, presented_by(), request, NOON)
    event(type(decision).__name__)
    if not isinstance(decision, Allowed):
        return
    token, member, engagement, role, grant = (
        facts.token,
        facts.member,
        facts.engagement,
        facts.role,
        facts.grant,
    )
    assert token
    assert member
    assert engagement
    assert role
    assert grant
    assert token.member == member.id == grant.member == decision.caller.member.id
    assert token.revoked_at is None
    assert token.expires_at > NOON
    assert token.created_at >= member.tokens_from
    assert member.suspended_at is None
    assert member.kind is not Kind.AUDITOR
    assert engagement.id == grant.engagement == role.engagement
    assert engagement.closed_at is None
    assert engagement.revoked_at is None
    assert engagement.starts_at <= NOON < engagement.ends_at
    assert grant.revoked_at is None
    assert grant.starts_at <= NOON < grant.ends_at
    assert role.ended_at is None
    assert role.name == request.role
    assert role.name in grant.roles
    approved = decision.approved
    assert (approved is not None) == (
        engagement.requires_client_approval or role.name in grant.on_request
    )
    if approved is not None:
        assert approved in facts.approved_grants
        assert approved.revoked_at is None
        assert approved.starts_at <= NOON < approved.ends_at
        assert approved.duration is None or approved.started_at is not None
        assert approved.stops == (member.stop, engagement.stop, role.stop, grant.stop)
        assert approved.client_approved or not engagement.requires_client_approval
        assert decision.deadline <= approved.ends_at
    proof = role.verification
    assert proof is not None
    in_order = {check for check, result in proof.results.items() if result is Result.PASSED}
    assert in_order >= {
        Check.RIGHT_ID,
        Check.ACCOUNT,
        Check.NO_ID,
        Check.WRONG_ID,
        Check.NEAR_MISS,
    }
    assert proof.results.get(Check.OTHER_CASE) is not Result.FAILED
    has_source_identity, has_tags = Check.SOURCE_IDENTITY in in_order, Check.TAGS in in_order
    assert decision.terms.source_identity == (member.id if has_source_identity else None)
    assert bool(decision.terms.tags) == has_tags
    assert decision.terms.role_arn == proof.role_arn == role.arn
    assert decision.terms.external_id == proof.external_id == engagement.external_id
    assert decision.terms.external_id not in (any_.NEXT, any_.FORMER)
    assert request.reason or not role.requires_reason
    is_agent = request.caller is CallerKind.AGENT
    assert not is_agent or engagement.agents is not AgentAccess.REFUSE
    is_read_only = is_agent and engagement.agents is not AgentAccess.ALLOW
    assert decision.terms.is_read_only == is_read_only
    unlimited = role.allows_chaining and not is_read_only
    assert decision.terms.session_policy == (
        None if unlimited else READ_ONLY if is_read_only else NO_CHAINING
    )


@settings(usual, max_examples=150)
@given(any_.facts_by_link, any_.requests)
def test_a_vend_by_link_is_allowed_only_if_everything_is_in_order(facts, request):
    link = facts.link
    presented = presented_in_slack(link=an_access_link())
    decision = decide_access(facts, presented, request, NOON)
    event(type(decision).__name__)
    # A Slack user without a link gets no session, even if everything else is in order.
    assert not isinstance(decide_access(facts, presented_in_slack(), request, NOON), Allowed)
    if not isinstance(decision, Allowed):
        return
    assert link
    assert facts.token
    assert facts.role
    assert decision.link == link
    assert (link.hash, link.member, link.token) == (presented.link, "alice", facts.token.hash)
    assert (link.engagement, link.role) == (facts.role.engagement, facts.role.name)
    assert link.used_at is not None
    assert link.revoked_at is None
    assert link.expires_at > NOON
    assert facts.role.allows_links
    # The vend also meets every rule for a token of her own.
    own = replace(facts, token=a_token(), link=None)
    assert decide_access(own, presented_by(), request, NOON) == replace(
        decision, link=None, caller=replace(decision.caller, token=a_token())
    )


@usual
@given(any_.facts, any_.requests)
def test_the_same_facts_give_the_same_answer(facts, request):
    assert decide_access(facts, presented_by(), request, NOON) == decide_access(
        facts, presented_by(), request, NOON
    )


@settings(usual, max_examples=150)
@given(any_.engagements, any_.verifications)
def test_a_role_is_proven_for_the_external_id_that_is_sent_and_for_no_other(engagement, proof):
    result = a_role(verification=proof).passed_verification(engagement)
    if result is not None:
        assert result == proof
        assert proof.external_id == engagement.external_id == engagement.external_ids[0]
        assert is_role_safe(proof.results)


@usual
@given(any_.engagements)
def test_a_role_must_accept_the_present_and_the_next_external_id_but_not_the_previous(engagement):
    accepted = engagement.external_ids
    assert set(accepted) == {engagement.external_id, engagement.next_external_id} - {None}
    assert any_.FORMER not in accepted


@settings(usual, max_examples=150)
@given(
    results=any_.some_results,
    external_id_imported=st.booleans(),
    check=st.sampled_from(list(Check)),
)
def test_a_grade_is_f_unless_safe_and_no_failure_makes_it_better(
    results, *, external_id_imported, check
):
    current = grade_results(results, external_id_imported=external_id_imported)
    event(current)
    assert (current is Grade.F) == (not is_role_safe(results))
    worse = {**results, check: Result.FAILED}
    incomplete = {item: result for item, result in results.items() if item is not check}
    # The grades' names are in their order.
    assert grade_results(worse, external_id_imported=external_id_imported) >= current
    assert grade_results(worse, external_id_imported=external_id_imported) >= grade_results(
        incomplete
    )
    assert current >= grade_results(results)


@usual
@given(st.from_regex(STS_EXTERNAL_ID, fullmatch=True))
def test_an_external_id_in_other_letter_case_differs_only_in_case(external_id):
    swapped = swap_letter_case(external_id)
    if swapped is None:
        assert not re.search("[A-Za-z]", external_id)
    else:
        assert swapped != external_id
        assert swapped.lower() == external_id.lower()
        assert swap_letter_case(swapped) == external_id


a_secret = st.binary(min_size=32, max_size=32)


@usual
@given(any_.member_ids, a_secret, st.data())
def test_a_token_with_any_one_character_changed_is_refused(member, secret, data):
    text = build_token_text(member, secret)
    index = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda character: character != text[index]))
    assert parse_token(text[:index] + other + text[index + 1 :]) is None
    assert parse_token(text[:index] + text[index + 1 :]) is None


@usual
@given(any_.member_ids, st.binary(min_size=8, max_size=8), st.booleans())
def test_sts_accepts_every_session_name(member, random, is_agent):
    name = build_session_name(member, random.hex(), is_agent=is_agent)
    assert STS_SESSION_NAME.fullmatch(name)
    assert name.split(".") == [member, random.hex(), *(["agent"] if is_agent else [])]


some_bytes = st.binary(min_size=20, max_size=20)


@usual
@given(some_bytes, some_bytes)
def test_aws_accepts_every_external_id_and_no_two_are_alike(first, second):
    assert STS_EXTERNAL_ID.fullmatch(build_external_id(first))
    assert build_external_id(first) == build_external_id(first).lower()
    assert (build_external_id(first) == build_external_id(second)) == (first == second)


@usual
@given(st.text(max_size=80))
def test_a_text_is_a_roles_arn_only_in_awss_own_spelling(text):
    for attempt in (text, "arn:aws:iam::987654321098:role/" + text):
        try:
            read = parse_role_arn(attempt)
        except InvalidRequest:
            continue
        assert read.text == attempt
        assert re.fullmatch(r"arn:aws:iam::987654321098:role/[!-~]{1,576}", attempt)
        assert not set(attempt) & set("*?$")
