"""Nobody can keep a revocation from being done by changing the same items all the time.

On the local AWS, whose transactions conflict as DynamoDB's do and take 25 ms each, writers change
the items that a revocation ends, about a hundred times a second. Before there were stops, 4 of 14
revocations were refused beside 50 changes a second, and 12 of 22 beside 100.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.grants import ChangeGrant
from chalicelib.domain.engagements.roles import ChangeRole
from chalicelib.domain.errors import AccessDenied, DaypassError, Unauthenticated
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import ChangeMember, Kind, Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import change_engagement, revoke_engagement
from chalicelib.usecases.engagements.grants import change_grant, revoke_grant
from chalicelib.usecases.engagements.roles import change_role, end_role
from chalicelib.usecases.people.members import change_member, revoke_member
from chalicelib.usecases.people.operator import OtherLeads, recover_lead
from chalicelib.usecases.people.tokens import change_token, revoke_token
from tests.adapters.races.test_races import a_lead
from tests.adapters.scene import Aws, entry, try_to_vend
from tests.builders import a_member, presented_by

WRITERS = 8
Write = Callable[[Aws, Caller, str], Any]


def alice(aws: Aws, name: str) -> Caller:
    token, member = aws.ports.state.token_and_member(presented_by(name))
    assert token is not None
    assert member is not None
    return Caller(member, token)


# What ends, and who keeps writing it: a lead gone bad, or the member with their own token.
STARVING: dict[str, tuple[Write, Write]] = {
    "a member, whom a lead renames": (
        lambda aws, lead, n: revoke_member(aws.ports, lead, n, why="incident"),
        lambda aws, lead, n: change_member(aws.ports, lead, n, ChangeMember(name="Alice B")),
    ),
    "a member, who relabels their token": (
        lambda aws, lead, n: revoke_member(aws.ports, lead, n, why="incident"),
        lambda aws, _, n: change_token(aws.ports, alice(aws, n), alice(aws, n).token_id, label="x"),
    ),
    "a token, which its member relabels": (
        lambda aws, lead, n: revoke_token(
            aws.ports,
            lead,
            n,
            aws.ports.state.list(Token, member=n, limit=1).items[0].id,
            why="incident",
        ),
        lambda aws, _, n: change_token(aws.ports, alice(aws, n), alice(aws, n).token_id, label="x"),
    ),
    "an engagement, which a lead renames": (
        lambda aws, lead, n: revoke_engagement(aws.ports, lead, n, why="incident"),
        lambda aws, lead, n: change_engagement(
            aws.ports, lead, n, ChangeEngagement(client="Acme Ltd")
        ),
    ),
    "a grant, which a lead changes": (
        lambda aws, lead, n: revoke_grant(aws.ports, lead, n, n, why="incident"),
        lambda aws, lead, n: change_grant(
            aws.ports, lead, n, n, ChangeGrant(ends_at=aws.ports.now() + timedelta(hours=9))
        ),
    ),
    "a role, which a lead changes": (
        lambda aws, lead, n: end_role(aws.ports, lead, n, "readonly", why="incident"),
        lambda aws, lead, n: change_role(
            aws.ports, lead, n, "readonly", ChangeRole(max_session=3600)
        ),
    ),
}


@contextmanager
def kept_in_transactions(write: Callable[[], Any]) -> Iterator[None]:
    """While this lasts, writers write about a hundred times a second, refused or not."""
    ended = Event()

    def go_on() -> None:
        while not ended.is_set():
            with suppress(DaypassError):
                write()

    with ThreadPoolExecutor(WRITERS) as threads:
        writers = [threads.submit(go_on) for _ in range(WRITERS)]
        time.sleep(0.3)
        try:
            yield
        finally:
            ended.set()
            for writer in writers:
                writer.result()


@pytest.mark.parametrize("contended_aws", [25], indirect=True)
@pytest.mark.parametrize("what", STARVING)
def test_a_revocation_succeeds_while_others_keep_writing(
    contended_aws: Aws, engagement_id: str, what: str
) -> None:
    revoke, write = STARVING[what]
    lead, other = (
        a_lead(contended_aws, f"{engagement_id}-a"),
        a_lead(contended_aws, f"{engagement_id}-b"),
    )
    with kept_in_transactions(lambda: write(contended_aws, other, engagement_id)):
        answer = revoke(contended_aws, lead, engagement_id)
        assert isinstance(answer, Revocation)
        with pytest.raises((AccessDenied, Unauthenticated)):
            try_to_vend(contended_aws, engagement_id)


@pytest.mark.parametrize("contended_aws", [25], indirect=True)
def test_a_recovery_suspends_a_lead_who_keeps_renaming_themselves(
    contended_aws: Aws, name: str
) -> None:
    state, lena = contended_aws.ports.state, f"{name}-l"
    mallory = a_lead(contended_aws, f"{name}-m")
    locked_out = a_member(lena, kind=Kind.LEAD, suspended_at=contended_aws.ports.now())
    old = state.get(Leads)
    leads = Leads(members=frozenset({mallory.member.id}), version=(old.version if old else 0) + 1)
    state.change([locked_out, leads], entry(name))

    def rename() -> None:
        by, renamed = alice(contended_aws, mallory.member.id), ChangeMember(name="Mallory B")
        change_member(contended_aws.ports, by, mallory.member.id, renamed)

    with kept_in_transactions(rename):
        lead = recover_lead(contended_aws.ports, id=lena, others=OtherLeads.SUSPEND)
    assert lead.suspended == (mallory.member.id,)
    suspended, after = state.get(Member, mallory.member.id), state.get(Leads)
    assert suspended is not None
    assert suspended.suspended_at is not None
    assert after is not None
    assert after.members == {lena}
