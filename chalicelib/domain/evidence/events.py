"""Define the row of an event: its sentence for each outcome, and the notification about it. The
sentences get a trail entry's values cleaned, formatted and marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from chalicelib.domain.moments import describe_duration, utc_text
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.text import LONGEST_TEXT, LONGEST_VALUE, capitalise, clean_text
from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE, Action, Entry
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS

BEGIN, END = "\u2068", "\u2069"
"""Unicode's first strong isolate, and its end. They surround each value in a sentence: a door can
then style values, and no value changes the direction of the words around it. No cleaned value
contains either character."""
MISSING = BEGIN + END
"""Stands for a value that the entry lacks."""
TYPED = frozenset({"said", "name", "client", "label", "email", "asked_for", "ticket_url"})
"""The details that hold text that a person typed. Notifications and the log leave them out. Mail
programs would turn such text into links."""

_ACTORS = {OPERATOR: "the operator", CLIENT: "the client", SCHEDULE: "Daypass"}
_CHANGES: Mapping[str, str] = {
    "account_id": "AWS account",
    "agents": "agent access",
    "allows_chaining": "sessions may assume further roles",
    "allows_links": "allows access links",
    "arn": "ARN",
    "boundary_arn": "permissions boundary",
    "client": "client",
    "cut_off": "cut-off method",
    "duration": "duration",
    "email": "e-mail address",
    "emergency": "roles with emergency access",
    "ends_at": "end",
    "external_id": "external ID",
    "external_id_imported": "external ID from an AWS profile",
    "kind": "kind",
    "label": "label",
    "makes_boundary": "the client creates a permissions boundary",
    "max_session": "longest session",
    "max_session_duration": "the IAM role's maximum session duration",
    "name": "name",
    "next_external_id": "next external ID",
    "on_request": "roles on request",
    "permissions": "permissions",
    "requires_client_approval": "needs the client's approval",
    "requires_reason": "requires a reason",
    "roles": "roles",
    "starts_at": "start",
}
"""The fields whose changes a sentence mentions, in words that a value can follow."""
POLICY_CHANGES: Mapping[str, str] = {
    "people": "number of people who must approve",
    "client": "the client must approve",
    "leads": "every lead may approve",
    "members": "members who may approve",
    "sensitive": "Slack buttons cannot approve",
    "first_approver": "first person to notify",
    "others_after": "time until others are notified",
    "answer_within": "time to decide on a request",
    "longest": "longest access",
    "ticket_pattern": "ticket format",
    "ticket_url": "ticket URL",
    "notify_client_of_emergencies": "the client is notified of emergencies",
}
"""The same for an approval policy."""
_DURATIONS = frozenset({"others_after", "answer_within", "longest"}) | {
    "duration",
    "max_session",
    "max_session_duration",
}
_WORDS = {"true": "yes", "false": "no", "": "none"}


def format_actor(actor: str) -> str:
    """Return the actor for the inside of a sentence: a member's ID, or words such as `the
    client`."""
    return _ACTORS.get(actor) or clean_text(actor)


class Fact(str):
    """A value of an entry, as it is recorded. A sentence shows it cleaned and as a value, in the
    form that its format names: `{e.ends_at:time}`."""

    __slots__ = ()

    def __format__(self, form: str) -> str:
        return f"{BEGIN}{_FORMATS[form](self)}{END}"

    def moment(self) -> datetime | None:
        """Return the time, or None if this is not a time."""
        try:
            return datetime.fromisoformat(self)
        except ValueError:
            return None


class Facts(Value, kw_only=False):
    """The facts of an entry: those that are derived, and each detail and each field by its name.
    A fact that the entry lacks is empty."""

    record: Entry
    hidden: frozenset[str] = frozenset()
    """The details that count as missing."""

    def __getattr__(self, name: str) -> Fact:
        if name in self.hidden:
            return Fact()
        return Fact(self.record.detail(name) or getattr(self.record, name, ""))

    @property
    def actor(self) -> Fact:
        return Fact(format_actor(self.record.actor))

    @property
    def by(self) -> Fact:
        """Return the actor at the beginning of a sentence. A member's ID stays as it is."""
        actor = self.actor
        return Fact(capitalise(actor)) if self.record.actor in _ACTORS else actor

    @property
    def decider(self) -> str:
        """Return the actor at the beginning of a sentence. For the client, name the approver if the
        entry does."""
        approver = self.by_approver or (self.approver if self.record.actor == CLIENT else "")
        return f"{approver}, an approver at the client," if approver else f"{self.by}"

    @property
    def presented_token(self) -> Fact:
        return Fact(self.record.token)

    @property
    def subject(self) -> Fact:
        """Return the member if that is not the actor. A detail of this name is an identity's."""
        return Fact(self.record.subject)

    @property
    def member(self) -> Fact:
        """Return the member that the entry is about: its subject, or else the actor."""
        return Fact(format_actor(self.record.subject or self.record.actor))

    @property
    def other(self) -> Fact:
        """Return the member that the entry is about, to follow a verb: `themself` if the actor is
        that member."""
        return self.member if self.record.subject else Fact("themself")

    @property
    def owner(self) -> Fact:
        return Fact(f"{self.member!s}'s" if self.record.subject else "their own")

    @property
    def engagement(self) -> Fact:
        """Return the engagement's ID. In a refusal it can be one that does not exist."""
        return Fact(clean_text(self.record.engagement or self.asked_for) or "an engagement")

    @property
    def target(self) -> Fact:
        """Return the role as `engagement/role`, or the engagement if the entry has no role."""
        names = (self.engagement, self.record.role)
        return Fact("/".join(clean_text(name, LONGEST_VALUE) for name in names if name))

    @property
    def verdict(self) -> str:
        """Return the end of a sentence, and another sentence: whether the check passed, and whether
        an earlier check did. Without a result, return only the end."""
        drifted = ", although an earlier check passed" if self.drifted else ""
        verdicts = {"true": ". The check passed.", "false": f". The check failed{drifted}."}
        return verdicts.get(self.passed, ".")

    @property
    def changes(self) -> Fact:
        """Return the changed fields, such as `End: 27 November 2026, 18:00 UTC (before: …)`."""
        is_policy = self.record.action is Action.APPROVAL_POLICY_CHANGE
        fields = POLICY_CHANGES if is_policy else _CHANGES
        names = dict.fromkeys(name.removeprefix("former_") for name in self.record.details)
        # A policy's `client` is not a name, but yes or no.
        hidden = self.hidden - {"client"} if is_policy else self.hidden
        shown = (name for name in names if name in fields and name not in hidden)
        text = "; ".join(f"{fields[name]}: {self._describe_change(name)}" for name in shown)
        return Fact(capitalise(text))

    def _describe_change(self, name: str) -> str:
        """Return the field's new value, and its former value if the entry has another one."""
        details = self.record.details
        new, former = details.get(name, ""), details.get(f"former_{name}")
        if new == former:
            return _describe_field(name, new)
        before = "" if former is None else f" (before: {_describe_field(name, former)})"
        return f"{_describe_field(name, new)}{before}"

    @property
    def cause(self) -> str:
        """Return the sentence on the cause of a refusal or a failure, with its code. It has only
        the code if this version of Daypass has no text for the code."""
        reason = self.record.reason
        text = next((each.text(Surface.SHELL) for each in Reason if each == reason), "")
        if text:
            return f"The error was: {Fact(f'“{text}” ({reason})'):whole}."
        if problem := describe_problem(reason):
            return f"{problem.removesuffix('.')} ({reason})."
        return f"The error code was {Fact(reason)}." if reason else ""

    def has(self, name: str, value: str) -> bool:
        """Return whether the detail, a list with spaces between its values, has this value."""
        return value in self.record.detail(name).split()


def describe_problem(problem: str) -> str:
    """Return the sentence about why a cut-off does not work. Return an empty text for a problem
    that this version of Daypass does not know."""
    return next((PROBLEM_TEXTS[each] for each in CutOffProblem if each == problem), "")


def _describe_field(name: str, text: str) -> str:
    """Return the recorded value of a changed field for people, such as `yes` for `true`."""
    if name in _DURATIONS and text:
        return _format_duration(text)
    return _WORDS.get(text) or _format_time(text)


def _format_time(text: str) -> str:
    """Return the time for people. Return other text as it is, on one line."""
    try:
        return utc_text(datetime.fromisoformat(text)) if "T" in text else _clean(text)
    except (ValueError, OverflowError):
        return _clean(text)


def _format_duration(text: str) -> str:
    return describe_duration(int(text)) if text.isdecimal() and len(text) < 10 else _clean(text)


def _clean(text: str) -> str:
    return clean_text(text, LONGEST_TEXT)


_FORMATS: Mapping[str, Callable[[str], str]] = {
    "": _clean,
    "actor": format_actor,
    "time": _format_time,
    "names": lambda text: _clean(", ".join(text.split())),
    "duration": _format_duration,
    "whole": str,
}


Text = str | tuple[str | bool, ...]
"""A text, or its passages. The first one always appears. Each further one is left out if the entry
lacks one of its values; False stands for a passage that does not apply."""


class Notice(Value, kw_only=False):
    """The texts of a notification besides the event's sentence, and how it is sent."""

    title: Text
    advice: Text = ""
    """The consequences, and the next step."""
    alerts: str = ""
    """The names of the alerts that every lead must see, with spaces between them."""
    mentions_member: bool = False
    """True if the channel should mention the member."""
    hourly_key: tuple[str, ...] = ()
    """The parts of the key of an event that someone can repeat at will: for an hour, no other
    notification with this key is sent. Empty: each event has its notification."""


MemberNotice = partial(Notice, mentions_member=True)


class Event(Value, kw_only=False):
    """A row of the table: an event in words, for the outcome that its entry has."""

    doing: Text
    """The operation, to follow "did not allow alice to" or "could not"."""
    done: Text = ""
    """The sentence. Empty for an action that never has this outcome."""
    notice: Notice | None = None
    """The notification that it was done. None if it is routine."""
    refused: Text = ""
    failed: Text = ""
    intended: Text = ""
    issued: Text = ""
    withheld: Text = ""
    """Sentences for outcomes where the usual ones would be wrong."""
    warning: Notice | None = None
    """The notification that it was refused, or failed."""


Table = Mapping[Action, Callable[[Facts], Event]]


def write(text: Text) -> str:
    """Return the text with its values marked, without the passages that lack one of their values.
    In the first passage, a missing value is “(not recorded)”."""
    first, *rest = (text,) if isinstance(text, str) else text
    passages = (each for each in rest if isinstance(each, str) and MISSING not in each)
    return f"{first or ''}{''.join(passages)}".replace(MISSING, f"{Fact('(not recorded)')}")
