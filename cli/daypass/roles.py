"""Find the role that a person means: by its names, by its client, or because they pick it."""

from __future__ import annotations

import re

from daypass.broker import Broker
from daypass.cached import find_login
from daypass.errors import Unreachable, UsageProblem
from daypass.json_object import JsonObject
from daypass.stored_sessions import cached_sessions
from daypass.targets import SLUG, Target, my_access, parse_target, stored_names
from daypass.terminal.output import align, shorten
from daypass.terminal.picker import pick
from daypass.terminal.times import show_cell


def find_role(broker: Broker, text: str, *, may_pick: bool = False) -> Target:
    """Return the role that the text means: ENGAGEMENT[/ROLE], or a client's name or account number
    in place of the engagement. An empty text means all roles of the member.

    If several roles fit and `may_pick` is true, let the person at the terminal pick one. Raise
    UsageProblem if several fit otherwise, if the person picks none, or if the text cannot be a
    role.
    """
    if re.fullmatch(f"{SLUG}/{SLUG}", text):
        return parse_target(text)
    name, _, role = text.partition("/")
    access = [each for each in _list_access(broker, name) if role in ("", each["role"])]
    fitting = [each for each in access if each["engagement"] == name]
    fitting = fitting or [each for each in access if not text or _is_of_client(each, name)]
    if not fitting:
        # Let Daypass refuse the unknown role, and say why. `parse_target` raises UsageProblem for a
        # text that cannot be a role. A missing role is "" there, but a request needs a name.
        return Target(parse_target(text).engagement, role or "default")
    if len(fitting) == 1 and text:  # without a text, always ask the person
        return _target_of(fitting[0])
    if may_pick:
        return _pick(broker, fitting)
    choices = ", ".join(map("/".join, map(_target_of, fitting)))
    meant = name if re.fullmatch(SLUG, name) else shorten(name)
    raise UsageProblem(f"{meant} has several roles. Name one: {choices}")


def _list_access(broker: Broker, engagement: str) -> list[JsonObject]:
    """Return the member's roles. If the broker does not answer, return the roles of the last list,
    if that has the engagement, so that a valid session continues to serve."""
    try:
        return my_access(broker)
    except Unreachable:
        stored = [Target(*each.split("/")) for each in stored_names("targets")]
        if engagement not in {each.engagement for each in stored}:
            raise
        return [each._asdict() for each in stored]


def _is_of_client(access: JsonObject, text: str) -> bool:
    """Return whether the text is the client's name, its first words, or the account number. A
    smaller part could be a typing error, which must not lead into the account of another client."""
    words, name = text.casefold().split(), str(access.get("client", "")).casefold().split()
    is_named = bool(words) and name[: len(words)] == words
    return is_named or text == access.get("account_id")


def _target_of(access: JsonObject) -> Target:
    return Target(access["engagement"], access["role"])


def _pick(broker: Broker, access: list[JsonObject]) -> Target:
    """Let the person pick a role. List the roles with a cached session first, the latest session at
    the top. Raise UsageProblem if they pick none."""
    login = find_login(broker.address)
    sessions = sorted(cached_sessions(login) if login else [], key=lambda each: -each["stored_at"])
    ends: dict[Target, str] = {}
    for each in sessions:  # a role has several sessions if their reasons or callers differ
        ends.setdefault(Target(each["key"].engagement, each["key"].role), each["expires_at"])
    position = {target: number for number, target in enumerate(ends)}
    access = sorted(access, key=lambda each: position.get(_target_of(each), len(ends)))
    lines = align([_describe(each, ends.get(_target_of(each))) for each in access])
    chosen = pick("Which role?", lines)
    if chosen is None:
        raise UsageProblem("You picked no role.")
    return _target_of(access[chosen])


def _describe(access: JsonObject, session_end: str | None) -> tuple[str, str, str]:
    """Return the cells of a role: its name, its client, and what a session of it needs."""
    state = f"session until {show_cell(session_end)}" if session_end else access.get("state", "")
    if state == "open" and access.get("requires_reason"):
        state = "open, needs --reason"
    return "/".join(_target_of(access)), access.get("client", ""), state
