"""Constant changes of the same items cannot prevent a revocation. Those of members, tokens and
engagements run in tests/soak.

About a hundred times a second, writers change the items that a revocation ends. On the local AWS,
transactions conflict as DynamoDB's do and take 25 ms each. Before stops existed, 4 of 14
revocations failed during 50 changes a second, and 12 of 22 during 100.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import cycle
from threading import Event

import pytest

from chalicelib.domain.errors import DaypassError, NotFound
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.people.members import Caller, ChangeMember, Kind, Leads, Member
from chalicelib.usecases.people.members import change_member
from chalicelib.usecases.people.operator import OtherLeads, recover_lead
from chalicelib.usecases.requests.client.approvers import revoke_approver
from chalicelib.usecases.requests.client.rights import open_approver_link
from chalicelib.usecases.requests.client.rules import set_client_approval
from tests.adapters.races.test_races import a_lead
from tests.adapters.scene import entry
from tests.builders import a_client_approver, a_member, an_approver_link, presented_by

WRITERS = 8


def caller_of(aws, name):
    token, member = aws.ports.state.token_and_member(presented_by(name))
    assert token is not None
    assert member is not None
    return Caller(member, token)


@contextmanager
def constant_writes(write):
    """Write about a hundred times a second until the block ends. Errors do not stop the writers."""
    stopped = Event()

    def write_until_stopped():
        while not stopped.is_set():
            with suppress(DaypassError):
                write()

    with ThreadPoolExecutor(WRITERS) as threads:
        writers = [threads.submit(write_until_stopped) for _ in range(WRITERS)]
        time.sleep(0.3)
        try:
            yield
        finally:
            stopped.set()
            for writer in writers:
                writer.result()


@pytest.mark.parametrize("contended_aws", [25], indirect=True)
def test_constant_renames_cannot_prevent_the_suspension_of_a_lead_in_a_recovery(
    contended_aws, name
):
    state, lena = contended_aws.ports.state, f"{name}-l"
    mallory = a_lead(contended_aws, f"{name}-m")
    locked_out = a_member(lena, kind=Kind.LEAD, suspended_at=contended_aws.ports.now())
    old = state.get(Leads)
    leads = Leads(members=frozenset({mallory.member.id}), version=(old.version if old else 0) + 1)
    state.change([locked_out, leads], entry(name))

    def rename():
        caller, renamed = (
            caller_of(contended_aws, mallory.member.id),
            ChangeMember(name="Mallory B"),
        )
        change_member(contended_aws.ports, caller, mallory.member.id, renamed)

    with constant_writes(rename):
        lead = recover_lead(contended_aws.ports, id=lena, others=OtherLeads.SUSPEND)
    assert lead.suspended == (mallory.member.id,)
    suspended, after = state.get(Member, mallory.member.id), state.get(Leads)
    assert suspended.suspended_at is not None
    assert after.members == {lena}


@pytest.mark.parametrize("contended_aws", [300], indirect=True)
def test_an_approver_who_keeps_using_their_link_cannot_prevent_their_revocation(
    contended_aws, engagement_id
):
    """Each press of a button on their page has their own item in its transaction.

    Transactions take so long here that one is nearly always in progress.
    """
    ports, rules = contended_aws.ports, cycle((True, False))
    text, _ = IN_URL.new_secret(ports.random)
    named_at = ports.now() - timedelta(days=2)
    approver = a_client_approver(engagement=engagement_id, named_at=named_at)
    link = an_approver_link(
        text,
        engagement=engagement_id,
        created_at=named_at,
        expires_at=ports.now() + timedelta(days=1),
    )
    ports.state.change([approver, link], entry(f"{engagement_id}-approver"))
    lead = a_lead(contended_aws, f"{engagement_id}-a")

    def press():
        set_client_approval(ports, text, is_required=next(rules), address="192.0.2.1")

    with constant_writes(press):
        revoke_approver(ports, lead, engagement_id, approver.id, why="incident")
        with pytest.raises(NotFound):
            open_approver_link(ports, text)
