"""The console, docs/revocation.md and the `daypass` command describe a stop in the same words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.web.stops.targets import StopScope, StopTarget
from chalicelib.domain.web.stops.words import LIMITS, STOPS, method_effect, undo_text
from daypass.commands.leads import effects as command_effects
from daypass.commands.leads import revoking
from tests.rows import every

DOCS = Path(__file__).parents[4] / "docs"
COMMANDS = {
    "invite": "`daypass invite`",
    "reinstate": "`daypass reinstate`",
    "reopen": "`daypass reopen`",
    "thaw": "`daypass thaw`",
}
TARGET = {
    "engagement": "acme-prod",
    "role": "deploy",
    "member": "bob",
    "token": "0123456789abcdef",
    "session": "5d2f8a0c4e917b36",
    "request": "bob.00d9o4r5k3f81c2q",
    "client": "Acme",
}
COMMAND_NAMES = {
    StopScope.SESSION: ["bob.5d2f8a0c4e917b36"],
    StopScope.TOKEN: ["bob", "0123456789abcdef"],
    StopScope.GRANT: ["bob", "acme-prod"],
    StopScope.REQUEST: ["bob.00d9o4r5k3f81c2q"],
    StopScope.MEMBER: ["bob"],
    StopScope.ROLE: ["acme-prod/deploy"],
    StopScope.ENGAGEMENT: ["acme-prod"],
    StopScope.CLIENT: ["Acme"],
    StopScope.EVERYTHING: [],
}


def rows_of(document: str, heading: str) -> list[list[str]]:
    """Return the cells of the first table after the heading, without the table's head."""
    text = (DOCS / document).read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    lines = re.findall(r"^\|.*\|$", text.partition("\n## ")[0], re.MULTILINE)
    first = next(n for n, line in enumerate(lines) if line.startswith("| ---")) + 1
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[first:]]


def test_the_table_of_the_document_has_the_same_cells() -> None:
    documented = [
        (label, new, live, undo)
        for label, _, new, live, undo in rows_of("revocation.md", "What to stop")
    ]
    assert documented == [
        (
            words.label,
            words.new_sessions,
            words.live_sessions,
            words.undo.format(**COMMANDS) or "–",
        )
        for scope, words in STOPS.items()
        if scope is not StopScope.CLOSE
    ]


def test_closing_is_no_revocation() -> None:
    text = " ".join((DOCS / "revocation.md").read_text(encoding="utf-8").split())
    assert "`daypass close` ends an engagement whose work is done." in text
    assert "New sessions stop, and live ones run to their end." in text
    assert not STOPS[StopScope.CLOSE].cuts_off
    assert {scope for scope, words in STOPS.items() if not words.cuts_off} == {StopScope.CLOSE}


@every("scope", StopScope)
def test_each_stop_has_its_words(scope: StopScope) -> None:
    words = STOPS[scope]
    effect = StopTarget(scope=scope, **TARGET).format(words.effect)
    assert "{" not in effect + undo_text(words)
    assert not effect.endswith(".")
    for sentence in (*words.requests, *words.limits, *LIMITS):
        assert sentence.endswith(".")


@every("scope", [*COMMAND_NAMES, StopScope.CLOSE])
def test_the_command_says_the_same(scope: StopScope) -> None:
    if scope is StopScope.CLOSE:
        command, names = revoking._CLOSE, ["acme-prod"]
    else:
        command, names = revoking._REVOCATIONS[scope.value], COMMAND_NAMES[scope]
    words = STOPS[scope]
    effect = StopTarget(scope=scope, **TARGET).format(words.effect)
    by_command = command.effect.format(*names).replace(
        "two leads type daypass thaw", "two leads thaw it"
    )
    assert effect.replace("\u2068", "").replace("\u2069", "") == by_command
    assert words.is_whole_role == (command.whole_role or scope is StopScope.CLOSE)
    assert words.cuts_off == command.cuts_off


@pytest.mark.parametrize("method", CutOffMethod)
@pytest.mark.parametrize("is_whole_role", [True, False])
def test_the_command_says_the_same_of_each_method(
    method: CutOffMethod, *, is_whole_role: bool
) -> None:
    text = method_effect(method, is_whole_role=is_whole_role)
    assert text == command_effects._method_effect(method.value, whole_role=is_whole_role)


def test_the_methods_are_those_of_the_document() -> None:
    documented = {row[0].strip("`") for row in rows_of("revocation.md", "What a client allows")}
    assert documented == {method.value for method in CutOffMethod}


def scopes_with(text: str) -> set[StopScope]:
    return {scope for scope, words in STOPS.items() if any(text in each for each in words.requests)}


def test_the_document_says_the_same_about_requests() -> None:
    rows = rows_of("requests.md", "What a revocation does to requests")
    waiting = {label: does for label, does, _ in rows}
    ending = "the member who asks, their grant, the role, or the engagement (revoked or closed)"
    assert waiting[ending] == "can no longer be approved"
    assert scopes_with("can no longer be approved") == {
        StopScope.GRANT,
        StopScope.MEMBER,
        StopScope.LEAVE,
        StopScope.ROLE,
        StopScope.ENGAGEMENT,
        StopScope.CLOSE,
        StopScope.CLIENT,
    }
    approver = "a member who approved (suspended, or left)"
    assert waiting[approver] == "need another approval in place of theirs"
    assert scopes_with("need another approval") == {StopScope.MEMBER, StopScope.LEAVE}
    assert waiting["everything, or a client's pause"] == "wait; no approval counts meanwhile"
    assert scopes_with("no approval counts meanwhile") == {StopScope.EVERYTHING}
    assert waiting["a token of the approver"] == "stay"
    assert scopes_with("stay as they are") == {StopScope.SESSION, StopScope.TOKEN}
