"""`make commands-page`: write cli/daypass.1, the manual page, from the declarations of `daypass`.

The page is in mdoc(7), which man-db and mandoc show.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from daypass.command import ENGAGEMENT, LIST, MEMBER, REQUEST, SESSION, YES, Argument, Command
from daypass.errors import EXIT_CODES
from local.documents.commands import list_groups, name_value, option_names

PAGE = Path(__file__).parents[2] / "cli" / "daypass.1"
SHARED = (ENGAGEMENT, MEMBER, REQUEST, *SESSION, *LIST, YES)
"""The arguments that the page describes once."""
VARIABLES = {
    "DAYPASS": "The address of the login to use, if there are several.",
    "DAYPASS_REASON": "The reason for a session, if --reason is not typed.",
    "DAYPASS_AUDIENCE": "In a CI's job, the audience of its token. Default: the address.",
    "DAYPASS_HOME": "The folder for logins, in place of ~/.daypass.",
    "DAYPASS_CACHE": "The folder for sessions, such as a writable one beside a read-only home.",
    "DAYPASS_TARGET": "Set by env, exec and shell: the role of the session.",
    "DAYPASS_DEBUG": "If set, an unexpected failure prints where it happened.",
    "AWS_CA_BUNDLE": "A file with the certificates to trust, as for the AWS CLI.",
    "HTTPS_PROXY": "The proxy to use, as an http:// address.",
    "NO_COLOR": "If set, nothing is printed in color.",
    "PAGER": "The program that shows a long table at a terminal.",
}
"""The environment variables that the command reads, and their effect."""
_FILES = {
    "~/.daypass": "Logins, cached sessions and trusted folders. Only their owner can read them.",
    "~/.aws/config": "The profiles that configure writes, in a block of its own.",
    ".daypass": "The role of a folder, which use writes.",
}


def build_manual(date: str) -> str:
    """Return the page, with this date as mdoc writes it, such as `December 1, 2026`."""
    lines = [
        *(f".Dd {date}", ".Dt DAYPASS 1", ".Os", ".Sh NAME", ".Nm daypass"),
        *(".Nd temporary credentials for clients' AWS accounts", ".Sh SYNOPSIS"),
        *(".Nm", ".Op Ar COMMAND Op Ar argument ...", ".Sh DESCRIPTION"),
        *_text(
            "Daypass gives members of a firm temporary credentials for the AWS accounts of its"
            " clients. Without COMMAND, you pick a role, and a shell with it starts. Many commands"
            " also take these arguments:"
        ),
        *_list(map(_describe, SHARED)),
    ]
    for group, commands in list_groups():
        lines += [f".Sh {group.upper()}", *_list(map(_describe_command, commands))]
    lines += [".Sh ENVIRONMENT", *_list(_items("Ev", VARIABLES))]
    lines += [".Sh FILES", *_list(_items("Pa", _FILES))]
    codes = {str(code): meaning for code, meaning in EXIT_CODES.items()}
    lines += [".Sh EXIT STATUS", *_list(_items("Li", codes))]
    return "\n".join(lines) + "\n"


def _describe_command(command: Command) -> Iterator[str]:
    words = [_spell_value(each) for each in command.arguments if not option_names(each)]
    words += ["Oo Fl - Ar PROGRAM ... Oc"] if command.takes_program else []
    yield f".It Nm Cm {command.name} {' '.join(words)}".rstrip()
    yield from _text(f"{command.summary}. {command.description}")
    shared = [name for each in command.arguments if each in SHARED for name in option_names(each)]
    if shared:
        yield ".br"
        yield from _text(f"Also {', '.join(shared)}.")
    own = [each for each in command.arguments if each not in SHARED]
    if own:
        yield from _list(map(_describe, own))


def _spell_value(argument: Argument) -> str:
    """Return an argument without a name, as it stands in the line of its command."""
    count = argument.options.get("nargs", "")
    text = f"Ar {_escape(name_value(argument))}{' ...' if count == '*' else ''}"
    return f"Oo {text} Oc" if count in ("?", "*") else text


def _describe(argument: Argument) -> Iterator[str]:
    flags = " , ".join(f"Fl {_escape(name[1:])}" for name in option_names(argument))
    value = _escape(name_value(argument))
    yield f".It {flags} {f'Ar {value}' if value else ''}".strip().replace("  ", " ")
    yield from _text((argument.options.get("help") or "").replace("%%", "%"))


def _items(macro: str, texts: dict[str, str]) -> Iterator[Iterator[str]]:
    for name, text in texts.items():
        yield iter([f".It {macro} {_escape(name)}", *_text(text)])


def _list(items: Iterable[Iterable[str]]) -> Iterator[str]:
    yield ".Bl -tag -width 4n"
    for item in items:
        yield from item
    yield ".El"


def _text(text: str) -> Iterator[str]:
    """Yield the lines of a text, each sentence on a line of its own, as mdoc wants it. No word is
    hyphenated: many are names."""
    for sentence in re.split(r"(?<=[.:?]) (?=[A-Z])", text.strip()):
        marked = re.sub(r"(?<!\S)(?=\S{6})", r"\\%", _escape(sentence))
        for line in textwrap.wrap(marked, 78, break_on_hyphens=False, break_long_words=False):
            yield rf"\&{line}" if line[0] in ".'" else line


def _escape(text: str) -> str:
    """Return the text so that roff prints each character as it is, for a reader who copies it."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("…", "...")
    return text.replace("'", r"\(aq").replace("`", r"\(ga").replace("~", r"\(ti")


def main() -> None:
    """Write the page. Its date is the day of its last change."""
    today = f"{datetime.now(UTC):%B} {datetime.now(UTC).day}, {datetime.now(UTC).year}"
    date = date_of(PAGE.read_text(encoding="ascii")) if PAGE.exists() else today
    if not PAGE.exists() or build_manual(date) != PAGE.read_text(encoding="ascii"):
        PAGE.write_text(build_manual(today), encoding="ascii")


def date_of(page: str) -> str:
    return page.partition("\n")[0].removeprefix(".Dd ")


if __name__ == "__main__":
    main()
