"""Say what a stop will do to its target. Every door shows this, and none adds a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.moments import last_moment_text
from chalicelib.domain.text import capitalise, count_of
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.view import NOT_REACHED
from chalicelib.domain.vending.sessions import Session
from chalicelib.domain.vending.stops.kinds import StopKind

MAX_LINES = 8
"""The most lines of one list. The line after them has the number of the others."""


OTHER_CREDENTIALS = (
    "A cut-off does not affect other credentials that a session created, and does not undo what a"
    " session did."
)


class PreviewPart(Value, kw_only=False):
    """A part of a preview: a heading and its sentences."""

    title: str
    lines: tuple[str, ...]


class Preview(Value):
    """The effect that an action will have now, in sentences."""

    name: str
    """The action, such as `revoke-grant`."""
    title: str
    """The action and its target, such as `Revoke a grant: bob in acme-prod`."""
    warnings: tuple[str, ...] = ()
    """Sentences to read first, such as that the caller locks themself out."""
    parts: tuple[PreviewPart, ...]
    version: int | None = None
    """The version of what the action changes, to send with it: Daypass then refuses the action if
    someone else has changed it meanwhile. null if it does not matter."""


def build_parts(*parts: tuple[str, Iterable[str]]) -> tuple[PreviewPart, ...]:
    """Return the parts that have lines."""
    built = (PreviewPart(title, tuple(lines)) for title, lines in parts)
    return tuple(part for part in built if part.lines)


def as_sentence(text: str) -> str:
    return f"{capitalise(text)}."


def shorten(lines: Sequence[str]) -> tuple[str, ...]:
    rest = len(lines) - MAX_LINES
    return (*lines[:MAX_LINES], *((f"and {rest} more",) if rest > 0 else ()))


def alive_text(sessions: Sequence[Session], *, are_all: bool) -> str:
    """Return how many sessions may be active, and until when. The first one ends last."""
    if not sessions:
        return (
            "No session is active."
            if are_all
            else "Daypass could not list all sessions. Some may still be active."
        )
    at_least = "" if are_all else "At least "
    count = count_of(len(sessions), "session")
    return f"{at_least}{count} may still be active until {last_moment_text(sessions[0].ends_by)}."


def describe_live_sessions(sessions: Sequence[Session], *, are_all: bool) -> tuple[str, ...]:
    """Return how many sessions may be active, and a line for each member and role, most sessions
    first. `sessions` begin with those that end last."""
    groups: dict[str, list[Session]] = {}
    for each in sessions:
        groups.setdefault(f"{each.member} in {each.engagement}/{each.role}", []).append(each)
    lines = [
        f"{name}: {count_of(len(group), 'session')}, until {last_moment_text(group[0].ends_by)}"
        for name, group in sorted(groups.items(), key=lambda each: -len(each[1]))
    ]
    return (alive_text(sessions, are_all=are_all), *shorten(lines))


def describe_cut_offs(
    kind: StopKind, sessions: Sequence[Session], methods: Mapping[str, CutOffMethod]
) -> tuple[str, ...]:
    """Return what ends the sessions sooner, in each engagement whose method for cut-offs was read.
    An engagement that is not in `methods` could not be read, and counts as one without a cut-off.
    """
    if not sessions or not kind.cuts_off:
        return ()
    names = dict.fromkeys(each.engagement for each in sessions)
    read = {name: methods[name] for name in names if name in methods}
    lines = [
        f"{name} ({method.value}): {_method_effect(kind, method)}" for name, method in read.items()
    ]
    by_daypass = [method for method in read.values() if _ends_by_daypass(kind, method)]
    if by_daypass:
        lines.append(NOT_REACHED)
    if by_daypass and kind.is_whole_role:
        lines.append(
            "The cut-off applies to the whole IAM role. It also ends sessions that other"
            " engagements, or the client itself, have with that role."
        )
    if len(by_daypass) < len(names):
        lines.append(
            "AWS cannot revoke credentials that it has issued. Without a cut-off, a session works"
            " until it expires."
        )
    return tuple(lines)


def _ends_by_daypass(kind: StopKind, method: CutOffMethod) -> bool:
    return method is CutOffMethod.BRAKE or (method is CutOffMethod.DENY_ALL and kind.is_whole_role)


def _method_effect(kind: StopKind, method: CutOffMethod) -> str:
    if not _ends_by_daypass(kind, method):
        return "only the client can end these sessions before they expire. The result shows how."
    if method is CutOffMethod.BRAKE:
        return "Daypass denies these sessions all actions in the client's account."
    return "Daypass attaches AWSDenyAll to the role. Only the client can detach it."
