"""Revoke access. Each command shows its exact effect first, and asks."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any, NamedTuple

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.leads.answers import post_until_complete, report_cut_offs
from daypass.commands.leads.arguments import ENGAGEMENT, GROUP, WHY
from daypass.commands.leads.cut_offs import (
    SAVE,
    WAIT,
    check_new_file,
    read_cut_offs,
)
from daypass.commands.leads.effects import OF_OTHERS, Concern, describe_live_sessions
from daypass.commands.leads.freezing import describe_alive, describe_start, wait_for_list
from daypass.errors import UsageProblem
from daypass.machine.logins import connect
from daypass.requests import read_request, request_path
from daypass.targets import Target, parse_target
from daypass.terminal.output import confirm, print_text, shorten
from daypass.terminal.times import show_moment


class Revocation(NamedTuple):
    """One thing that a command takes away: its names, its route and its effect."""

    words: str
    """The names that a person types, such as MEMBER ENGAGEMENT."""
    path: Callable[[list[str]], str]
    effect: str
    """A sentence with the names."""
    concern: Callable[[Broker, list[str]], Concern | None]
    """Returns the sessions that the effect is about. None: only Daypass knows them."""
    whole_role: bool = False
    """It is about all sessions of its roles."""
    cuts_off: bool = True
    """It ends live sessions where the client's account has a cut-off."""
    body: Callable[[list[str]], dict[str, str]] = lambda _: {}
    """Returns the request's fields besides the reason."""
    part: str = ""
    """The field of the answer that holds the revocation, or null if there was nothing to revoke.
    Empty: the answer is the revocation."""


def _role_words(words: list[str]) -> Target:
    target = parse_target(words[0])
    if not target.role:
        raise UsageProblem("Name the role too, such as acme-prod/readonly.")
    return target


def _role_path(words: list[str]) -> str:
    target = _role_words(words)
    return f"/v1/engagements/{segment(target.engagement)}/roles/{segment(target.role)}/revoke"


def _session_words(words: list[str]) -> tuple[str, str]:
    """Return the member and the ID in the name of a session, such as bob.5d2f8a0c4e917b36."""
    member, _, rest = words[0].partition(".")
    session = rest.partition(".")[0]  # the name of an agent's session ends in .agent
    if not member or not session:
        raise UsageProblem(
            f"{shorten(words[0])} is not the name of a session. Copy it from: daypass who"
        )
    return member, session


def _session_path(words: list[str]) -> str:
    member, session = _session_words(words)
    return f"/v1/members/{segment(member)}/sessions/{segment(session)}/revoke"


def _client_concern(broker: Broker, words: list[str]) -> Concern:
    """Return the engagements with this client. Raise UsageProblem if there are none."""
    engagements = list(broker.pages("/v1/engagements", "engagements"))
    sought = _comparable(words[0])
    names = tuple(each["id"] for each in engagements if _comparable(each["client"]) == sought)
    if not names:
        clients = ", ".join(sorted({repr(each["client"]) for each in engagements})) or "none"
        raise UsageProblem(
            f"No engagement is with a client named {shorten(words[0])}. Clients: {clients}"
        )
    return Concern(names)


def _comparable(client: str) -> str:
    """Return the client's name as Daypass compares it."""
    return " ".join(client.split()).casefold()


def _request_concern(broker: Broker, words: list[str]) -> Concern:
    request = read_request(broker, words[0])
    target = Target(request["engagement"], request["role"])
    since = request["access_starts_at"] or request["created_at"]
    return Concern(member=request["member"], target=target, since=since)


_REVOCATIONS = {
    "session": Revocation(
        "SESSION",
        _session_path,
        "ends the session {0}, as far as its client allows it. Its member can get another session",
        lambda _, words: Concern(member=_session_words(words)[0], session_name=words[0]),
    ),
    "token": Revocation(
        "MEMBER TOKEN",
        lambda words: f"/v1/members/{segment(words[0])}/tokens/{segment(words[1])}/revoke",
        "revokes the token {1} of {0}: the machine that holds it is logged out",
        lambda _, words: Concern(
            member=words[0],
            token=words[1],
            others="those from tokens that it replaced and from the Slack user linked with it",
        ),
    ),
    "grant": Revocation(
        "MEMBER ENGAGEMENT",
        lambda words: f"/v1/engagements/{segment(words[1])}/grants/{segment(words[0])}/revoke",
        "revokes the grant of {0} for {1}: they get no new session from it",
        lambda _, words: Concern(member=words[0], target=Target(words[1], "")),
    ),
    "request": Revocation(
        "REQUEST",
        lambda words: f"{request_path(words[0])}/revoke",
        "revokes the access that the request {0} opened: its member gets no new session from it."
        " Other access of theirs to the role goes on",
        _request_concern,
    ),
    "approver": Revocation(
        "ENGAGEMENT APPROVER",
        lambda words: f"/v1/engagements/{segment(words[0])}/approvers/{segment(words[1])}/revoke",
        "ends the right of the client's approver or contact {1} for {0}, and any access that they"
        " approved",
        lambda *_: None,
        part="ended",
    ),
    "member": Revocation(
        "MEMBER",
        lambda words: f"/v1/members/{segment(words[0])}/revoke",
        "suspends {0}: their tokens and codes become invalid, and they get no more sessions",
        lambda _, words: Concern(member=words[0], others=OF_OTHERS),
    ),
    "role": Revocation(
        "ENGAGEMENT/ROLE",
        _role_path,
        "ends the role {0}: no one gets a new session from it",
        lambda _, words: Concern((_role_words(words).engagement,), target=_role_words(words)),
        whole_role=True,
    ),
    "engagement": Revocation(
        "ENGAGEMENT",
        lambda words: f"/v1/engagements/{segment(words[0])}/revoke",
        "revokes the engagement {0}: no one gets a new session from it",
        lambda _, words: Concern((words[0],)),
        whole_role=True,
    ),
    "client": Revocation(
        "CLIENT",
        lambda _: "/v1/clients/revoke",
        "revokes every engagement with {0}: no one gets a new session from them",
        _client_concern,
        whole_role=True,
        body=lambda words: {"client": words[0]},
    ),
    "everything": Revocation(
        "",
        lambda _: "/v1/freeze",
        "freezes Daypass: no one gets a session of any client, until two leads type daypass thaw",
        lambda *_: Concern(),
        whole_role=True,
    ),
}
_CLOSE = Revocation(
    "ENGAGEMENT",
    lambda words: f"/v1/engagements/{segment(words[0])}/close",
    "closes the engagement {0}: no one gets a new session from it, and the client's page says how"
    " to remove the roles",
    lambda _, words: Concern((words[0],)),
    cuts_off=False,
)


def _revoke(arguments: Namespace) -> None:
    kind, words = _REVOCATIONS[arguments.kind], arguments.names
    if arguments.kind == "token" and len(words) == 1:
        raise UsageProblem(_tokens_text(connect(arguments.broker), words[0]))
    if len(words) != len(kind.words.split()):
        usage = " ".join(filter(None, ("daypass revoke", arguments.kind, kind.words)))
        raise UsageProblem(f"Type: {usage} --reason …")
    _take_away(arguments, kind, words)


def revoke(arguments: Namespace, kind: str, words: list[str]) -> None:
    """Revoke the thing of this kind and these names, as `daypass revoke` does."""
    _take_away(arguments, _REVOCATIONS[kind], words)


def _tokens_text(broker: Broker, member: str) -> str:
    """Return the member's valid tokens, for a lead who does not know which one to revoke."""
    tokens = broker.pages(f"/v1/members/{segment(member)}/tokens", "tokens")
    valid = [
        f"{each['id']} ({each['label']}, until {show_moment(each['expires_at'])})"
        for each in tokens
        if each["revoked_at"] is None
    ]
    return f"Name one of {member}'s tokens too: {', '.join(valid) or 'there are none.'}"


def _freeze(arguments: Namespace) -> None:
    _take_away(arguments, _REVOCATIONS["everything"], [])


def _close(arguments: Namespace) -> None:
    _take_away(arguments, _CLOSE, [arguments.engagement])


def _take_away(arguments: Namespace, kind: Revocation, words: list[str]) -> None:
    """Show the effect and the live sessions, ask, revoke, and show Daypass's answer."""
    check_new_file(arguments.save)
    broker = connect(arguments.broker)
    path, concern = kind.path(words), kind.concern(broker, words)
    effect = f"This {kind.effect.format(*words)}."
    if concern is not None:
        sessions = describe_live_sessions(
            broker, concern, whole_role=kind.whole_role, cuts_off=kind.cuts_off
        )
        effect = f"{effect}\n{sessions}"
    if not confirm(effect, yes=arguments.yes):
        return
    answer = post_until_complete(broker, path, {**kind.body(words), "reason": arguments.reason})
    if kind is _REVOCATIONS["everything"]:
        answer = _finish_freeze(broker, answer, arguments)
        revocation = answer
    else:
        revocation = answer[kind.part] if kind.part else answer
        if not arguments.json:
            print_text(revocation["message"])
    report_cut_offs(broker, answer, revocation, arguments)


def _finish_freeze(broker: Broker, status: dict[str, Any], arguments: Namespace) -> dict[str, Any]:
    """Show the freeze, wait until Daypass has counted the live sessions, and show their number.
    Return the freeze with all cut-offs that are not over: an earlier one can be that of a session
    which the freeze is about."""
    if not arguments.json:
        print_text(describe_start(status))
        sys.stdout.flush()  # a lead in a hurry reads it now
    status = wait_for_list(broker, status, arguments.wait)
    if not arguments.json:
        print_text(describe_alive(status))
    return {**status, "cut_offs": read_cut_offs(broker)}


_ANSWER = (WHY, WAIT, SAVE, YES, JSON, BROKER)
COMMANDS = (
    Command(
        "revoke",
        "Revoke a session, a token, a grant, a member, a role, or more",
        _revoke,
        (
            argument("kind", choices=tuple(_REVOCATIONS), metavar="KIND", help="such as member"),
            argument("names", nargs="*", metavar="NAME", help="the names that its kind needs"),
            *_ANSWER,
        ),
        group=GROUP,
        description=" ".join(
            f"daypass revoke {f'{kind} {each.words}'.strip()}."
            for kind, each in _REVOCATIONS.items()
        ),
    ),
    Command(
        "freeze",
        "Stop all sessions for all clients: revoke everything",
        _freeze,
        _ANSWER,
        group=GROUP,
        description="Any lead can freeze. Two leads thaw: daypass thaw.",
    ),
    Command(
        "close",
        "Close an engagement whose work is done",
        _close,
        (ENGAGEMENT, *_ANSWER),
        group=GROUP,
    ),
)
