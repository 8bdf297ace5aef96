"""The documents' commands, pasted into a shell, print the output in the documents."""

from datetime import UTC, datetime

import pytest

from tests.e2e.stories import every_step, in_a_shell, same_on_every_run, story


def no_input(_started):
    return ""


def an_invitation(started):
    """Create a member with a grant, and return what they type: their code."""
    lena = started.api("lena")
    member = lena("POST", "/v1/members", id="nina", name="Nina Novak", kind="member")
    lena("POST", "/v1/engagements/acme-prod/reopen", reason="the laptop is found")
    grants = "/v1/engagements/acme-prod/grants"
    lena("POST", grants, member="nina", roles=["readonly", "deploy"])
    hooli = "/v1/engagements/hooli"
    lena("PATCH", f"{hooli}/approval-policy", leads=True, people=1)
    lena("POST", f"{hooli}/grants", member="nina", roles=["audit"], on_request=["audit"])
    return f"{member['enrolment']['code']}\n"


def only_bob_approves(started):
    """Take back the leads' right to approve at hooli that an earlier story gave."""
    lena = started.api("lena")
    lena("PATCH", "/v1/engagements/hooli/approval-policy", leads=False)
    return ""


OWN_HOME = "unset DAYPASS_HOME AWS_CONFIG_FILE; PATH=$HOME/.local/bin:$PATH"
"""Makes the terminal that of a person who has not logged in yet."""
# In this order, in one world: a preparation that returns the input to type, the shell, and the
# lines that come first.
STORIES = {
    "README.md": (no_input, "bash", ""),
    "docs/onboarding.md": (no_input, "sh", ""),
    "docs/using.md": (an_invitation, "sh", OWN_HOME),
    "docs/slack.md": (only_bob_approves, "sh", ""),
}


@pytest.fixture(scope="module")
def shown(started, aws_cli, tmp_path_factory):
    """Return the output of each step of each story."""
    return {
        document: in_a_shell(
            started,
            [step.commands for step in story(document)],
            tmp_path_factory.mktemp("home"),
            aws_cli,
            shell=shell,
            typed=prepare(started),
            before=before,
        )
        for document, (prepare, shell, before) in STORIES.items()
    }


@pytest.mark.parametrize("document", STORIES)
def test_a_story_is_not_empty(document):
    assert len(story(document)) >= 5


@pytest.mark.parametrize(("document", "number"), every_step(STORIES))
def test_each_step_shows_what_the_document_says(shown, document, number):
    expected = same_on_every_run(story(document)[number].shows)
    assert same_on_every_run(shown[document][number], datetime.now(UTC)) == expected
