"""What is posted to Slack: there, and nowhere else."""

from __future__ import annotations

import pytest

from chalicelib.adapters.slack.posting import HooksOfSlack, is_slacks
from chalicelib.domain.slack.messages import message
from local.slack.stand_in import SlackStandIn

SLACK = "https://hooks.slack.com"

ADDRESSES = [
    ("https://hooks.slack.com/commands/T0/1/abc", True),
    ("https://hooks.slack.com/services/T0/B0/xyz", True),
    ("http://hooks.slack.com/commands/T0/1/abc", False),
    ("https://hooks.slack.com.evil.example/commands/T0", False),
    ("https://evil.example/hooks.slack.com", False),
    ("https://hooks.slack.com@evil.example/commands", False),
    ("https://user:pass@hooks.slack.com/commands", False),
    ("https://hooks.slack.com:444/commands", False),
    ("https://hooks.slack.com", False),
    ("https://HOOKS.slack.com/commands", False),
    ("https://hooks.slack.com\\@evil.example/commands", False),
    ("https://hooks.slack.com/ commands", False),
    ("https://hooks.slack.com/commands\r\nX: y", False),
    ("https://hooks.slаck.com/commands", False),  # with a Cyrillic letter
    ("https://[hooks.slack.com/commands", False),
    ("//hooks.slack.com/commands", False),
    ("file:///etc/passwd", False),
    ("http://169.254.169.254/latest/meta-data/", False),
    ("https://hooks.slack.com/commands x", False),
    ("https://hooks.slack.com/commands\n", False),
    ("file://hooks.slack.com/commands", False),
    ("", False),
]


@pytest.mark.parametrize(("url", "taken"), ADDRESSES)
def test_an_address_is_slacks_by_all_of_it(url: str, *, taken: bool) -> None:
    assert is_slacks(SLACK, url) is taken


def test_slack_that_is_not_there_is_an_answer_and_no_failure() -> None:
    gone = SlackStandIn("a-secret")
    with gone:
        url = gone.response_url()

    assert not HooksOfSlack(gone.url).answer(url, message("Done."))
