"""List one's own engagements and sessions, and end one's work."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, LIST, Command, argument, target_argument
from daypass.errors import CommandError, Refused
from daypass.lists import show_list
from daypass.machine.logins import connect, stored_login
from daypass.requests import (
    end_access,
    is_unstarted,
    is_usable,
    my_requests,
    target_of,
)
from daypass.stored_sessions import cached_sessions, drop_ended, wipe_cache
from daypass.targets import ACCESS, Target, keep_targets, parse_target
from daypass.terminal.output import (
    count_of,
    print_hint,
    print_json,
    print_table,
    print_text,
    progress,
    warn,
)
from daypass.terminal.times import show_cell


def _list_access(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    rows = show_list(broker, ACCESS, "access", arguments=arguments)
    if not (arguments.json or arguments.csv or arguments.search):
        keep_targets(broker, [row[0] for row in rows if "/" in row[0]])


def _show_status(arguments: Namespace) -> None:
    """Print the member's sessions that have not expired, with a note on each that was ended early.
    Delete ended sessions from this machine's cache."""
    broker = connect(arguments.broker)
    with progress("Reading your sessions"):
        sessions = list(broker.list_items("/v1/me/sessions", "sessions"))
    for name in drop_ended(stored_login(arguments.broker), sessions):
        warn(f"The session {name} was ended, so it is deleted from this machine.")
    if arguments.json:
        print_json(sessions)
        return
    if not sessions:
        print("You have no live sessions.")
        return
    # Sessions can also come from other machines or from the web console.
    cached = cached_sessions(stored_login(arguments.broker))
    here = {entry["session_name"]: "this machine" for entry in cached}
    rows = [
        (
            f"{session['engagement']}/{session['role']}",
            show_cell(session["ends_by"]),
            session["session_name"],
            "; ".join(filter(None, (here.get(session["session_name"]), session["note"]))),
        )
        for session in sessions
    ]
    print_table(("ENGAGEMENT/ROLE", "ENDS BY", "SESSION", ""), rows)
    print_hint(
        "AWS cannot revoke credentials that it has issued. Each session works until it expires."
        " To end one: daypass done"
    )


def _finish(arguments: Namespace) -> int:
    """Delete the sessions from this machine's cache, and give them back to Daypass."""
    login = stored_login(arguments.broker)
    target = parse_target(arguments.target) if arguments.target else None
    cached = [
        each
        for each in cached_sessions(login)
        if _is_in(target, each["key"].engagement, each["key"].role)
    ]
    # The cache first: what happens next must leave no credentials on this machine.
    deleted = wipe_cache([each["key"] for each in cached])
    deletion = f"Deleted {count_of(deleted, 'cached session')} from this machine."
    engagements = {each["key"].engagement for each in cached}
    try:
        lines = _give_back(arguments, [each["session_name"] for each in cached], target)
        if not arguments.keep_access:
            lines += _end_access(arguments, target, engagements)
    except CommandError as error:
        print(deletion)
        warn(str(error))
        warn(
            "Daypass may still count your sessions as live, and your approved access may still be"
            " open. To try again later: daypass done --all"
        )
        return error.exit_code
    for line in (deletion, *lines):
        print_text(line)
    return 0


def _give_back(arguments: Namespace, names: list[str], target: Target | None) -> list[str]:
    """Tell Daypass that the sessions of these names have ended, with `--all` also the sessions of
    other machines. Return a line for each."""
    if not names and not arguments.all:
        return []
    broker = connect(arguments.broker)
    with progress("Giving back"):
        if arguments.all:
            names = list(dict.fromkeys([*names, *_names_elsewhere(broker, target)]))
        return [f"{name}: {_end_session(broker, name)}" for name in names]


def _end_access(arguments: Namespace, target: Target | None, engagements: set[str]) -> list[str]:
    """End the member's open access on request in the target, or everywhere without a target. Return
    a line for each access.

    Also end approved access that begins with its first session, because the next session would open
    the role again. Without a target and without `--all`, end it only for a role whose open access
    ends too, or in one of the `engagements`, whose sessions were just deleted from this machine.
    """
    broker = connect(arguments.broker)
    with progress("Ending the access"):
        usable = [
            each
            for each in my_requests(broker)
            if is_usable(each) and _is_in(target, each["engagement"], each["role"])
        ]
        ended = [each for each in usable if each["is_open"]]
        in_use = set(map(target_of, ended))
        ended += [
            each
            for each in usable
            if is_unstarted(each)
            and (
                target
                or arguments.all
                or each["engagement"] in engagements
                or target_of(each) in in_use
            )
        ]
        return [f"Your access to {target_of(each)} {_end_one(broker, each)}" for each in ended]


def _end_one(broker: Broker, request: dict[str, Any]) -> str:
    """End the access of this request. Return what happened to it. Do not raise an error for access
    that is over by now, so that the caller also ends the others."""
    try:
        return f"has ended. {end_access(broker, request)}"
    except Refused as error:
        if error.reason != "no-open-access":
            raise
        return "has already ended."


def _is_in(target: Target | None, engagement: str, role: str) -> bool:
    """Return whether the target includes this role. Without a target, each is included."""
    return target is None or (target.engagement == engagement and target.role in ("", role))


def _names_elsewhere(broker: Broker, target: Target | None) -> list[str]:
    """Return the names of the member's live sessions, on whichever machine they are."""
    live = broker.list_items("/v1/me/sessions", "sessions")
    return [
        each["session_name"] for each in live if _is_in(target, each["engagement"], each["role"])
    ]


def _end_session(broker: Broker, name: str) -> str:
    """Tell Daypass that the session of this name has ended. Return what happened to it."""
    vend = name.partition(".")[2].partition(".")[0]
    try:
        answer = broker.post(f"/v1/me/sessions/{segment(vend)}/end")
    except Refused as error:
        if error.reason not in ("no-such-session", "session-expired"):
            raise
        return "It has already ended."
    return str(answer["message"])


COMMANDS = (
    Command(
        "ls",
        "List your roles: when your access ends, or why you have no access",
        _list_access,
        (*LIST, BROKER),
    ),
    Command(
        "status",
        "Show your live sessions and when they expire",
        _show_status,
        (JSON, BROKER),
    ),
    Command(
        "done",
        "Give your sessions back, and delete them from this machine",
        _finish,
        (
            target_argument("only these sessions. Default: all sessions on this machine"),
            argument("--all", action="store_true", help="also the sessions on your other machines"),
            argument(
                "--keep-access",
                action="store_true",
                help="keep the access that your requests gave you",
            ),
            BROKER,
        ),
        description=(
            "Daypass records that the sessions ended. It also ends the access that your requests"
            " gave you, in the engagement or role that you name, or everywhere. If the client"
            " allows cut-offs, Daypass also ends the sessions in the client's account, so that"
            " copies of the keys stop working."
        ),
    ),
)
