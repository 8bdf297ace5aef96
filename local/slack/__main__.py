"""`python -m local.slack`: type commands as the sample people do in Slack, to a running `make run`.

What Slack would show is shown as text; a button is pressed by its number.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from local.endpoint import Endpoint
from local.ports import port_number
from local.slack import workspace
from local.slack.rendering import COLOURED, PLAIN, Rendering
from local.slack.requests import Person, Request, escaped
from local.slack.stand_in import PATIENCE, Answer, Posted, SlackStandIn

_HELP = """Type what comes after /daypass, such as: help
A number presses that button. Beside that:
  as lena     type as somebody else: {people}
  wait        wait for what comes later, ten seconds at most
  quit        or Ctrl-D"""


@dataclass(slots=True)
class Demo:
    """Somebody at a terminal, who may be several people."""

    slack: SlackStandIn
    rendering: Rendering
    person: Person
    is_terminal: bool
    shown: int = 0
    """Of the messages that came later than at once."""
    is_asking: bool = False
    """The prompt stands there, and whoever sits at the terminal may be typing."""
    one_at_a_time: threading.RLock = field(default_factory=threading.RLock)

    def run(self) -> None:
        if self.is_terminal:
            with suppress(ImportError):
                import readline  # noqa: F401 - from now on, lines can be edited and had again
            print(_HELP.format(people=", ".join(workspace.PEOPLE)), end="\n\n")
            threading.Thread(target=self._show_what_comes, daemon=True).start()
        while (typed := self._line()) not in (None, "quit"):
            self._do(typed or "")
        self._show_posted()

    def _line(self) -> str | None:
        """What is typed next, without `/daypass`; None at the end."""
        self.is_asking = True
        try:
            typed = input(self._prompt if self.is_terminal else "").strip()
        except (EOFError, KeyboardInterrupt):
            print(end="\n" if self.is_terminal else "")
            return None
        finally:
            self.is_asking = False
        return typed.removeprefix("/daypass").strip()

    @property
    def _prompt(self) -> str:
        return f"{self.person.name} ▸ /daypass "

    def _echo(self, typed: str) -> None:
        """Where no terminal shows what is typed, it is shown again."""
        if not self.is_terminal:
            print(f"{self.person.name} ▸ {typed}".rstrip())

    def _do(self, typed: str) -> None:
        most = 0  # of the messages that have come meanwhile
        match typed.split():
            case ["wait"]:
                self._echo("wait")
                self._wait()
                most = 1
            case ["as", name]:
                self._become(name.removeprefix("@"))
            case [number] if number.isascii() and number.isdigit():
                self._echo(f"[{number}]")
                self._press(int(number))
                most = 1
            case _:
                self._echo(f"/daypass {typed}")
                text = escaped(typed, workspace.PEOPLE)
                self._tell(self._deliver(self.slack.command(text, self.person)))
        # In a file, what comes later stands where it was waited for, however quick it was.
        self._show_posted(None if self.is_terminal else most)

    def _become(self, name: str) -> None:
        if name in workspace.PEOPLE:
            self.person = workspace.PEOPLE[name]
        else:
            print(f"There is nobody called so here: {', '.join(workspace.PEOPLE)}.")

    def _press(self, number: int) -> None:
        if not 1 <= number <= len(self.rendering.buttons):
            print("There is no button of that number.")
            return
        button = self.rendering.buttons[number - 1]
        if "url" in button:
            print(f"(the browser opens {button['url']})")
        # Of what a press is answered with at once, Slack shows nothing but that it failed.
        answer = self._deliver(self.slack.press(button, self.person))
        if answer.status != 200:
            self._tell(Answer(answer.status, None))

    def _deliver(self, request: Request) -> Answer:
        # Where nobody waits, a machine that is busy is no failure.
        return self.slack.deliver(request, patience=PATIENCE if self.is_terminal else 30)

    def _wait(self) -> None:
        try:
            self.slack.wait_for(self.shown + 1)
        except TimeoutError:
            print("(nothing has come)")

    def _tell(self, answer: Answer) -> None:
        with self.one_at_a_time:
            if answer.status != 200:
                what = f"status {answer.status}" if answer.status else "no answer in time"
                print(f"(Slack says: /daypass failed with {what})")
            elif answer.message is not None:
                print(self.rendering.render(answer.message), end="\n\n")

    def _show_posted(self, most: int | None = None) -> None:
        with self.one_at_a_time:
            new = self.slack.posted[self.shown :][:most]
            self.shown += len(new)
            for one in new:
                print(_heading(one))
                print(self.rendering.render(one.message), end="\n\n")

    def _show_what_comes(self) -> None:
        """At a terminal, what comes later is shown when it comes."""
        while True:
            try:
                self.slack.wait_for(self.shown + 1, seconds=3600)
            except TimeoutError:
                continue
            time.sleep(0.05)  # what comes while something is delivered is shown with that
            with self.one_at_a_time:
                if self.is_asking and self.shown < len(self.slack.posted):
                    print("\r\x1b[K", end="")
                    self._show_posted()
                    print(self._prompt, end="", flush=True)


def _heading(posted: Posted) -> str:
    if not posted.is_taken:
        return f"(Slack refused this with status {posted.status}:)"
    if posted.is_for_the_channel:
        return "In the channel, for everybody:"
    if posted.message.get("delete_original"):
        return "(the message is gone)"
    return "In its place:" if posted.message.get("replace_original") else "A little later:"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        slack = workspace.stand_in(Endpoint(options.aws), options.daypass, port=options.port)
    except (BotoCoreError, ClientError):
        print(
            f"Daypass: no local AWS that knows of Slack answers at {options.aws}. Start `make run`,"
            " and paste the lines that it prints.",
            file=sys.stderr,
        )
        return 1
    except OSError as error:
        print(
            f"Daypass: cannot listen where Slack is to be: {error.strerror}. Is another"
            " `make slack-demo` running?",
            file=sys.stderr,
        )
        return 1
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    names = {person.user: name for name, person in workspace.PEOPLE.items()}
    with slack:
        rendering = Rendering(names, COLOURED if is_terminal else PLAIN)
        Demo(slack, rendering, workspace.PEOPLE[options.person], is_terminal).run()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.slack", description=__doc__)
    environment = os.environ.get
    parser.add_argument("--daypass", default=environment("DAYPASS", "http://127.0.0.1:8000"))
    parser.add_argument("--aws", default=environment("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"))
    parser.add_argument(
        "--port", type=port_number, default=0, help="where Slack is, if no webhook says (0: any)"
    )
    parser.add_argument("--as", dest="person", default="alice", choices=workspace.PEOPLE)
    return parser


if __name__ == "__main__":
    sys.exit(main())
