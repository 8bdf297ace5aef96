"""The documents' commands, pasted block by block into a shell."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.running import ROOT, Started, read_file

# Differs from one run to the next.
VARIES = (
    (r"\b[a-z]+\.[0-9a-v]{16}\b", "<request ID>"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "<moment>"),
    (r"\bat \d\d:\d\d:\d\d UTC", "at <second>"),
    (r"\bASIA[A-Z0-9]{16}\b", "<key>"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<request>"),
    (r"\b[0-9a-f]{16}\b", "<vend>"),
    (r"\b[A-Z][a-z]{2} \d\d:\d\d UTC \(\d+ min left\)", "<time left>"),
    (r"http://127\.0\.0\.1:\d+", "<address>"),
    (r"\S*/(aws-config|\.aws/config)", "<config>"),
    (r"\bdaypass_enrol_carol_\S+", "<code>"),
    (r"/(access|setup)/[a-z2-7]{52}", r"/\1/<link>"),
    (r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b", "<minute>"),
    (r"\b[A-Z][a-z]+ 20\d\d \(UTC\)", "<month>"),
    # What to type next differs between the API, a shell and this command.
    (r"(access to it\. ).*? (?=\(not-a-member)", r"\1"),
    (r"[ \t]+$", ""),
)
WRITTEN = datetime(2026, 11, 24, 19, 42, tzinfo=UTC)
"""When the documents' commands were typed, as their output shows it."""
MINUTES = {
    r"\b[A-Z][a-z]{2} (\d{4}-\d\d-\d\d \d\d:\d\d UTC)": "%Y-%m-%d %H:%M %Z",
    r"\b(\d{1,2} [A-Z][a-z]+ 20\d\d, \d\d:\d\d UTC)": "%d %B %Y, %H:%M %Z",
    r"\b(\d{1,2} [A-Z][a-z]+ 20\d\d, \d\d:\d\d:\d\d UTC)": "%d %B %Y, %H:%M:%S %Z",
}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BETWEEN = "---- next ----"


@dataclass(frozen=True, slots=True)
class Step:
    """A block of commands, and its output in a terminal."""

    commands: str
    shows: str


def blocks(document: str) -> list[tuple[str, str]]:
    """Return the language and the text of each fenced block of the document."""
    return BLOCK.findall(read_file(f"{document}"))


def story(document: str) -> list[Step]:
    """Return the document's blocks of commands, each with the output that follows it, if any."""
    fenced = blocks(document)
    following = [*fenced[1:], ("", "")]
    return [
        Step(commands, shows if language == "text" else "")
        for (kind, commands), (language, shows) in zip(fenced, following, strict=True)
        if kind == "sh"
    ]


def every_step(documents: Iterable[str]) -> list[tuple[str, int]]:
    return [(document, number) for document in documents for number in range(len(story(document)))]


def same_on_every_run(text: str, now: datetime = WRITTEN) -> str:
    """Return the text without what differs between runs. Of dates it keeps how many days after
    `now` they are."""
    # Where Slack's messages break lines depends on the length of dates.
    text = re.sub(r"\n│ (?=\S)", " ", text)
    for pattern, form in MINUTES.items():
        text = re.sub(pattern, lambda match, form=form: _days(match[1], form, now), text)
    for pattern, name in VARIES:
        text = re.sub(pattern, name, text, flags=re.MULTILINE)
    return text.strip()


def _days(shown: str, form: str, now: datetime) -> str:
    after = datetime.strptime(shown, form).replace(tzinfo=UTC) - now
    return f"<in {round(after / timedelta(days=1))} days>"


def in_a_shell(
    started: Started,
    commands: list[str],
    home: Path,
    aws_cli: Path,
    *,
    shell: str = "bash",
    typed: str = "",
    before: str = "",
) -> list[str]:
    """Return the output of each of the commands. All run in one shell, after the lines that
    `make run` printed and the lines `before`, with an AWS CLI that starts sooner than the one in
    those lines."""
    texts = [f"{started.paste}\n{before}\nPATH='{aws_cli}':$PATH", *commands]
    process = subprocess.run(
        [shell, "-c", "exec 2>&1\n" + f"\necho '{BETWEEN}'\n".join(texts)],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "TZ": "UTC"},
        input=typed,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    pasted, *shown = process.stdout.split(f"{BETWEEN}\n")
    assert pasted == ""
    return shown
