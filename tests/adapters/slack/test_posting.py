"""What is posted to Slack: there, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

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
    ("", False),
]


@pytest.mark.parametrize(("url", "taken"), ADDRESSES)
def test_an_address_is_slacks_by_all_of_it(url: str, *, taken: bool) -> None:
    assert is_slacks(SLACK, url) is taken


@pytest.fixture
def stand_in() -> Iterator[SlackStandIn]:
    with SlackStandIn("a-secret") as made:
        yield made


def test_an_answer_is_posted_where_it_was_asked_for(stand_in: SlackStandIn) -> None:
    url = stand_in.response_url()

    assert HooksOfSlack(stand_in.url).answer(url, message("Done."))

    (posted,) = stand_in.posted
    assert url.endswith(posted.path)
    assert posted.message["text"] == "Done."


@pytest.mark.parametrize("status", [500, 429, 404, 302, 0])
def test_slack_that_does_not_take_it_is_an_answer_and_no_failure(
    stand_in: SlackStandIn, status: int
) -> None:
    stand_in.will_refuse(status)

    assert not HooksOfSlack(stand_in.url).answer(stand_in.response_url(), message("Done."))


def test_what_is_not_slacks_is_never_called(stand_in: SlackStandIn) -> None:
    assert not HooksOfSlack(SLACK).answer(stand_in.response_url(), message("Done."))
    assert stand_in.posted == []


def test_slack_that_is_not_there_is_an_answer_and_no_failure() -> None:
    gone = SlackStandIn("a-secret")
    with gone:
        url = gone.response_url()

    assert not HooksOfSlack(gone.url).answer(url, message("Done."))
