"""`/daypass access` and `link`: the answers are for the sender only, and contain no secret."""

from __future__ import annotations

import re
import subprocess

from tests.builders import a_role
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ALICE, NINA, answer_to
from tests.fakes.slack import buttons_of, text_of

CLOSED_TO_LINKS = a_role(allows_links=False)


def test_access_answers_with_a_link_whose_text_is_stored_nowhere(api: Api) -> None:
    answer = api.types("access acme-prod readonly for 30m", ALICE).json
    secret = buttons_of(answer)["open"]["url"].rpartition("/access/")[2]
    assert len(secret) > 50
    assert secret not in repr(api.world.items) + repr(api.world.entries) + text_of(answer)


def typed_words(answer: str) -> list[str]:
    """Return the words that a shell makes of the command in the answer, as Slack shows it."""
    (line,) = re.findall("```(.*)```", answer)
    shown = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    process = subprocess.run(
        ["bash", "-c", f'daypass() {{ printf "%s\\0" daypass "$@"; }}; {shown}'],
        env={"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )
    return process.stdout.split("\0")[:-1]


def test_the_command_that_links_a_slack_user_has_no_code_on_its_line(api: Api) -> None:
    answer = answer_to(api, "link", NINA)

    assert typed_words(answer) == ["daypass", "link-slack"]
    assert re.search(r"Your code is `[a-z2-7]{4}(-[a-z2-7]{4}){3}`", answer)


def test_a_role_without_links_gets_a_command_with_the_typed_arguments(api: Api) -> None:
    """Neither the shell nor Slack interprets anything in the reason."""
    api.world.add(CLOSED_TO_LINKS)
    why = "it isn't `done` ``` <!channel> & $(touch /tmp/x) !x"
    typed = why.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    answer = answer_to(api, f"access acme-prod for 30m because {typed}")

    assert "a machine where you are logged in to Daypass" in answer
    assert typed_words(answer) == [
        "daypass",
        "shell",
        "acme-prod/readonly",
        f"--reason={why.replace('`', 'ˋ')}",
    ]
    assert "<!channel>" not in answer
