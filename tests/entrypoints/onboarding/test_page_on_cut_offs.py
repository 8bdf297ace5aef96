"""The client's page says how live sessions can be ended, and which of that Daypass has seen."""

from __future__ import annotations

import pytest

from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.cut_off_states import CUT_OFF_PAGES
from tests.entrypoints.onboarding.page_states import check_page


@pytest.mark.parametrize("state", CUT_OFF_PAGES)
def test_the_page_says_how_sessions_end(api: Api, state: str) -> None:
    check_page(api, CUT_OFF_PAGES[state])
