"""Each task of a lead is a line of at most 60 characters, which says what it will change."""

import pytest

from tests.e2e.stories import in_a_shell

BEFORE = """\
daypass() { lena daypass "$@"; }
cd "$HOME"
echo '{"Records": []}' > ct.json
daypass invite ivan --yes > /dev/null 2>&1
LINK() { daypass link stark --list --json | grep -o '"id": "[^"]*' | cut -c8-; }"""
TASKS = {
    "daypass members": "ivan",
    "daypass members ivan --kind lead": "A lead can grant access to anyone",
    "daypass open stark 321098765432 --until 12w --role audit": (
        "The client is Stark, AWS account 321098765432."
    ),
    "daypass role stark/deploy --arn PartnerDeploy": (
        "role, arn:aws:iam::321098765432:role/PartnerDeploy."
    ),
    "daypass role stark/deploy --arn partners/Deploy": (
        "Its ARN changes from arn:aws:iam::321098765432:role/PartnerDeploy to arn:aws:iam::"
        "321098765432:role/partners/Deploy."
    ),
    "daypass grant bob stark audit --until friday": "can get sessions for audit in stark",
    "daypass grant bob stark deploy --remove audit --until 4w": "After: deploy, until",
    "daypass engagements stark --until 6w": "Its end date moves from",
    "daypass link stark --list": "works",
    "daypass link stark --revoke 000000000000 --because mistaken": "The link has been revoked",
    "daypass report globex --csv": "Session name",
    "daypass export globex --output trail.ndjson": "Complete,",
    "daypass reconcile globex --when today --events ct.json": "0 events",
    "daypass revoke member bob --because 'stolen laptop'": "The revocation has taken effect.",
}
"""The lines in the order in which a lead types them, and a part of what each shows."""
QUESTIONS = (
    "members ivan",
    "open",
    "role",
    "grant",
    "engagements",
    "link stark --revoke",
    "revoke",
)
"""The beginnings of the lines that ask for a confirmation."""


@pytest.fixture(scope="module")
def shown(started, aws_cli, tmp_path_factory):
    """Return the output of each line."""
    typed = [
        line.replace("0" * 12, "$(LINK)") + (" --yes" if line.startswith(QUESTIONS, 8) else "")
        for line in TASKS
    ]
    home = tmp_path_factory.mktemp("home")
    outputs = in_a_shell(started, typed, home, aws_cli, shell="sh", before=BEFORE)  # noqa: S604
    return dict(zip(TASKS, outputs, strict=True))


@pytest.mark.parametrize("line", TASKS)
def test_each_line_is_short_and_does_its_task(shown, line):
    assert len(line) <= 60
    assert TASKS[line] in shown[line]
