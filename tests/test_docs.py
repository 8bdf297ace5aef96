"""The documents agree with the code: links, commands, tables and numbers."""

import json
import re
import subprocess
from functools import cache

import pytest
from functions import MAX_LIMITS

from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.verification.proof import Grade
from chalicelib.domain.verification.wrong_ids import (
    CALLS_PER_DAILY_CHECK,
    CALLS_PER_FULL_CHECK,
)
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.entrypoints.http.problems import (
    FRAMEWORK_REASONS,
    GATEWAY_REASONS,
    STATUS_OF_ERROR,
    Problem,
)
from chalicelib.entrypoints.http.routes import (
    OWN_LIMIT,
    PUBLIC_LIMIT,
    ROUTES,
    SHARED_LIMIT,
    inputs_of,
)
from daypass.catalogue import list_commands
from daypass.command import YES
from daypass.errors import EXIT_CODES
from local.documents import command_index, commands, reference
from local.documents.docstrings import attribute_docs
from tests.builders import code_text_of
from tests.fakes import NOON
from tests.fakes.providers import claims, fake_identity_token
from tests.rows import every
from tests.running import ROOT, read_file

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
API = read_file("docs/api.md")


@every("document", DOCUMENTS)
def test_every_link_leads_somewhere(document):
    text = read_file(document)
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


@cache
def anchors(document):
    """Return the anchors of a document: GitHub's for its headings, and those of its HTML."""
    text = read_file(document)
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    html_anchors = re.findall(r'<a (?:id|name)="([^"]+)"', text)
    return {heading.replace(" ", "-") for heading in plain} | set(html_anchors)


@every("document", DOCUMENTS)
def test_every_link_to_a_section_leads_to_one(document):
    text = read_file(document)
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text):
        file = document.parent / target if target else document
        assert anchor in anchors(file.resolve()), f"{target}#{anchor}"


DOORS = {
    "member": "using.md",
    "lead": "leading.md",
    "client": "security.md",
    "auditor": "auditing.md",
    "operator": "operations.md",
    "contributor": "../CONTRIBUTING.md",
}
"""The page with which each reader begins."""


def test_the_index_has_a_door_for_each_reader():
    index = read_file("docs/README.md")
    rows = re.findall(r"^\| an? \*\*(\w+)\*\*.*? \| \[[^]]+\]\(([^)]+)\) \|", index, re.MULTILINE)
    assert dict(rows) == DOORS


@every("reader", [reader for reader in DOORS if reader != "operator"])
def test_the_page_behind_a_door_has_at_most_1200_words_with_its_tables(reader):
    """The operator's page is longer by its table of commands."""
    text = FENCED.sub("", read_file(f"docs/{DOORS[reader]}"))
    assert len(re.findall(r"\S*\w\S*", text)) <= 1200


def test_the_index_leads_to_every_page():
    index = read_file("docs/README.md")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"]({page}" not in index} == set()


def test_the_readme_says_what_was_proven_where_in_its_second_paragraph():
    """Require the local AWS, the tests, and the link to what is open on a live account."""
    readme = read_file("README.md")
    title, _, second, *_ = readme.split("\n\n")
    assert title.startswith("# ")
    assert "Nothing has run on a live AWS account" in " ".join(second.split())
    assert "local AWS" in second
    assert "](docs/live-account.md)" in second
    assert len(re.findall(r"`tests/[\w/]+`", second)) >= 2


@every("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document):
    text = read_file(document)
    names = re.findall(r"`((?:tests|docs|local|chalicelib|\.chalice)/[\w./-]+)`", text)
    for name in names:
        assert (ROOT / name).exists(), name


FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HERE_DOCUMENT = re.compile(r"<<'?END'?\n.*?^END$", re.MULTILINE | re.DOTALL)
SHELL_BLOCKS = [
    pytest.param(kind, text, id=f"{document.relative_to(ROOT)}-{number}")
    for document in DOCUMENTS
    for number, (kind, text) in enumerate(FENCED.findall(read_file(document)))
    if kind in ("sh", "fish")
]


@every("document", DOCUMENTS)
def test_every_block_says_what_it_is(document):
    """Commands (sh, fish) are marked differently from output (text)."""
    kinds = {kind for kind, _ in FENCED.findall(read_file(document))}
    programs = {"python", "go", "javascript", "java", "terraform"}
    assert kinds <= {"sh", "fish", "insights", "text", "json", "mermaid", "yaml", *programs}


@every("kind, text", SHELL_BLOCKS)
def test_a_command_can_be_pasted_as_it_stands(kind, text):
    """Refuse a prompt, and a comment, which zsh reads as arguments of the command."""
    commands = HERE_DOCUMENT.sub("", text)
    assert not re.search(r"^\s*[$%>#] |^[$%>]$", commands, re.MULTILINE)
    assert not re.search(r"\s#\s", commands)
    if kind == "sh":
        process = subprocess.run(["sh", "-n"], input=text, capture_output=True, text=True)
        assert (process.returncode, process.stderr) == (0, "")


ASKING = {command.name for command in list_commands() if YES in command.arguments}


def test_no_pasted_line_becomes_the_answer_to_a_question():
    """A command that asks reads the next line of its block, unless it has --yes."""
    swallowed = []
    for block in SHELL_BLOCKS:
        lines = re.sub(r"\\\n", " ", str(block.values[1])).splitlines()
        for line in lines[:-1]:
            typed = re.search(r"\bdaypass ([a-z-]+) .*--", line)
            if typed and typed[1] in ASKING and "--yes" not in line:
                swallowed.append((block.id, line))
    assert swallowed == []


@every("kind, text", SHELL_BLOCKS)
def test_a_command_has_no_date_that_will_pass(kind, text):
    dates = re.findall(r"\b20\d\d-\d\d-\d\d\b", text)
    assert dates == [date for date in dates if date == "2012-10-17"]  # IAM's policy language


REFERENCE = reference.build_pages()


@pytest.mark.parametrize("name", REFERENCE)
def test_the_reference_is_current(name):
    written = read_file(f"docs/reference/{name}")
    assert written == REFERENCE[name], "The declarations have changed: run `make openapi`."


def test_the_page_of_commands_is_current():
    assert read_file("docs/reference/commands.md") == commands.build_page(), (
        "The declarations have changed: run `make commands-page`."
    )


def test_the_index_of_commands_is_made_from_the_declarations():
    assert read_file("cli/daypass/index.py") == command_index.build_index(), "make commands-page"
    root = ROOT / "cli" / "daypass"
    declaring = {
        path.relative_to(root).with_suffix("").as_posix().replace("/", ".")
        for path in root.rglob("*.py")
        if re.search(r"^COMMANDS = \(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert declaring == {each for modules in command_index.GROUPS.values() for each in modules}


def test_the_page_of_commands_has_each_command_and_exit_code_that_help_lists():
    page = commands.build_page()
    names = re.findall(r"^### `daypass ([a-z-]+)`$", page, re.MULTILINE)
    assert sorted(names) == sorted(command.name for command in list_commands() if command.group)
    codes = re.findall(r"^\| (\d+) \| \w.+\. \|$", page, re.MULTILINE)
    assert codes == [str(code) for code in EXIT_CODES]


def test_the_reference_has_every_route_and_its_callers():
    page = REFERENCE["routes.md"]
    for route in ROUTES:
        row = rf"^\| \[`{route.method} {re.escape(route.path)}`\]\(#[\w-]+\) \| \w.* \| \w.* \|$"
        assert re.search(row, page, re.MULTILINE), route.path


def test_the_reference_has_every_reason_with_its_sentence():
    row = r"^\| `([a-z-]+)` \| [\d, ]+ \| (.+) \|$"
    rows = re.findall(row, REFERENCE["reasons.md"], re.MULTILINE)
    assert rows == [(reason.value, reason.text(Surface.API)) for reason in Reason]


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("/v1/engagements/{engagement}/sessions", '{"role": "readonly"'),
        ("/v1/members", '{"id": "alice"'),
        ("/v1/enrol", '{"code": "daypass_enrol_alice_…", "label"'),
        ("/v1/enrol/identity", '{"code": "daypass_enrol_alice_…", "identity_token"'),
        ("/v1/engagements", '{"id": "initech-prod", "client": "Initech", "account_id"'),
    ],
)
def test_a_request_on_the_api_page_is_valid_for_its_route(path, begins):
    (text,) = [text for _, text in FENCED.findall(API) if text.startswith(begins)]
    text = text.replace("daypass_enrol_alice_…", code_text_of("alice")).replace("…T", "2027-03-31T")
    text = text.replace("eyJ…", fake_identity_token(claims(NOON)))
    (route,) = [route for route in ROUTES if (route.method, route.path) == ("POST", path)]

    assert parse(inputs_of(route.view).body, json.loads(text))


READ_FROM_TOP_TO_BOTTOM = [
    page for page in DOCUMENTS if "reference" not in page.parts and page.name != "CHANGELOG.md"
]


@every("page", READ_FROM_TOP_TO_BOTTOM)
def test_a_page_has_at_most_1200_words_outside_tables_and_code(page):
    text = FENCED.sub("", read_file(page))
    prose = re.sub(r"^\|.*$", "", text, flags=re.MULTILINE)
    assert len(prose.split()) <= 1200


@pytest.mark.parametrize("kind", [Grade, Problem])
def test_the_reference_describes_fields_and_values_by_their_docstrings(kind):
    docs = attribute_docs(kind)
    assert docs
    for name, text in docs.items():
        row = rf"^\| `{name}` \|.* {re.escape(text)}.* \|$"
        assert re.search(row, REFERENCE["fields.md"], re.MULTILINE), name


def test_the_reference_has_every_status():
    possible = {*map(int, STATUS_OF_ERROR.values()), *FRAMEWORK_REASONS, *GATEWAY_REASONS, 500}
    assert frozenset().union(*reference.find_statuses().values()) == possible


def test_the_documents_give_the_number_of_calls_that_the_code_counts_for_a_check():
    full = f"{CALLS_PER_FULL_CHECK} times"
    daily = f"{CALLS_PER_DAILY_CHECK} times"
    for name in ("security.md", "decisions/0021-checks-imitate-vends.md"):
        text = " ".join(read_file(f"docs/{name}").split())
        assert full in text, name
        assert daily in text or f"{CALLS_PER_DAILY_CHECK} are asked" in text, name


def test_the_costs_count_every_alarm():
    template = read_file(".chalice/alarms.yaml")
    alarms = round(template.count("Type: AWS::CloudWatch::Alarm"), -1)
    costs = read_file("docs/costs-and-limits.md")
    assert f"| some {alarms} alarms | 0.10 each | {alarms / 10:.2f} |" in costs
    limits = read_file("docs/reference/limits.md")
    assert f"| CloudWatch: alarms | 5,000 a region | some {alarms} |" in limits


def test_the_limits_page_lists_the_routes_limits():
    limits = [SHARED_LIMIT, *(route.limit for route in ROUTES if route.limit)]
    text = read_file("docs/reference/limits.md")
    assert "routes together are under 1,250 a second |" in text
    assert sum(limit.rate for limit in limits) < 1250
    assert f"| {MAX_LIMITS} limits at most, so {2 * MAX_LIMITS} changes, and 2 for" in text
    assert 2 * MAX_LIMITS + 2 < 80
    assert len(limits) <= MAX_LIMITS
    for limit in {SHARED_LIMIT, OWN_LIMIT, PUBLIC_LIMIT}:
        assert f"| {limit.rate} | {limit.burst} |" in text


def test_no_committed_file_has_a_path_of_someones_machine():
    for source in [*ROOT.glob("chalicelib/**/*.py"), *ROOT.glob("local/**/*.py"), *DOCUMENTS]:
        assert not re.search(r"/(root|home|Users)/\w", read_file(source)), source


def test_each_number_of_a_decision_is_used_once():
    numbers = [page.name[:4] for page in (ROOT / "docs/decisions").glob("[0-9]*.md")]
    assert sorted(numbers) == sorted(set(numbers))


def test_the_index_of_decisions_has_each_with_its_title():
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[([0-9]{4}: .+)\]\((.+)\)$", index, re.MULTILINE)
    pages = {page.name: read_file(page) for page in folder.glob("[0-9]*.md")}
    titles = [(f"{name[:4]}: {text.splitlines()[0][2:]}", name) for name, text in pages.items()]
    assert sorted(listed) == sorted(titles)


def test_each_decision_has_context_decision_and_consequences():
    for page in (ROOT / "docs/decisions").glob("[0-9]*.md"):
        parts = re.findall(r"^\*\*(\w+)\.\*\*", read_file(page), re.MULTILINE)
        expected = ["Context", "Decision", "Consequences"]
        assert [part for part in parts if part in expected] == expected, page.name
