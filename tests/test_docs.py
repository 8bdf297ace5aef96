"""What the documents say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import app
from chalicelib.domain.events import News
from chalicelib.domain.reasons import SENTENCES, Reason
from chalicelib.domain.verification.wrong_ids import (
    CALLS_OF_A_DAILY_CHECK,
    CALLS_OF_A_FULL_CHECK,
)
from chalicelib.entrypoints.http.declared import ROUTES
from chalicelib.entrypoints.http.problems import FRAMEWORK, GATEWAY, STATUS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    names = re.findall(r"`((?:tests|docs|local|chalicelib|\.chalice)/[\w./-]+)`", text)
    for name in names:
        assert (ROOT / name).exists(), name


def test_the_api_page_lists_every_route_with_whom_it_is_for() -> None:
    assert app.app.routes
    listed = re.findall(r"^\| `([A-Z]+ /\S+)` \| ([a-z, ]+) \| (.+) \|$", API, re.MULTILINE)
    assert set(listed) == {
        (f"{route.method} {route.path}", whom(route), route.summary) for route in ROUTES
    }


def whom(route: object) -> str:
    if route.is_page:  # type: ignore[attr-defined]
        return "who has the link"
    kinds = sorted((kind.value for kind in route.kinds), reverse=True)  # type: ignore[attr-defined]
    if not kinds:
        return "anybody"
    return "every member" if len(kinds) == 3 else ", ".join(kinds)


def test_the_api_page_lists_every_reason_with_its_sentence() -> None:
    listed = re.findall(r"^\| ([\d, ]+) \| `([a-z-]+)` \| (.+) \|$", API, re.MULTILINE)
    assert {(reason, sentence) for _, reason, sentence in listed} == {
        (reason.value, SENTENCES[reason]) for reason in Reason
    }


def test_the_operator_is_told_of_every_kind_of_news() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = text.partition("| news | means |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == set(News)


def test_the_api_page_knows_every_status() -> None:
    known = {int(status) for status in STATUS.values()} | set(FRAMEWORK) | set(GATEWAY) | {500}
    named = {
        int(status)
        for status in re.findall(r"^\| ([\d, ]+) \|", API, re.MULTILINE)
        for status in re.findall(r"\d{3}", status)
    }
    assert named == known


def test_the_events_that_a_check_costs_a_client_are_those_that_the_code_counts() -> None:
    full = f"{CALLS_OF_A_FULL_CHECK} times"
    daily = f"{CALLS_OF_A_DAILY_CHECK} times"
    for name in ("security.md", "onboarding.md", "decisions/0021-a-check-dressed-as-a-vend.md"):
        text = " ".join((ROOT / "docs" / name).read_text(encoding="utf-8").split())
        assert full in text, name
        assert daily in text or f"{CALLS_OF_A_DAILY_CHECK} are asked" in text, name


def test_the_glossary_is_in_the_codes_own_words() -> None:
    """A word that the glossary has banned is not the name of anything."""
    banned = re.compile(r"^(def|class) \w*(manager|helper|utils|lease|checkout)\w*", re.I | re.M)
    for source in ROOT.glob("chalicelib/**/*.py"):
        assert not banned.search(source.read_text(encoding="utf-8")), source


def test_the_project_speaks_of_itself_alone() -> None:
    """No path of a machine, no name of a person's tool, in anything that is committed."""
    for source in [*ROOT.glob("chalicelib/**/*.py"), *ROOT.glob("local/**/*.py"), *DOCUMENTS]:
        assert not re.search(r"/(root|home|Users)/\w", source.read_text(encoding="utf-8")), source
