"""One word for one thing: no old name, phrase or docstring comes back.

CONTRIBUTING.md's "Style" has the rule, docs/glossary.md the words that users read.
"""

import ast
import re
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path

from chalicelib.domain.reasons import Reason, Surface
from tests.running import ROOT, read_file

NAMES = {
    "place": "engagement, item_key, outcome_key",
    "told": "response, output, message",
    "says": "text, message",
    "known": "what it holds, such as route",
    "one": "the item's name",
    "found": "the result's name",
    "given": "the argument's name",
    "wanted": "expected, requested",
    "named": "names, listed",
    "asked": "request, requested",
    "asking": "origin, request",
    "who": "member, caller",
    "wish": "request",
    "deed": "change",
    "dress": "variant",
    "stranger": "probe_identity, outsider",
    "fate": "delivery_status",
    "slot": "check_time",
    "turn": "due_check",
    "aim": "target",
    "insist": "retry_on_conflict",
    "Thing": "Value",
    "Memory": "JobState",
    "Wish": "SessionRequest",
    "Asking": "RequestOrigin",
    "Presented": "PresentedToken",
    "Acting": "Actor",
    "Unattended": "SystemActor",
    "Aim": "Target",
    "Deed": "LeadChange",
    "Flaw": "CodeProblem",
    "Dress": "ProbeVariant",
    "Asker": "ProbeIdentity",
    "Arrival": "ProbeResult",
    "Mend": "Fix",
    "Swept": "SweepSummary",
    "Trial": "ApiCheck",
    "Verdict": "CheckVerdict",
    "Told": "ApiResponse",
    "Safe": "SecretStore",
    "WayOut": "RemovalOption",
    "ToDo": "NextStep",
    "Because": "ReasonBody",
    "ReadyMade": "PermissionSet",
    "came_by": "link_details",
    "set_going": "lead_changes",
    "ways_out": "removal_options",
}
"""Each avoided name with its replacement. A name in the plural, or with a leading underscore, is
avoided too."""

AVOIDED = re.compile(rf"_?({'|'.join(NAMES)})s?")

PHRASES = [
    "whoever",
    "whom",
    "whomever",
    "by which",
    "of which",
    "in whose",
    "is told",
    "are told",
    "was told",
    "were told",
    "be told",
    "not to be had",
    "to be had",
    "came of",
    "comes of",
    "come of",
    "somebody",
    "anybody",
    "provider's word",
    "ways? out",
    "set going",
]
"""Regular expressions of phrases that name no agent, or no thing."""
_PHRASE = re.compile(rf"\b({'|'.join(PHRASES)})\b".replace(" ", r"\s+"))

OPENINGS = re.compile(r"(What|Whether|Who|Whoever|Whom|Whose|Which|Where|Those|That)\b")
"""A docstring begins with a verb in the imperative, or with a noun."""

# Most files have none of these outside their texts, and parsing a file takes ten times as long.
_TEXT = re.compile(
    r"""#[^\n]*|[rbf]{0,2}(?:\"{3}(?s:.*?)\"{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
)
_NAME = re.compile(rf"\b(?!slots\b){AVOIDED.pattern}\b")  # @dataclass has slots
_OPENING = re.compile(rf"""^\s*r?["']+\s*{OPENINGS.pattern}""", re.MULTILINE)

_PROVIDER = "tests/adapters/people/identity_providers"
ALLOWED = {
    (f"{_PROVIDER}/conftest.py", "one"): "the ID of a key, as its provider publishes it",
    (f"{_PROVIDER}/test_verification.py", "one"): "the ID of a key, as its provider publishes it",
}
"""The uses that stay, by file and word, each with its reason."""


@cache
def files():
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.check_output(command, cwd=ROOT, text=True)
    paths = [ROOT / name for name in listed.split("\0") if name]
    endings = {".py", ".md", ".yaml", ".html", ".sh", ".js", ".css", ""}
    passed_over = ("LICENSE", Path(__file__).name)
    texts = (path for path in paths if path.suffix in endings and path.is_file())
    return tuple(path for path in texts if path.name not in passed_over)


def words_in(path):
    """Yield the avoided names of a Python file, and the first words of docstrings that begin with a
    relative clause, each with its line."""
    text = read_file(path)
    if not _NAME.search(_TEXT.sub(_expressions_in, text)) and not _OPENING.search(text):
        return
    is_hypothesis = re.search(r"^from hypothesis import .*\bgiven\b", text, re.MULTILINE)
    allowed = {"slots", *({"given"} if is_hypothesis else ())}  # a dataclass's, a decorator
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            if isinstance(node.value.value, str):
                opening = OPENINGS.match(node.value.value.strip())
                yield from [(node.lineno, opening[0])] if opening else []
        elif not isinstance(node, ast.Constant):
            for name in identifiers_of(node):
                if AVOIDED.fullmatch(name) and name not in allowed:
                    yield getattr(node, "lineno", 0), name


def _expressions_in(text):
    """Return the text if it can have expressions in it, as an f-string can."""
    return text[0] if re.match("r?f", text[0]) else " "


def identifiers_of(node):
    """Yield the names in the node itself, such as a function's, an attribute's or a module's."""
    for _, value in ast.iter_fields(node):
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str):
                yield from name.split(".")


def phrases_in(path):
    """Yield the avoided phrases of a file, each with the line that it begins in."""
    text = read_file(path)
    for match in _PHRASE.finditer(text.lower()):
        yield text.count("\n", 0, match.start()) + 1, match[0]


@cache
def uses():
    """Return the lines of every avoided name, opening and phrase, by file and word."""
    lines = defaultdict(list)
    for path in files():
        searches = (phrases_in, words_in) if path.suffix == ".py" else (phrases_in,)
        for search in searches:
            for line, word in search(path):
                lines[str(path.relative_to(ROOT)), word].append(line)
    return lines


def test_no_old_word_comes_back():
    assert {use: lines for use, lines in uses().items() if use not in ALLOWED} == {}


def test_every_exception_is_used():
    assert set(ALLOWED) <= set(uses())
    assert len(ALLOWED) < 20


def test_no_function_or_class_has_a_name_that_says_nothing():
    banned = re.compile(r"^(def|class) \w*(manager|helper|utils|lease|checkout)\w*", re.I | re.M)
    for source in ROOT.glob("chalicelib/**/*.py"):
        assert not banned.search(read_file(source)), source


def test_the_glossary_has_some_twenty_words():
    glossary = read_file("docs/glossary.md")
    assert len(re.findall(r"^\| \*\*", glossary, re.MULTILINE)) <= 24


FOR_PEOPLE = (
    "chalicelib/domain/slack",
    "chalicelib/usecases/slack",
    "chalicelib/domain/notifications",
)
"""Texts for Slack, mails and the notices in a channel, where no one calls the API."""
ROUTE = re.compile(r"\b(GET|POST|PATCH) /v1|\bwith the API\b")


def test_slack_and_notifications_name_commands_and_no_routes():
    texts = [
        (str(file.relative_to(ROOT)), node.value)
        for folder in FOR_PEOPLE
        for file in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(read_file(file)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [where for where, text in texts if ROUTE.search(text)] == []
    assert [reason for reason in Reason if ROUTE.search(reason.text(Surface.SLACK))] == []
