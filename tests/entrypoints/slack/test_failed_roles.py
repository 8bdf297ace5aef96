"""What Slack says of a role that failed its check: the same as everywhere, and in short."""

from __future__ import annotations

from tests.builders import a_role
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ALICE, LENA
from tests.entrypoints.test_a_role_that_failed import FAILED, FOUND, KNOWN, WHEN
from tests.fakes.slack import text_of


def test_slack_says_the_same(api: Api) -> None:
    api.world.add(a_role(verification=FAILED))
    access = text_of(api.types("access acme-prod readonly", ALICE).json)
    assert all(part in access for part in (WHEN, FOUND, KNOWN))
    status = text_of(api.types("status acme-prod", LENA).json)
    assert f"failed its check of 25 October 2026, 12:00 UTC. {FOUND}" in status
    assert "Nothing is vended from it, and the leads know" in status
    assert "`readonly` (failed its check)" in text_of(api.types("list", ALICE).json)
    api.world.add(a_role(verification=None))
    assert "`readonly` (not checked yet)" in text_of(api.types("list", ALICE).json)
