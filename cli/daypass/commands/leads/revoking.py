"""Stop something. Each command shows first what Daypass says that it will do, and asks."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.leads.answers import post_until_complete, report_cut_offs
from daypass.commands.leads.arguments import ENGAGEMENT, GROUP, MEMBER, WHY
from daypass.commands.leads.cut_offs import (
    SAVE,
    WAIT,
    check_new_file,
    read_cut_offs,
)
from daypass.commands.leads.freezing import preview, wait_for_list
from daypass.commands.leads.stops import STOPS
from daypass.errors import UsageProblem
from daypass.machine.logins import connect
from daypass.targets import parse_target
from daypass.terminal.output import confirm, print_text, shorten
from daypass.terminal.times import show_moment

_KINDS = {words[1]: command for command in STOPS if (words := command.split(" ", 2))[0] == "revoke"}
"""The commands `daypass revoke KIND` by kind."""


def _read_names(command: str, words: list[str]) -> dict[str, str]:
    """Return the names that these words of the command give to the target. Raise UsageProblem if
    there are more or fewer words."""
    fields = re.findall(r"[A-Z/]{2,}", command)
    if len(words) != len(fields):
        raise UsageProblem(f"Type: daypass {command} --reason …")
    names: dict[str, str] = {}
    for field, word in zip(fields, words):
        if field == "SESSION":
            names["member"], names["session"] = _session_names(word)
        elif field == "ENGAGEMENT/ROLE":
            names["engagement"], names["role"] = parse_target(word)
            if not names["role"]:
                raise UsageProblem("Name the role too, such as acme-prod/readonly.")
        else:
            names[field.lower()] = word
    return names


def _session_names(word: str) -> tuple[str, str]:
    """Return the member and the ID in the name of a session, such as bob.5d2f8a0c4e917b36."""
    member, _, rest = word.partition(".")
    session = rest.partition(".")[0]  # the name of an agent's session ends in .agent
    if not member or not session:
        raise UsageProblem(
            f"{shorten(word)} is not the name of a session. Copy it from: daypass who"
        )
    return member, session


def _revoke(arguments: Namespace) -> None:
    words = arguments.names
    if arguments.kind == "token" and len(words) == 1:
        raise UsageProblem(_tokens_text(connect(arguments.broker), words[0]))
    _stop(arguments, _KINDS[arguments.kind], words)


def _tokens_text(broker: Broker, member: str) -> str:
    """Return the member's valid tokens, for a lead who does not know which one to revoke."""
    tokens = broker.pages(f"/v1/members/{segment(member)}/tokens", "tokens")
    valid = [
        f"{each['id']} ({each['label']}, until {show_moment(each['expires_at'])})"
        for each in tokens
        if each["revoked_at"] is None
    ]
    return f"Name one of {member}'s tokens too: {', '.join(valid) or 'there are none.'}"


def _stop(arguments: Namespace, command: str, words: list[str]) -> None:
    """Show what the stop will do, ask, stop, and show Daypass's answer."""
    check_new_file(arguments.save)
    (name, route), names = STOPS[command], _read_names(command, words)
    broker = connect(arguments.broker)
    if not confirm(preview(broker, name, names), yes=arguments.yes):
        return
    path = route.format(**{field: segment(value) for field, value in names.items()})
    body = {field: value for field, value in names.items() if f"{{{field}}}" not in route}
    carry_out(arguments, broker, path, {**body, "reason": arguments.reason})


def carry_out(
    arguments: Namespace, broker: Broker, path: str, body: dict[str, str], part: str = ""
) -> None:
    """Send the revocation until it is complete, and show Daypass's answer. `part` is the field of
    the answer that holds the revocation. Empty: the answer is the revocation."""
    answer = post_until_complete(broker, path, body)
    revocation = answer[part] if part else answer.get("revocation", answer)
    if not arguments.json:
        print_text(answer.get("message") or revocation["message"])
    if "listed_at" in answer:
        revocation = answer = _finish_freeze(broker, answer, arguments)
    report_cut_offs(broker, answer, revocation, arguments)


def _finish_freeze(broker: Broker, status: dict[str, Any], arguments: Namespace) -> dict[str, Any]:
    """Wait until Daypass has counted the live sessions, and show the freeze again. Return it with
    all cut-offs that are not over: an earlier one can be that of a session which the freeze is
    about."""
    sys.stdout.flush()  # a lead in a hurry reads it now
    counted = wait_for_list(broker, status, arguments.wait)
    if not arguments.json and counted["message"] != status["message"]:
        print_text(counted["message"])
    return {**counted, "cut_offs": read_cut_offs(broker)}


_ANSWER = (WHY, WAIT, SAVE, YES, JSON, BROKER)
COMMANDS = (
    Command(
        "revoke",
        "Revoke a session, a token, a grant, a member, a role, or more",
        _revoke,
        (
            argument("kind", choices=tuple(_KINDS), metavar="KIND", help="such as member"),
            argument("names", nargs="*", metavar="NAME", help="the names that its kind needs"),
            *_ANSWER,
        ),
        group=GROUP,
        description=" ".join(f"daypass {command}." for command in _KINDS.values()),
    ),
    Command(
        "freeze",
        "Stop all sessions for all clients: revoke everything",
        lambda arguments: _stop(arguments, "revoke everything", []),
        _ANSWER,
        group=GROUP,
        description="Any lead can freeze. Two leads thaw: daypass thaw.",
    ),
    Command(
        "close",
        "Close an engagement whose work is done",
        lambda arguments: _stop(arguments, "close ENGAGEMENT", [arguments.engagement]),
        (ENGAGEMENT, *_ANSWER),
        group=GROUP,
    ),
    Command(
        "leave",
        "End everything that a member has: they leave the firm",
        lambda arguments: _stop(arguments, "leave MEMBER", [arguments.member]),
        (MEMBER, *_ANSWER),
        group=GROUP,
    ),
)
