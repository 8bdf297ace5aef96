"""A lead who keeps changing the same items cannot keep the operator from suspending them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import ChangeMember, Kind, Leads, Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.usecases.people.members import change_member
from chalicelib.usecases.people.operator import Others, recover_lead
from tests.adapters.races.test_races import a_lead
from tests.adapters.scene import Aws, entry
from tests.builders import a_member

THREADS = 3


@contextmanager
def renaming(aws: Aws, lead: Caller) -> Iterator[list[int]]:
    """The lead gives themselves one name after the other, as fast as they are let."""
    stop, done = Event(), [0]

    def rename() -> None:
        while not stop.is_set():
            member = aws.ports.state.get(Member, lead.member.id)
            assert member is not None
            with suppress(DaypassError):
                named = ChangeMember(name=f"Mallory {done[0]}")
                change_member(aws.ports, replace(lead, member=member), member.id, named)
                done[0] += 1

    threads = [Thread(target=rename) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("round_number", range(5))
def test_a_recovery_suspends_a_lead_who_changes_themselves_without_end(
    aws: Aws, name: str, round_number: int
) -> None:
    mallory, lena = a_lead(aws, f"{name}-m"), f"{name}-l"
    now = aws.ports.now()
    locked_out = a_member(lena, kind=Kind.LEAD, suspended_at=now)
    old = aws.ports.state.get(Leads)
    leads = Leads(members=frozenset({mallory.member.id}), version=(old.version if old else 0) + 1)
    aws.ports.state.change([locked_out, leads], entry(name))
    with renaming(aws, mallory) as done:
        began = monotonic()
        while done[0] < 5 and monotonic() < began + 20:
            sleep(0.01)
        assert done[0] >= 5
        lead = recover_lead(aws.ports, id=lena, others=Others.SUSPEND)
    assert lead.suspended == (mallory.member.id,)
    suspended = aws.ports.state.get(Member, mallory.member.id)
    assert suspended is not None
    assert suspended.suspended_at is not None
    after = aws.ports.state.get(Leads)
    assert after is not None
    assert after.members == {lena}
