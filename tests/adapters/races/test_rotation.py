"""An external ID is rotated on a real trust policy: at no step is anybody locked out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ExternalIdTaken
from chalicelib.domain.errors import AccessDenied, AwsRefused, Conflict, FactsChanged
from chalicelib.domain.vending.access import Terms
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Answer, Check, Grade, Result, grade
from chalicelib.usecases.verification.verify import verify
from local.world import Trust, trust_policy
from tests.adapters.client_side import ClientSide, opened
from tests.adapters.scene import Aws, entry, on_the_trail
from tests.builders import SOMEBODY


def let_in(side: ClientSide, external_id: str | None, name: str = "readonly") -> bool:
    answer = side.ports.sts.probe(
        side.role(name).arn, session_name=SOMEBODY, external_id=external_id
    )
    assert answer in (Answer.LET_IN, Answer.REFUSED)
    return answer is Answer.LET_IN


def grade_of(side: ClientSide, name: str = "readonly") -> Grade:
    proof = side.role(name).verification
    assert proof is not None
    return grade(proof.results)


def test_step_by_step_the_next_id_takes_over_and_the_old_one_is_refused(side: ClientSide) -> None:
    old = side.place.external_id
    side.check()
    assert grade_of(side) is Grade.A
    side.vend()

    # A lead has the next one made. Nothing changes for anybody.
    new = side.rotate().next_external_id
    assert new is not None
    assert side.ids == (old, new, None)
    side.vend()
    side.check()
    assert side.ids == (old, new, None)
    assert grade_of(side) is Grade.A
    side.vend()

    # The page asks for both by now, and the client does as it says.
    side.do_as_the_page_says()
    assert let_in(side, old)
    assert let_in(side, new)
    side.vend()
    side.check()
    assert side.ids == (new, None, old)
    side.vend()

    # It still lets the former one in, which is told, and is no reason to stop.
    proof = side.check().verification
    assert proof is not None
    assert proof.results[Check.FORMER_ID] is Result.FAILED
    assert grade_of(side) is Grade.B
    side.vend()

    # The page asks for one ID again.
    side.do_as_the_page_says()
    assert let_in(side, new)
    assert not let_in(side, old)
    side.vend()
    side.check()
    assert side.ids == (new, None, None)
    assert grade_of(side) is Grade.A
    side.vend()


def test_the_trail_tells_the_whole_rotation(side: ClientSide) -> None:
    side.check()
    side.rotate()
    for _ in range(2):
        side.do_as_the_page_says()
        side.check()
    told = [f"{one.action} {one.outcome}" for one in on_the_trail(side.aws, side.id)]
    checked = ["role.verify intended", "role.verify done"]
    assert told == [
        "engagement.create done",
        "grant.create done",
        *checked,
        "external-id.rotate done",
        *checked,
        "external-id.promote intended",
        "external-id.promote done",
        *checked,
        "external-id.retire intended",
        "external-id.retire done",
    ]


def test_no_two_ids_of_all_that_were_ever_made_are_the_same(side: ClientSide) -> None:
    """Every one leaves a tombstone: what was replaced is never given to anybody again."""
    side.check()
    seen = [side.place.external_id]
    for _ in range(2):
        seen.append(str(side.rotate().next_external_id))
        for _ in range(2):
            side.do_as_the_page_says()
            side.check()
    assert side.ids == (seen[-1], None, None)
    assert len(set(seen)) == 3
    for number, one in enumerate(seen):
        taken = ExternalIdTaken(external_id=one, engagement="another")
        with pytest.raises(FactsChanged):
            side.ports.state.change([taken], entry(f"{side.id}{number}"))


def test_a_second_rotation_waits_for_the_first(side: ClientSide) -> None:
    side.check()
    side.rotate()
    with pytest.raises(Conflict, match="rotation-under-way"):
        side.rotate()
    side.do_as_the_page_says()
    side.check()
    with pytest.raises(Conflict, match="rotation-under-way"):
        side.rotate()
    side.do_as_the_page_says()
    side.check()
    assert side.rotate().next_external_id


def test_who_goes_over_to_the_next_id_at_once_is_gone_after_with_the_next_check(
    side: ClientSide,
) -> None:
    """The page lists both; a client that lists the next one alone shuts us out for a moment."""
    side.check()
    old, new = side.place.external_id, str(side.rotate().next_external_id)
    side.trusts(trust_policy(Trust.AS_ADVISED, external_id=new))
    with pytest.raises(AwsRefused):
        side.vend()
    role = side.check()
    assert side.ids == (new, None, old)
    assert role.verification is not None
    assert role.verification.passed
    side.vend()
    side.check()
    assert side.ids == (new, None, None)


def test_the_verification_itself_says_that_only_the_next_id_is_there(side: ClientSide) -> None:
    side.check()
    new = str(side.rotate().next_external_id)
    side.trusts(trust_policy(Trust.AS_ADVISED, external_id=new))
    proof = verify(side.ports, side.lead, side.id, "readonly").verification
    assert proof is not None
    assert proof.causes == (Cause.NEXT_ID_ONLY,)


def test_who_goes_back_to_the_former_id_is_told_so(side: ClientSide) -> None:
    side.check()
    old = side.place.external_id
    side.rotate()
    side.do_as_the_page_says()
    side.check()
    side.trusts(trust_policy(Trust.AS_ADVISED, external_id=old))
    proof = side.check().verification
    assert proof is not None
    assert proof.causes == (Cause.FORMER_ID_ONLY,)
    assert side.ids[2] == old
    with pytest.raises(AccessDenied, match="role-unverified"):
        side.vend()


def test_an_engagement_goes_over_with_all_its_roles_or_not_at_all(aws: Aws, name: str) -> None:
    side = opened(aws, name, "readonly", "deploy")
    both = ("readonly", "deploy")
    side.do_as_the_page_says(*both)
    for one in both:
        side.check(one)
    old, new = side.place.external_id, side.rotate().next_external_id
    side.do_as_the_page_says("readonly")
    for one in both:
        side.check(one)
        side.vend(one)
    assert side.ids == (old, new, None)
    side.do_as_the_page_says("deploy")
    side.check("readonly")
    assert side.ids == (new, None, old)
    for one in both:
        side.vend(one)
    side.do_as_the_page_says("readonly")
    side.check("readonly")
    assert side.ids == (new, None, old)
    side.do_as_the_page_says("deploy")
    side.check("readonly")
    assert side.ids == (new, None, None)
    for one in both:
        side.check(one)
        assert grade_of(side, one) is Grade.A
        side.vend(one)


def test_a_role_that_was_never_set_up_does_not_hold_a_rotation_up(aws: Aws, name: str) -> None:
    side = opened(aws, name, "readonly", "deploy")
    side.do_as_the_page_says("readonly")
    side.check()
    new = side.rotate().next_external_id
    side.do_as_the_page_says("readonly")
    side.check()
    assert side.ids[0] == new
    side.vend()


def test_an_id_that_is_compared_too_loosely_is_not_gone_over_to(side: ClientSide) -> None:
    """The next one is let in, and so is any other: that proves nothing, and nobody is vended to."""
    side.check()
    old, new = side.place.external_id, side.rotate().next_external_id
    proven = trust_policy(Trust.AS_ADVISED, external_id=old)
    enter = proven["Statement"][0]
    other = {"StringNotEquals": {"sts:ExternalId": old}, "Null": {"sts:ExternalId": "false"}}
    loose = enter | {"Sid": "AnyOther", "Condition": enter["Condition"] | other}
    del loose["Condition"]["StringEquals"]
    proven["Statement"].append(loose)
    side.trusts(proven)
    assert let_in(side, str(new))
    side.check()
    assert grade_of(side) is Grade.F
    with pytest.raises(AccessDenied, match="role-unverified"):
        side.vend()
    assert side.ids == (old, new, None)


def test_the_former_id_has_to_be_refused_by_the_role_for_real(side: ClientSide) -> None:
    side.check()
    old = side.place.external_id
    side.rotate()
    side.do_as_the_page_says()
    side.check()
    new = side.place.external_id
    for _ in range(2):
        side.check()
        assert side.ids == (new, None, old)
        assert let_in(side, old)
    side.do_as_the_page_says()
    side.check()
    assert side.ids == (new, None, None)
    assert not let_in(side, old)
    assert not let_in(side, None)
    terms = Terms(
        role_arn=side.role().arn,
        external_id=old,
        duration=900,
        source_identity=None,
        tags=(),
        session_policy=None,
    )
    with pytest.raises(AwsRefused):
        side.ports.sts.issue(terms, "alice.1")
    assert side.ports.sts.issue(replace(terms, external_id=new), "alice.1")
