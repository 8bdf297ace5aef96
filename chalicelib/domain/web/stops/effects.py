"""Describe the exact effect of a stop before it happens: the live sessions that it concerns, and
what the cut-off of each engagement does to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.domain.engagements.approved_grants import GivenApproval
from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.moments import utc_text
from chalicelib.domain.text import count_of
from chalicelib.domain.values import Value
from chalicelib.domain.vending.sessions import Session
from chalicelib.domain.web.stops.targets import StopTarget, isolate
from chalicelib.domain.web.stops.words import (
    FORMER_LEAD,
    LIMITS,
    STOPS,
    StopWords,
    method_effect,
    undo_text,
)

MAX_LINES = 8
"""The most lines of one list. The text after them has the number of the others."""


class LiveLine(Value, frozen=True, kw_only=True):
    """The live sessions of one member in one role."""

    member: str
    engagement: str
    role: str
    count: int
    ends_by: datetime
    """When the last of them ends at the latest."""


def group_live_sessions(sessions: Sequence[Session]) -> tuple[LiveLine, ...]:
    """Return a line for each member and role, most sessions first."""
    keys = [(each.member, each.engagement, each.role) for each in sessions]
    ends = {key: session.ends_by for key, session in zip(keys, sessions, strict=True)}
    for key, session in zip(keys, sessions, strict=True):
        ends[key] = max(ends[key], session.ends_by)
    return tuple(
        LiveLine(member=key[0], engagement=key[1], role=key[2], count=count, ends_by=ends[key])
        for key, count in Counter(keys).most_common()
    )


class Effect(Value, frozen=True, kw_only=True):
    """The effect of a stop, as far as Daypass could read it."""

    target: StopTarget
    stopped_at: datetime | None = None
    """When it was stopped already. None if it was not."""
    has_led: bool = False
    """For a member: true if they lead or have led."""
    lines: tuple[LiveLine, ...] = ()
    is_complete: bool = True
    """False if more sessions may be alive than `lines` count."""
    methods: Mapping[str, CutOffMethod] = {}
    """The cut-off's method by engagement, of the engagements with most sessions."""
    engagements: tuple[Engagement, ...] | None = None
    """For a client: its engagements, as far as they were read. None for other scopes."""
    has_more_engagements: bool = False
    grants: tuple[tuple[Grant, str], ...] = ()
    """For a member who leaves: their grants that end, each with the client's name. Empty text: it
    is unknown."""
    has_more_grants: bool = False
    approvals: tuple[GivenApproval, ...] = ()
    """For a member: the access of others that this revokes, because the member approved it."""
    unread: tuple[str, ...] = ()
    """The parts that Daypass could not read now."""

    @property
    def session_count(self) -> int:
        return sum(line.count for line in self.lines)


class EffectPart(Value, frozen=True):
    """A part of an effect's description: a heading and its lines."""

    title: str
    lines: tuple[str, ...]


def describe_effect(effect: Effect) -> tuple[EffectPart, ...]:
    """Return the effect in words, in the order in which a lead reads it."""
    words, target = STOPS[effect.target.scope], effect.target
    undo = undo_text(words)
    parts = [
        EffectPart("Effect", (f"This {target.format(words.effect)}.", *_earlier_text(effect))),
        EffectPart("New sessions", (_sentence(words.new_sessions),)),
        EffectPart("Live sessions", (_ending_text(words), *_live_lines(effect))),
        EffectPart("Cut-off", _cut_off_lines(effect)),
        EffectPart(
            "Engagements" if effect.engagements is not None else "Grants that end",
            _client_lines(effect),
        ),
        EffectPart("Requests", (*words.requests, *_approval_lines(effect))),
        EffectPart("What it does not do", _limit_lines(effect)),
        EffectPart("Undo", (_sentence(undo),) if undo else ()),
        EffectPart("Not read", effect.unread),
    ]
    return tuple(part for part in parts if part.lines)


def _ending_text(words: StopWords) -> str:
    """Return which live sessions end."""
    if not words.cuts_off:
        return _sentence(words.live_sessions)
    return f"Ended, if the client allows cut-offs: {words.live_sessions}."


def _limit_lines(effect: Effect) -> tuple[str, ...]:
    """Return the effects that the stop does not have."""
    words = STOPS[effect.target.scope]
    former_lead = (FORMER_LEAD,) if effect.has_led else ()
    return (*words.limits, *former_lead, *(LIMITS if words.cuts_off else ()))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _earlier_text(effect: Effect) -> tuple[str, ...]:
    if effect.stopped_at is None:
        return ()
    return (
        (
            f"It is in force already, since {utc_text(effect.stopped_at)}. Doing it again does no"
            " harm, completes what is missing, and shows the result."
        ),
    )


def _live_lines(effect: Effect) -> tuple[str, ...]:
    """Return how many sessions may be alive, and a line for each member and role."""
    lines, count = effect.lines, effect.session_count
    if not lines and not effect.is_complete:
        return ("Daypass could not list every live session, so sessions may be alive.",)
    if not lines:
        return ("Daypass lists no live session.",)
    at_least = "" if effect.is_complete else "At least "
    last = utc_text(max(line.ends_by for line in lines))
    heading = f"{at_least}{alive_text(count, last)}"
    shown = [
        f"{line.member} in {line.engagement}/{line.role}: {count_of(line.count, 'session')}, until"
        f" {utc_text(line.ends_by)}"
        for line in lines[:MAX_LINES]
    ]
    rest = sum(line.count for line in lines[MAX_LINES:])
    return (heading, *shown, *((f"and {count_of(rest, 'session')} of others",) if rest else ()))


def _cut_off_lines(effect: Effect) -> tuple[str, ...]:
    """Return what the cut-off does in each engagement that has live sessions."""
    words = STOPS[effect.target.scope]
    if not words.cuts_off or not effect.lines:
        return ()
    engagements = list(dict.fromkeys(line.engagement for line in effect.lines))
    lines = [
        f"{name} ({method}): {method_effect(method, is_whole_role=words.is_whole_role)}"
        for name in engagements
        if (method := effect.methods.get(name)) is not None
    ]
    rest = len(engagements) - len(lines)
    return (*lines, *((f"and {count_of(rest, 'other engagement')}",) if lines and rest else ()))


def _client_lines(effect: Effect) -> tuple[str, ...]:
    """Return the engagements of a client, or the grants of a member who leaves by client."""
    if effect.engagements is not None:
        names = [each.id for each in effect.engagements]
        if effect.has_more_engagements:
            return (
                *names[:MAX_LINES],
                (
                    "Daypass has more engagements than it reads here. The stop looks at all of"
                    " them, and its answer lists those of the client."
                ),
            )
        return _shorten(names) or ("No engagement has this client.",)
    by_client: dict[str, list[str]] = {}
    for grant, client in effect.grants:
        roles = ", ".join(sorted(grant.roles))
        by_client.setdefault(client, []).append(f"{grant.engagement} ({roles})")
    lines = [
        f"{isolate(client) or 'Unknown client'}: {', '.join(sorted(grants))}"
        for client, grants in sorted(by_client.items())
    ]
    more = ("and further grants: the stop ends all of them.",) if effect.has_more_grants else ()
    return (*_shorten(lines), *more)


def _approval_lines(effect: Effect) -> tuple[str, ...]:
    lines = [
        f"Revoked with it: {each.member}'s access to {each.engagement}/{each.role}"
        for each in effect.approvals
    ]
    return _shorten(lines)


def _shorten(lines: Sequence[str]) -> tuple[str, ...]:
    rest = len(lines) - MAX_LINES
    return (*lines[:MAX_LINES], *((f"and {rest} more",) if rest > 0 else ()))


def alive_text(count: int, last_end: str) -> str:
    """Return how many sessions may be alive, and until when."""
    until = "until" if count == 1 else "the last until"
    return f"{count_of(count, 'session')} may be alive, {until} {last_end}."
