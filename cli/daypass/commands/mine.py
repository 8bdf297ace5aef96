"""List one's own engagements and sessions, and end one's work."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from daypass.cached import SessionKey
from daypass.command import BROKER, JSON, Command, target_argument
from daypass.machine.logins import connect, stored_login
from daypass.sessions import cached_sessions, wipe_cache
from daypass.targets import my_engagements, parse_target
from daypass.terminal.output import count_of, print_json, print_table, style
from daypass.terminal.times import show_moment, show_time_left
from daypass.terminal.waiting import progress

_GROUP = "Your access"


def _list_engagements(arguments: Namespace) -> None:
    engagements = my_engagements(connect(arguments.broker))
    if arguments.json:
        print_json(engagements)
        return
    if not engagements:
        print("You have no engagements yet. Ask your lead for a grant.")
        return
    rows = [
        (
            f"{each['id']}/{role['name']}",
            each["client"],
            show_moment(each["ends_at"]),
            _note(each, role),
        )
        for each in engagements
        for role in each["roles"]
    ]
    rows += [
        (each["id"], each["client"], show_moment(each["ends_at"]), "no role yet")
        for each in engagements
        if not each["roles"]
    ]
    print_table(("ENGAGEMENT/ROLE", "CLIENT", "UNTIL", ""), rows)


def _note(engagement: dict[str, Any], role: dict[str, Any]) -> str:
    if not engagement["open"]:
        return "closed, revoked or not begun"
    if not engagement["granted"]:
        return "your grant is not current"
    if role["problem"]:
        return str(role["problem"])
    return "needs --reason" if role["requires_reason"] else ""


def _show_status(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    with progress("Reading your sessions"):
        sessions = list(broker.pages("/v1/me/sessions", "sessions"))
    if arguments.json:
        print_json(sessions)
        return
    if not sessions:
        print("You have no live sessions.")
        return
    here = {entry["session_name"] for entry in cached_sessions(stored_login(arguments.broker))}
    rows = [
        (
            f"{session['engagement']}/{session['role']}",
            show_time_left(session["ends_by"]),
            session["session_name"],
            "this machine" if session["session_name"] in here else "",
        )
        for session in sessions
    ]
    print_table(("ENGAGEMENT/ROLE", "LEFT (OF 1 H)", "SESSION", ""), rows)
    print(style("AWS cannot recall a session. Each works until its time is up.", "dim"))


def _finish(arguments: Namespace) -> None:
    login = stored_login(arguments.broker)
    keys = [SessionKey(*entry["key"]) for entry in cached_sessions(login)]
    if arguments.target:
        target = parse_target(arguments.target)
        keys = [
            key
            for key in keys
            if key.engagement == target.engagement and target.role in ("", key.role)
        ]
    deleted = wipe_cache(keys)
    print(f"Deleted {count_of(deleted, 'cached session')} from this machine.")
    print("Shells and programs that have one keep it until its time is up: see daypass status")


COMMANDS = (
    Command(
        "ls", "List your engagements and roles", _list_engagements, (JSON, BROKER), group=_GROUP
    ),
    Command(
        "status",
        "Show your live sessions and the time they have left",
        _show_status,
        (JSON, BROKER),
        group=_GROUP,
    ),
    Command(
        "done",
        "Delete cached sessions from this machine",
        _finish,
        (
            target_argument("only these; without it, all"),
            BROKER,
        ),
        group=_GROUP,
    ),
)
