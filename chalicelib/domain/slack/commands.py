"""The commands of `/daypass`, a row for each. What is typed is read by these rows, and help is made
of them, so that it cannot say anything else.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.slack.slots import (
    BECAUSE,
    ENGAGEMENT,
    FOR,
    PERSON,
    ROLE,
    UNTIL,
    Slot,
    Words,
)
from chalicelib.domain.slack.words import nearest
from chalicelib.domain.things import Thing

SLASH_COMMAND = "/daypass"


class Command(Thing, frozen=True, kw_only=True):
    """One thing that can be asked for."""

    name: str
    slots: tuple[Slot, ...] = ()
    """What it is told. Those without a keyword come in this order."""
    for_leads: bool = False
    summary: str
    """A sentence for help."""
    example: str


def _about(words: Words, _: datetime) -> str:
    """As many of the words as there are commands about, or nearly: help is never refused."""
    for count in (2, 1):
        about = " ".join(word.plain for word in words[:count])
        if commands_about(about):
            return about
    return nearest(words[0].plain, first_words())


_WHICH = Slot(field="about", usage="COMMAND", reads=_about, takes=len, optional=True)

COMMANDS = (
    Command(
        name="list",
        summary="Shows the engagements that you are on.",
        example="list",
    ),
    Command(
        name="access",
        slots=(ENGAGEMENT, replace(ROLE, optional=True), FOR, replace(BECAUSE, optional=True)),
        summary="Gives you a link, good once and for five minutes, to a page where you get a"
        " session.",
        example="access acme-prod readonly for 30m because the nightly import fails",
    ),
    Command(
        name="live",
        summary="Shows your sessions that may be alive, and the time that each has left.",
        example="live",
    ),
    Command(
        name="who",
        slots=(ENGAGEMENT,),
        summary="Shows the names of those who may enter an engagement; to leads and auditors their"
        " roles and sessions too.",
        example="who acme-prod",
    ),
    Command(
        name="status",
        slots=(ENGAGEMENT,),
        summary="Shows how an engagement and its roles stand.",
        example="status acme-prod",
    ),
    Command(
        name="link",
        summary="Binds your Slack user to you as a member, by a code that you enter with your own"
        " token.",
        example="link",
    ),
    Command(
        name="help",
        slots=(_WHICH,),
        summary="Shows what can be typed: all commands, or one with an example.",
        example="help access",
    ),
    Command(
        name="revoke member",
        slots=(PERSON, BECAUSE),
        for_leads=True,
        summary="Suspends a member: nothing of theirs opens anything any more.",
        example="revoke member @bob because his laptop was stolen",
    ),
    Command(
        name="revoke engagement",
        slots=(ENGAGEMENT, BECAUSE),
        for_leads=True,
        summary="Revokes an engagement: nobody gets a new session there.",
        example="revoke engagement acme-prod because Acme has asked for it",
    ),
    Command(
        name="revoke grant",
        slots=(PERSON, ENGAGEMENT, BECAUSE),
        for_leads=True,
        summary="Revokes a member's grant for an engagement.",
        example="revoke grant bob globex because he has left the project",
    ),
    Command(
        name="revoke role",
        slots=(ENGAGEMENT, ROLE, BECAUSE),
        for_leads=True,
        summary="Revokes a role of an engagement: nobody gets a new session with it.",
        example="revoke role acme-prod deploy because the launch is over",
    ),
    Command(
        name="verify",
        slots=(ENGAGEMENT,),
        for_leads=True,
        summary="Checks the roles of an engagement.",
        example="verify acme-prod",
    ),
    Command(
        name="grant",
        slots=(PERSON, ENGAGEMENT, ROLE, UNTIL),
        for_leads=True,
        summary="Lets a member into an engagement, with one role, until a date.",
        example="grant @bob acme-prod readonly until tomorrow",
    ),
)
_BY_NAME = {one.name: one for one in COMMANDS}


def command(name: str) -> Command:
    """The command of this name. KeyError if there is none."""
    return _BY_NAME[name]


def commands_about(words: str) -> tuple[Command, ...]:
    """The commands that begin with these words, such as all that revoke; without any, all."""
    return tuple(one for one in COMMANDS if f"{one.name} ".startswith(f"{words} ".lstrip()))


def first_words() -> tuple[str, ...]:
    """What a command can begin with."""
    return tuple(dict.fromkeys(one.name.split()[0] for one in COMMANDS))


def usage(of: Command) -> str:
    """How it is typed: `access ENGAGEMENT [ROLE] [for 30m] [because …]`."""
    slots = (f"[{one.usage}]" if one.optional else one.usage for one in of.slots)
    return " ".join((of.name, *slots))


def help_on(about: str = "") -> tuple[str, ...]:
    """A line, in Slack's markup, for each command that begins with these words, and one for each
    thing to know about them; an example as well if it is one command."""
    told = commands_about(about)
    everybodys, leads = (
        [_line(one) for one in told if one.for_leads is is_for] for is_for in (False, True)
    )
    example = [f"For example: `{SLASH_COMMAND} {told[0].example}`"] if len(told) == 1 else []
    notes = dict.fromkeys(slot.note for one in told for slot in one.slots if slot.note)
    return (*everybodys, *(["*For leads*"] if leads else []), *leads, *example, *notes)


def _line(of: Command) -> str:
    return f"`{SLASH_COMMAND} {usage(of)}` – {of.summary}"
