"""Concurrent uses of an access link, on the real adapters: only one gets a session."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.errors import AccessDenied, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access_links import LINK_LIFE, AccessLink
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.vending.sessions import Revocation, SessionStatus
from chalicelib.usecases.vending.access_links import revoke_access_link
from chalicelib.usecases.vending.vend_by_link import vend_by_link
from tests.adapters.races.test_races import a_lead
from tests.adapters.scene import Aws, all_at_once, entry
from tests.builders import a_binding, an_access_link


def stored_link(aws: Aws, engagement_id: str) -> tuple[AccessLink, str]:
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
    contended_aws: Aws, engagement_id: str, round_number: int
) -> None:
    lead = a_lead(contended_aws, f"{engagement_id}-lead")
    link, text = stored_link(contended_aws, engagement_id)

    def press() -> VendedSession:
        return vend_by_link(contended_aws.ports, text, address="198.51.100.7")

    def revoke() -> Revocation:
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
    assert stored is not None
    assert stored.revoked_at == revocation.revoked_at
