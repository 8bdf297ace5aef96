"""Revoke access, and give it back. Each command shows its exact effect first, and asks."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from daypass.broker import segment
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.changes import WHY
from daypass.commands.people import member_text
from daypass.commands.questions import ENGAGEMENT, GROUP, MEMBER, live_sessions
from daypass.errors import UsageProblem
from daypass.machine.logins import connect
from daypass.targets import Target, parse_target
from daypass.terminal.output import confirm, count_of, print_json, printable, progress
from daypass.terminal.times import show_moment


class _Revocation(NamedTuple):
    """One thing that a command takes away: its names, its route and its effect."""

    words: str
    path: Callable[[list[str]], str]
    effect: str
    concerns: Callable[[list[str]], tuple[dict[str, str], Target | None]]
    """Returns the engagement or member whose live sessions the effect counts, and a role. An
    engagement and a member may have the same name."""


def _role_words(words: list[str]) -> Target:
    target = parse_target(words[0])
    if not target.role:
        raise UsageProblem("Name the role too, such as acme-prod/readonly.")
    return target


def _role_path(words: list[str]) -> str:
    target = _role_words(words)
    return f"/v1/engagements/{segment(target.engagement)}/roles/{segment(target.role)}/revoke"


_REVOCATIONS = {
    "member": _Revocation(
        "MEMBER",
        lambda words: f"/v1/members/{segment(words[0])}/revoke",
        "suspends {0}: their tokens and codes become invalid, and they get no more sessions",
        lambda words: ({"member": words[0]}, None),
    ),
    "engagement": _Revocation(
        "ENGAGEMENT",
        lambda words: f"/v1/engagements/{segment(words[0])}/revoke",
        "revokes the engagement {0}: no one gets a new session from it",
        lambda words: ({"engagement": words[0]}, None),
    ),
    "grant": _Revocation(
        "MEMBER ENGAGEMENT",
        lambda words: f"/v1/engagements/{segment(words[1])}/grants/{segment(words[0])}/revoke",
        "revokes the grant of {0} for {1}: they get no new session from it",
        lambda words: ({"member": words[0]}, Target(words[1], "")),
    ),
    "role": _Revocation(
        "ENGAGEMENT/ROLE",
        _role_path,
        "ends the role {0}: no one gets a new session from it",
        lambda words: ({"engagement": _role_words(words).engagement}, _role_words(words)),
    ),
    "token": _Revocation(
        "MEMBER TOKEN",
        lambda words: f"/v1/members/{segment(words[0])}/tokens/{segment(words[1])}/revoke",
        "revokes the token {1} of {0}: the machine that holds it is logged out",
        lambda words: ({"member": words[0]}, None),
    ),
}
_CLOSE = _Revocation(
    "ENGAGEMENT",
    lambda words: f"/v1/engagements/{segment(words[0])}/close",
    "closes the engagement {0}: no one gets a new session from it, and the client's page says how"
    " to remove the roles",
    lambda words: ({"engagement": words[0]}, None),
)


def _revoke(arguments: Namespace) -> None:
    kind, words = _REVOCATIONS[arguments.kind], arguments.names
    if len(words) != len(kind.words.split()):
        raise UsageProblem(f"Type: daypass revoke {arguments.kind} {kind.words} --reason …")
    _take_away(arguments, kind, words)


def _close(arguments: Namespace) -> None:
    _take_away(arguments, _CLOSE, [arguments.engagement])


def _take_away(arguments: Namespace, kind: _Revocation, words: list[str]) -> None:
    """Show the effect and the live sessions, ask, revoke, and show Daypass's answer."""
    broker = connect(arguments.broker)
    path = kind.path(words)
    about, target = kind.concerns(words)
    with progress("Reading the live sessions"):
        sessions = [each for each in live_sessions(broker, **about) if _matches(each, target)]
    effect = f"This {kind.effect.format(*words)}.\n{_alive_text(sessions)}"
    if not confirm(effect, yes=arguments.yes):
        return
    with progress("Revoking"):
        revocation = broker.post(path, {"reason": arguments.reason})
    if arguments.json:
        print_json(revocation)
    else:
        print(printable(revocation["message"]))


def _matches(session: dict[str, Any], target: Target | None) -> bool:
    return target is None or (
        session["engagement"] == target.engagement and target.role in ("", session["role"])
    )


def _alive_text(sessions: list[dict[str, Any]]) -> str:
    if not sessions:
        return "No session is alive now."
    names = (f"{each['member']} in {each['engagement']}/{each['role']}" for each in sessions)
    listed = ", ".join(
        f"{count_of(number, 'session')} of {name}" for name, number in Counter(names).most_common(5)
    )
    last = show_moment(max(each["ends_by"] for each in sessions))
    return f"Alive now, until {last} at the latest, and not ended by this: {listed}."


def _reinstate(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    member = broker.get(f"/v1/members/{segment(arguments.member)}")
    effect = (
        f"This reinstates {member_text(member)}. Their grants count again, but their tokens stay"
        " revoked. To log in, they need a new code (daypass invite)."
    )
    if confirm(effect, yes=arguments.yes):
        broker.post(f"/v1/members/{segment(arguments.member)}/reinstate")
        print(f"{arguments.member} is reinstated. Next: daypass invite {arguments.member}")


def _reopen(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    engagement = broker.get(f"/v1/engagements/{segment(arguments.engagement)}")
    effect = (
        f"This reopens {engagement['id']} ({printable(engagement['client'])}). Members whose grants"
        f" are current get sessions again, until {show_moment(engagement['ends_at'])}."
    )
    if confirm(effect, yes=arguments.yes):
        path = f"/v1/engagements/{segment(arguments.engagement)}/reopen"
        broker.post(path, {"reason": arguments.reason})
        print(f"{arguments.engagement} is open again.")


COMMANDS = (
    Command(
        "revoke",
        "Revoke a member, an engagement, a grant, a role or a token",
        _revoke,
        (
            argument("kind", choices=tuple(_REVOCATIONS), help="what to revoke"),
            argument("names", nargs="+", metavar="NAME", help="the names that its kind needs"),
            WHY,
            YES,
            JSON,
            BROKER,
        ),
        group=GROUP,
        description=" ".join(
            f"daypass revoke {kind} {each.words}." for kind, each in _REVOCATIONS.items()
        ),
    ),
    Command(
        "close",
        "Close an engagement whose work is done",
        _close,
        (ENGAGEMENT, WHY, YES, JSON, BROKER),
        group=GROUP,
    ),
    Command("reinstate", "Reinstate a suspended member", _reinstate, (MEMBER, YES, BROKER), GROUP),
    Command(
        "reopen",
        "Undo the close or the revocation of an engagement",
        _reopen,
        (ENGAGEMENT, WHY, YES, BROKER),
        group=GROUP,
    ),
)
