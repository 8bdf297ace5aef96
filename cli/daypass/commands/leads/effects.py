"""Describe the effect of a revocation before it happens: who is alive, and what will end it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

from daypass.broker import Broker, segment
from daypass.errors import Unreachable
from daypass.targets import Target
from daypass.terminal.output import count_of
from daypass.terminal.times import show_moment
from daypass.terminal.waiting import progress

MOST_READ = 1000
"""Sessions. A lead in a hurry does not wait for more pages."""
MOST_SHOWN = 8
"""Lines."""
OF_OTHERS = "those of others under access that they approved"
"""For a member who is suspended: sessions that end with them."""


class Concern(NamedTuple):
    """The sessions that a revocation is about: those of some engagements, or of a member."""

    engagements: tuple[str, ...] = ()
    member: str = ""
    target: Target | None = None
    """Only those of this engagement and role. The role may be empty."""
    session_name: str = ""
    """Only the session of this name."""
    token: str = ""
    """Only sessions that were requested with this token."""
    since: str = ""
    """Only sessions that began at this time, as the API writes it, or later."""
    others: str = ""
    """Sessions that end too, and that a lead's list of sessions does not tell apart."""

    def includes(self, session: dict[str, Any]) -> bool:
        target = self.target
        return (
            self.session_name in ("", session["session_name"])
            and self.token in ("", session["token"])
            and self.since <= session["began_at"]
            and (
                target is None
                or (
                    session["engagement"] == target.engagement
                    and target.role in ("", session["role"])
                )
            )
        )


def describe_live_sessions(
    broker: Broker, concern: Concern, *, whole_role: bool, cuts_off: bool
) -> str:
    """Return the sessions that may be alive now, and what each engagement's cut-off will do.

    `whole_role` says that the revocation is about all sessions of its roles. Without `cuts_off`, it
    ends no session. A broker that does not answer gives a text too: reading the effect must not
    prevent the revocation.
    """
    try:
        with progress("Reading the live sessions"):
            listed, are_all = _read_sessions(broker, concern)
            sessions = [each for each in listed if not each["is_cut_off"]]
            ended = len(listed) - len(sessions)
            if not sessions:
                text = _describe_none(concern, are_all=are_all)
                return f"{text} Cut off already: {ended}." if ended else text
            lines = _session_lines(sessions)
            if ended:
                lines.append(f"  Cut off already, and not counted here: {ended}")
            if concern.others:
                lines.append(f"  and {concern.others}, which are not counted here")
            if not are_all:
                lines.append("  and more: daypass who lists all.")
            methods = _read_methods(broker, sessions) if cuts_off else {}
    except Unreachable as error:
        return f"The live sessions could not be read: {error}"
    if not cuts_off:
        return "\n".join(["Alive now, and not ended by this:", *lines])
    effects = [
        f"  {name} ({method}): {_method_effect(method, whole_role=whole_role)}"
        for name, method in methods.items()
    ]
    return "\n".join(["Alive now, until this time at the latest:", *lines, "Cut-off:", *effects])


def _describe_none(concern: Concern, *, are_all: bool) -> str:
    """Return that no session is alive, as far as the list of sessions shows it."""
    if not are_all:
        return f"None of the latest {MOST_READ} sessions is alive; earlier ones may be."
    if not concern.others:
        return "Daypass lists no live session."
    return f"Daypass lists no live session, not counting {concern.others}."


def _read_sessions(broker: Broker, concern: Concern) -> tuple[list[dict[str, Any]], bool]:
    """Return the sessions, and whether these are all."""
    queries: Iterable[dict[str, Any]] = [{"engagement": each} for each in concern.engagements]
    if concern.member:
        queries = [{"member": concern.member}]
    read: list[dict[str, Any]] = []
    for query in queries or [{}]:
        pages = broker.pages("/v1/sessions", "sessions", **query)
        read += islice(pages, MOST_READ + 1 - len(read))
    return [each for each in read if concern.includes(each)][:MOST_READ], len(read) <= MOST_READ


def _session_lines(sessions: list[dict[str, Any]]) -> list[str]:
    """Return a line for each member and role, most sessions first."""
    names = [f"{each['member']} in {each['engagement']}/{each['role']}" for each in sessions]
    ends: dict[str, str] = {}
    for name, session in zip(names, sessions):
        ends[name] = max(ends.get(name, ""), session["ends_by"])
    counted = Counter(names).most_common()
    lines = [
        f"  {name}: {count_of(number, 'session')}, until {show_moment(ends[name])}"
        for name, number in counted[:MOST_SHOWN]
    ]
    rest = sum(number for _, number in counted[MOST_SHOWN:])
    return [*lines, f"  and {count_of(rest, 'session')} of others"] if rest else lines


def _read_methods(broker: Broker, sessions: list[dict[str, Any]]) -> dict[str, str]:
    """Return the cut-off's method of each engagement, of the MOST_SHOWN with most sessions."""
    engagements = Counter(each["engagement"] for each in sessions).most_common(MOST_SHOWN)
    return {
        name: str(broker.get(f"/v1/engagements/{segment(name)}")["cut_off"])
        for name, _ in engagements
    }


_NOT_REACHED = "A cut-off does not reach EKS tokens or open connections."


def _method_effect(method: str, *, whole_role: bool) -> str:
    if method == "brake":
        return f"Daypass denies these sessions everything there. {_NOT_REACHED}"
    if method == "deny-all" and whole_role:
        return f"Daypass shuts the role. Only the client can lift that. {_NOT_REACHED}"
    return "only the client can end them sooner. The answer says how."
