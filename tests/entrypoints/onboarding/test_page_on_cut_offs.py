"""The client's page says how live sessions can be ended, and which of that Daypass has seen."""

from __future__ import annotations

import pytest

from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.view import build_cut_off_view
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.cut_off_states import CUT_OFF_PAGES
from tests.entrypoints.onboarding.page_states import check_page
from tests.entrypoints.onboarding.reading import page_text
from tests.fakes import NOON


@pytest.mark.parametrize("state", CUT_OFF_PAGES)
def test_the_page_says_how_sessions_end(api: Api, state: str) -> None:
    check_page(api, CUT_OFF_PAGES[state])


def test_what_the_client_has_to_do_stands_first(api: Api) -> None:
    state = "two cut-offs, the client's first"
    check_page(api, CUT_OFF_PAGES[state])
    text = page_text(api)
    assert text.index("Please end sessions") < text.index("We are ending sessions")
    assert text.index("We are ending sessions") < text.index("No further action is needed")


def test_pasting_all_commands_adds_the_policy_and_deletes_nothing(api: Api) -> None:
    check_page(api, CUT_OFF_PAGES["a cut-off that the client has to write"])
    (stored,) = api.world.find(RoleCutOffs, where=lambda _: True)
    commands = build_cut_off_view(stored, stored.cut_offs[0], NOON).commands
    run = [line for line in commands.splitlines() if not line.startswith("#")]
    assert [line.split()[:3] for line in run] == [["aws", "iam", "put-role-policy"]]
    assert "# aws iam delete-role-policy" in commands
