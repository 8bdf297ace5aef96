"""What a `/daypass` command declares for the parser, for help and for the documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from chalicelib.domain.people.members import Kind
from chalicelib.domain.slack.arguments import Argument
from chalicelib.domain.things import Thing

SLASH_COMMAND = "/daypass"
LEADS = frozenset({Kind.LEAD})


class Command(Thing, frozen=True, kw_only=True):
    """One command, as people type it."""

    name: str
    arguments: tuple[Argument, ...]
    summary: str
    """A sentence for help."""
    example: str
    kinds: frozenset[Kind] | None
    """Who may use it. None: everyone in the workspace, whether bound to a member or not."""

    @property
    def usage(self) -> str:
        """How to type it: `access ENGAGEMENT [ROLE] [for 30m] [because …]`."""
        arguments = (f"[{arg.usage}]" if arg.optional else arg.usage for arg in self.arguments)
        return " ".join((self.name, *arguments))


C = TypeVar("C", bound=Command)


def closest(commands: Sequence[C], typed: Sequence[str]) -> tuple[C, ...]:
    """Return the commands that begin with the typed words, or else those that they resemble."""
    import difflib  # needed for mistakes only

    beginnings = [name for command in commands for name in (command.name, command.name.split()[0])]
    for count in (2, 1):
        start = " ".join(typed[:count])
        for name in [start, *difflib.get_close_matches(start[:40], beginnings, n=1)]:
            found = tuple(one for one in commands if f"{one.name} ".startswith(f"{name} "))
            if found:
                return found
    return ()


def help_lines(commands: Sequence[Command], topic: str = "") -> tuple[str, ...]:
    """Return help in Slack's markup: a line for each command and for each note about arguments, and
    an example for a single command. A topic that resembles no command gets help on all of them."""
    shown = closest(commands, topic.split()) if topic else ()
    shown = shown or tuple(commands)
    for_all, for_leads = (
        [
            f"`{SLASH_COMMAND} {command.usage}` – {command.summary}"
            for command in shown
            if (command.kinds == LEADS) is leads_only
        ]
        for leads_only in (False, True)
    )
    heading = ["*For leads*"] if for_leads else []
    example = [f"For example: `{SLASH_COMMAND} {shown[0].example}`"] if len(shown) == 1 else []
    notes = dict.fromkeys(arg.note for command in shown for arg in command.arguments if arg.note)
    return (*for_all, *heading, *for_leads, *example, *notes)
