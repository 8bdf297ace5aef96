"""The scene of the tests of Slack."""

import pytest

from tests.builders import Scene
from tests.entrypoints.slack.leads import a_slack_scene


@pytest.fixture
def scene() -> Scene:
    return a_slack_scene()
