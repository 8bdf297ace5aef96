"""Do what Daypass describes: show first what it says that an action will do, ask, and do it.

The commands' arguments have the names of the API's fields. Those that stand in the path of the
route go there, and the others into the body.
"""

from __future__ import annotations

import re
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, ENGAGEMENT, JSON, MEMBER, WHY, YES, Command, argument
from daypass.commands.leads.cut_offs import (
    SAVE,
    WAIT,
    check_new_file,
    follow,
    hand_over_steps,
    print_cut_offs,
    read_cut_offs,
)
from daypass.commands.leads.declared import ACTIONS, STOPS
from daypass.errors import Refused, Unreachable, UsageProblem
from daypass.json_object import JsonObject
from daypass.machine.logins import connect
from daypass.targets import parse_target
from daypass.terminal.output import confirm, print_json, print_table, print_text, progress, shorten
from daypass.terminal.times import show_moment

_OWN = ("broker", "json", "program", "save", "wait", "yes")
"""The arguments that say how the command runs. The API does not get them."""
_NOT_PREVIEWED = ("expires_at", "id", "members", "name", "reason")
"""The fields that no preview takes. The effects do not depend on them."""
_ARGUMENTS = {"MEMBER": MEMBER, "ENGAGEMENT": ENGAGEMENT}


def sent_fields(arguments: Namespace) -> JsonObject:
    """Return the arguments that were typed, by the API's names for them."""
    typed = {name: value for name, value in vars(arguments).items() if name not in _OWN}
    return {name: value for name, value in typed.items() if value not in ("", None, [], False)}


def act(
    name: str, route: str, prepare: Callable[[Namespace], JsonObject] = sent_fields
) -> Callable[[Namespace], None]:
    """Return the function of a command that does the action of this name by its route."""

    def run(arguments: Namespace) -> None:
        perform(arguments, connect(arguments.broker), name, route, prepare(arguments))

    return run


def perform(
    arguments: Namespace,
    broker: Broker,
    name: str,
    route: str,
    fields: JsonObject,
    draft: Mapping[str, Any] | None = None,
) -> JsonObject | None:
    """Show what the action will do, ask, do it with these fields, and print Daypass's answer.
    Return the answer, or None if the person does not agree.

    `draft` has the fields for the preview, if it takes others than the action itself.
    """
    effect, version = read_effect(broker, name, draft or fields)
    if not confirm(effect, yes=arguments.yes):
        return None
    with progress("Waiting for Daypass"):
        answer = send(broker, route, fields if version is None else {**fields, "version": version})
    print_json(answer) if arguments.json else print_text(answer["message"])
    return answer


def read_effect(broker: Broker, name: str, fields: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return Daypass's text on what the action will do, and the version of the item that it
    changes, if any. Sent with the action, the version makes Daypass refuse it if someone has
    changed the item meanwhile."""
    draft = {name: value for name, value in fields.items() if name not in _NOT_PREVIEWED}
    with progress("Reading what it will do"):
        answer = broker.post(f"/v1/previews/{name}", draft)
    lines = [answer["title"], *answer["warnings"]]
    for part in answer["parts"]:
        lines += [f"{part['title']}:", *(f"  {line}" for line in part["lines"])]
    return "\n".join(lines), answer.get("version")


def send(broker: Broker, route: str, fields: Mapping[str, Any]) -> JsonObject:
    """Send a request with these fields to a route such as `POST /v1/members/{member}/revoke`."""
    method, path = route.split(" ")
    body = {name: value for name, value in fields.items() if f"{{{name}}}" not in path}
    names = {name: segment(str(value)) for name, value in fields.items()}
    return dict(broker.call(method, path.format(**names), None if method == "GET" else body))


_PAUSE = 1.0
MOST_TRIES = 5
_KINDS = {words[1]: command for command in STOPS if (words := command.split(" ", 2))[0] == "revoke"}
"""The commands `daypass revoke KIND` by kind."""


def _read_names(command: str, words: list[str]) -> dict[str, str]:
    """Return the names that these words of the command give to the target. Raise UsageProblem if
    there are more or fewer words."""
    fields = re.findall(r"[A-Z/]{2,}", command)  # such as MEMBER or ENGAGEMENT/ROLE
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
    tokens = broker.list_items(f"/v1/members/{segment(member)}/tokens", "tokens")
    valid = [
        f"{each['id']} ({each['label']}, until {show_moment(each['expires_at'])})"
        for each in tokens
        if each["revoked_at"] is None
    ]
    if not valid:
        return f"{member} has no token to revoke."
    return f"Name one of {member}'s tokens too: {', '.join(valid)}"


def _stop(arguments: Namespace, command: str, words: list[str]) -> None:
    name, route = STOPS[command]
    stop(arguments, name, f"POST {route}", _read_names(command, words))


def stop(arguments: Namespace, name: str, route: str, names: dict[str, str]) -> None:
    """Show what the stop (a revocation) will do, ask, do it, and show Daypass's answer with its
    cut-offs. Go on even if the effect cannot be read. Raise Unreachable if the revocation is not
    complete.

    The answer is a revocation with `message` and `cut_offs`, a freeze with `listed_at`, several
    revocations with `engagements`, or a revoked approver with a revocation in `ended`.
    """
    check_new_file(arguments.save)
    broker = connect(arguments.broker)
    try:
        effect, _ = read_effect(broker, name, names)
    except Unreachable as error:
        effect = f"Daypass could not show what this will do: {error}"
    if not confirm(effect, yes=arguments.yes):
        return
    answer = _send_until_complete(broker, route, {**names, "reason": arguments.reason})
    revocation = answer.get("ended") or answer
    if not arguments.json:
        print_text(answer.get("message") or revocation["message"])
    if "listed_at" in answer:  # only a freeze has this field
        revocation = answer = _finish_freeze(broker, answer, arguments)
    # `revocation` is a part of `answer`, or the same, so the JSON output gets the newer cut-offs.
    cut_offs = revocation.get("cut_offs") or []
    if cut_offs:
        cut_offs = revocation["cut_offs"] = follow(broker, cut_offs, arguments.wait)
    if arguments.json:
        print_json(answer)
    else:
        # Only a revocation of several engagements at once lists them.
        _print_engagements(answer.get("engagements") or [])
        print_cut_offs(cut_offs)
        hand_over_steps(cut_offs, arguments.save)
    if not _is_complete(answer):
        raise Unreachable("Not every engagement is blocked yet. Run the same command again.")


def _print_engagements(engagements: list[JsonObject]) -> None:
    if engagements:
        columns = "engagement", "client", "status", "alive", "detail"
        rows = [[str(each[column]) for column in columns] for each in engagements]
        print_table(("ENGAGEMENT", "CLIENT", "NEW SESSIONS", "MAY BE ACTIVE", ""), rows)


def _send_until_complete(broker: Broker, route: str, fields: dict[str, str]) -> JsonObject:
    """Send the revocation, and return the answer. Send it again if it is not complete yet, or if no
    answer came. That is safe, because revoking again changes nothing. After MOST_TRIES, return the
    last answer, complete or not. Raise Unreachable if twice no answer came."""
    with progress("Revoking"):
        for _ in range(MOST_TRIES):
            try:
                answer = send(broker, route, fields)
            except Unreachable:
                answer = _send_once_more(broker, route, fields)
            if _is_complete(answer):
                break
    return answer


def _is_complete(answer: JsonObject) -> bool:
    """Return whether a revocation of several engagements has blocked all of them. Any other
    revocation is complete once Daypass answers."""
    return all(each["status"] == "blocked" for each in answer.get("engagements") or ())


def _send_once_more(broker: Broker, route: str, fields: dict[str, str]) -> JsonObject:
    """Send it. If no answer comes again, raise Unreachable with what to do."""
    try:
        return send(broker, route, fields)
    except Unreachable as error:
        raise Unreachable(
            f"{error} Daypass may have done it anyway. Run the same command again, which is safe"
            " and shows the result."
        ) from None


def _finish_freeze(broker: Broker, status: JsonObject, arguments: Namespace) -> JsonObject:
    """Wait until Daypass has counted the live sessions, and show the freeze again. Return it with
    all cut-offs that are not over, even earlier ones: they can end sessions that the freeze
    counts."""
    sys.stdout.flush()  # a lead in a hurry reads it now
    counted = _wait_for_list(broker, status, arguments.wait)
    if not arguments.json and counted["message"] != status["message"]:
        print_text(counted["message"])
    return {**counted, "cut_offs": read_cut_offs(broker)}


def _wait_for_list(broker: Broker, status: JsonObject, seconds: float) -> JsonObject:
    """Read the freeze again until Daypass has counted the live sessions, for so many seconds at
    most. Return the last answer.

    The freeze is stored already, so nothing that goes wrong here is an error of the command.
    """
    deadline = time.monotonic() + seconds
    with progress("Counting the live sessions"), suppress(Refused, KeyboardInterrupt):
        while status["listed_at"] is None and time.monotonic() + _PAUSE < deadline:
            time.sleep(_PAUSE)
            with suppress(Unreachable):
                status = broker.get("/v1/freeze")
    return status


_ANSWER = (WHY, WAIT, SAVE, YES, JSON, BROKER)
COMMANDS = (
    Command(
        "revoke",
        "Revoke a session, a token, a grant, a member, a role, or more",
        _revoke,
        (
            argument(
                "kind", choices=tuple(_KINDS), metavar="KIND", help="what to revoke, such as member"
            ),
            argument(
                "names",
                nargs="*",
                metavar="NAME",
                completes="engagements members requests targets",
                help="its names or IDs, as shown above",
            ),
            *_ANSWER,
        ),
        description=" ".join(f"daypass {command}." for command in _KINDS.values()),
    ),
    Command(
        "freeze",
        "Block all new sessions, and cut off live sessions where clients allow it",
        lambda arguments: _stop(arguments, "revoke everything", []),
        _ANSWER,
        description="This is the same as daypass revoke everything. Any lead can freeze Daypass,"
        " but lifting the freeze takes two leads: daypass thaw.",
    ),
    Command(
        "close",
        "Close an engagement whose work is done",
        lambda arguments: _stop(arguments, "close ENGAGEMENT", [arguments.engagement]),
        (ENGAGEMENT, *_ANSWER),
    ),
    Command(
        "leave",
        "End all access for a member who is leaving the firm",
        lambda arguments: _stop(arguments, "leave MEMBER", [arguments.member]),
        (MEMBER, *_ANSWER),
    ),
    *(
        Command(
            command.split()[0],
            summary,
            act(name, f"POST {route}"),
            (*(_ARGUMENTS[each] for each in command.split()[1:]), WHY, YES, JSON, BROKER),
        )
        for command, (name, route, summary) in ACTIONS.items()
    ),
)
