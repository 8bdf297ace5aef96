"""`make slack-demo` delivers typed commands, and shows what Slack would show."""

import io
import json
import os
import pty
import select
import socket
import subprocess
import sys

import pytest

from chalicelib.domain.slack.messages import (
    button,
    buttons,
    confirmation_dialog,
    message,
    section,
    text_input,
)
from local.ports import find_free_port
from local.slack import workspace
from local.slack.__main__ import main
from tests.local.slack.tiny_daypass import tiny_daypass
from tests.running import ROOT

CONFIRMATION = message(
    "Sure?", section("*Revoke* it?"), buttons(button("Revoke", "do", value="of-a-task"))
)


@pytest.fixture
def daypass():
    with tiny_daypass() as tiny:
        yield tiny


@pytest.fixture
def slack(aws):
    return workspace.set_up(aws, f"http://127.0.0.1:{find_free_port()}")


@pytest.fixture
def demo(aws, daypass, slack, monkeypatch, capsys):
    """Type the lines without a terminal, and return the output."""

    def typing(*lines):
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
        assert main([f"--daypass={daypass.url}", f"--aws={aws.url}"]) == 0
        return capsys.readouterr().out

    return typing


def test_a_command_is_delivered_and_answered(demo, daypass, slack):
    daypass.answer_body = CONFIRMATION
    shown = demo("revoke engagement acme-prod because it is over")
    assert shown == (
        "alice ▸ /daypass revoke engagement acme-prod because it is over\n"
        "│ Revoke it?\n"
        "│\n"
        "│ [1] Revoke\n"
        "\n"
    )
    (called,) = daypass.called
    assert called.is_signed_with(slack.signing_secret)
    assert called.form["user_id"] == "U0ALICE"
    assert called.form["text"] == "revoke engagement acme-prod because it is over"


def test_a_number_presses_that_button_as_the_present_person(demo, daypass, slack):
    daypass.answer_body = CONFIRMATION
    daypass.later = {"replace_original": True, "text": "Done."}
    shown = demo("status acme-prod", "as lena", "1", "2", "quit", "list")
    assert "In its place:\n│ Done." in shown
    assert "There is no button " in shown
    _, press = daypass.called
    payload = json.loads(press.form["payload"])
    assert (payload["user"]["id"], payload["actions"][0]["value"]) == ("U0LENA", "of-a-task")


def test_words_after_a_number_go_into_the_messages_field(demo, daypass, slack):
    dialog = confirmation_dialog("Sure?", "It is denied.", "Deny")
    daypass.answer_body = message(
        "Decide",
        text_input("Why not?", "words", 200),
        buttons(button("Deny", "deny", confirm=dialog, value="of-a-request")),
    )
    shown = demo("list", "1 not today", "1")
    assert "(Slack asks: It is denied. [Deny])" in shown
    values = [
        json.loads(called.form["payload"])["state"]["values"]["words"]["words"]["value"]
        for called in daypass.called[1:]
    ]
    assert values == ["not today", None]


def test_a_terminal_shows_delayed_messages_as_they_arrive(aws, daypass, slack):
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "local.slack", f"--daypass={daypass.url}", f"--aws={aws.url}"]
    with subprocess.Popen(command, cwd=ROOT, stdin=its, stdout=its, stderr=its) as process:
        os.close(its)
        try:
            shown = _until_prompt(ours)
            assert "as lena     type as another person" in shown
            os.write(ours, b"list\n")
            _until_prompt(ours)
            daypass.called[0].answer({"text": "Later."})
            assert "A little later:" in _until_prompt(ours)
            os.write(ours, b"quit\n")
            assert process.wait(timeout=10) == 0
        finally:
            process.kill()
            os.close(ours)


def _until_prompt(terminal):
    shown = b""
    while not shown.endswith("alice ▸ /daypass ".encode()):
        assert select.select([terminal], [], [], 20)[0], shown.decode()
        shown += os.read(terminal, 4096)
    return shown.decode()


def test_slash_daypass_can_be_typed_and_names_become_mentions(demo, daypass):
    daypass.status = 502
    shown = demo("/daypass", "as mallory", "/daypass grant @bob acme-prod until x", "as nobody")
    first, second = (called.form for called in daypass.called)
    assert (first["text"], second["text"]) == ("", "grant <@U0BOB|bob> acme-prod until x")
    assert second["team_id"] == "T0ELSEWHERE"
    assert "(Slack shows an error: /daypass failed with status 502)" in shown
    assert (
        "There is no person nobody. Choose one of: lena, omar, alice, bob, ada, mallory." in shown
    )


def test_without_make_run_it_says_what_to_do(capsys):
    assert main([f"--aws=http://127.0.0.1:{find_free_port()}"]) == 1
    assert "`make run` in another terminal" in capsys.readouterr().err


def test_a_second_demo_says_what_to_do(aws, slack, capsys):
    with socket.create_server(("127.0.0.1", int(slack.webhook.split(":")[2].split("/")[0]))):
        assert main([f"--aws={aws.url}"]) == 1
    assert "other `make slack-demo`" in capsys.readouterr().err
