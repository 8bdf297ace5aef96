"""`python -m local.slack`: type Slack commands as one of the sample people.

The commands go to the local Daypass that `make run` started. The terminal shows the messages that
Slack would show. Type a number to press a button.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.endpoint import Endpoint
from local.ports import parse_port
from local.slack import notifying, workspace
from local.slack.rendering import COLOURED, PLAIN, Rendering
from local.slack.requests import Person, Request, escaped
from local.slack.stand_in import PATIENCE, Answer, Posted, SlackStandIn

_HELP = """Type a command without /daypass, for example: help
A number presses the button with that number. Words after it go into the message's field. Also:
  as lena     type as another person: {people}
  notify      let Daypass post its notifications in the channel
  wait        wait for the next message, ten seconds at most
  quit        end (or Ctrl-D)"""


@dataclass(slots=True)
class Demo:
    """A session at a terminal, in which the user can act as several people."""

    slack: SlackStandIn
    rendering: Rendering
    person: Person
    is_terminal: bool
    post_notifications: Callable[[], None]
    shown: int = 0
    """The number of delayed messages that were shown."""
    is_prompting: bool = False
    """True while the prompt is shown, and the user may be typing."""
    output_lock: threading.RLock = field(default_factory=threading.RLock)

    def run(self) -> None:
        """Read lines and act on them, until `quit` or the end of the input."""
        if self.is_terminal:
            with suppress(ImportError):
                import readline  # noqa: F401 - makes lines editable, with a history
            print(_HELP.format(people=", ".join(workspace.PEOPLE)), end="\n\n")
            threading.Thread(target=self._show_new_messages, daemon=True).start()
        while (typed := self._read_line()) not in (None, "quit"):
            self._handle(typed or "")
        self._show_posted()

    def _read_line(self) -> str | None:
        """Return the next typed line without `/daypass`; None at the end."""
        self.is_prompting = True
        try:
            typed = input(self._prompt if self.is_terminal else "").strip()
        except (EOFError, KeyboardInterrupt):
            print(end="\n" if self.is_terminal else "")
            return None
        finally:
            self.is_prompting = False
        return typed.removeprefix("/daypass").strip()

    @property
    def _prompt(self) -> str:
        return f"{self.person.name} ▸ /daypass "

    def _echo(self, typed: str) -> None:
        """Print the input where no terminal shows it."""
        if not self.is_terminal:
            print(f"{self.person.name} ▸ {typed}".rstrip())

    def _handle(self, typed: str) -> None:
        """Act on a typed line: `wait`, `notify`, `as NAME`, a button's number, or a command."""
        max_shown: int | None = 0  # the most delayed messages to show
        match typed.split():
            case ["wait"]:
                self._echo("wait")
                self._wait()
                max_shown = 1
            case ["notify"]:
                self._echo("notify")
                if self.is_terminal:
                    print(f"(Daypass posts what is {notifying.WAIT_SECONDS:.0f} seconds old ...)")
                self.post_notifications()
                max_shown = None
            case ["as", name]:
                self._switch_to(name.removeprefix("@"))
            case [number, *words] if number.isascii() and number.isdigit():
                self._echo(" ".join([f"[{number}]", *words]))
                self._press(int(number), " ".join(words))
                max_shown = 1
            case _:
                self._echo(f"/daypass {typed}")
                text = escaped(typed, workspace.PEOPLE)
                self._show(self._deliver(self.slack.command(text, self.person)))
        # Without a terminal, show a delayed message only after `wait` or a press, so that the
        # output is always in the same order.
        self._show_posted(None if self.is_terminal else max_shown)

    def _switch_to(self, name: str) -> None:
        if name in workspace.PEOPLE:
            self.person = workspace.PEOPLE[name]
        else:
            print(f"There is no person {name}. Choose one of: {', '.join(workspace.PEOPLE)}.")

    def _press(self, number: int, words: str) -> None:
        """Press the button with this number, with the words in the fields of its message, and show
        a failure."""
        if not 1 <= number <= len(self.rendering.buttons):
            print(f"There is no button {number}.")
            return
        button = self.rendering.buttons[number - 1]
        if "url" in button:
            print(f"(the browser opens {button['url']})")
        if "confirm" in button:
            print(f"(Slack asks: {button['confirm']['text']['text']} [{_label_of(button)}])")
        typed = dict.fromkeys(self.rendering.fields[number - 1], words)
        # Slack shows no immediate answer to a press, except a failure.
        answer = self._deliver(self.slack.press(button, self.person, typed))
        if answer.status != 200:
            self._show(Answer(answer.status, None))

    def _deliver(self, request: Request) -> Answer:
        # Without a terminal, be patient: a slow machine should not cause a failure.
        return self.slack.deliver(request, patience=PATIENCE if self.is_terminal else 30)

    def _wait(self) -> None:
        try:
            self.slack.wait_for(self.shown + 1)
        except TimeoutError:
            print("(no message arrived)")

    def _show(self, answer: Answer) -> None:
        """Print Daypass's immediate answer, if Slack would show one."""
        with self.output_lock:
            if answer.status != 200:
                failure = f"status {answer.status}" if answer.status else "no answer in time"
                print(f"(Slack shows an error: /daypass failed with {failure})")
            elif answer.message is not None:
                print(self.rendering.render(answer.message), end="\n\n")

    def _show_posted(self, most: int | None = None) -> None:
        """Print the posted messages that were not shown yet, `most` at most."""
        with self.output_lock:
            new = self.slack.posted[self.shown :][:most]
            self.shown += len(new)
            for posted in new:
                print(_build_posted_heading(posted))
                print(self.rendering.render(posted.message), end="\n\n")

    def _show_new_messages(self) -> None:
        """Show delayed messages as they arrive, at a terminal."""
        while True:
            try:
                self.slack.wait_for(self.shown + 1, seconds=3600)
            except TimeoutError:
                continue
            time.sleep(0.05)  # messages that arrive during a delivery are shown with its answer
            with self.output_lock:
                if self.is_prompting and self.shown < len(self.slack.posted):
                    print("\r\x1b[K", end="")
                    self._show_posted()
                    print(self._prompt, end="", flush=True)


def _label_of(button: dict[str, Any]) -> str:
    """Return the label of the button that goes on, in the question that Slack asks."""
    return str(button["confirm"]["confirm"]["text"])


def _build_posted_heading(posted: Posted) -> str:
    """Return the line that says where Slack shows the posted message."""
    if not posted.is_accepted:
        return f"(Slack refused this with status {posted.status}:)"
    if posted.is_for_the_channel:
        return "In the channel, for everyone:"
    if posted.message.get("delete_original"):
        return "(the message is gone)"
    return "In its place:" if posted.message.get("replace_original") else "A little later:"


def main(arguments: list[str] | None = None) -> int:
    """Run the demo until the user ends it. Return the process's exit status."""
    options = _build_parser().parse_args(arguments)
    try:
        slack = workspace.stand_in(Endpoint(options.aws), options.daypass, port=options.port)
    except (BotoCoreError, ClientError):
        print(
            f"Daypass: No local AWS that is set up for Slack answers at {options.aws}. Run"
            " `make run` in another terminal, and paste the lines that it prints into this one."
            " Then try again.",
            file=sys.stderr,
        )
        return 1
    except OSError as error:
        print(
            f"Daypass: Cannot listen on the port of the stand-in for Slack: {error.strerror}. Stop"
            " any other `make slack-demo`, and try again.",
            file=sys.stderr,
        )
        return 1
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    names = {person.user: name for name, person in workspace.PEOPLE.items()}
    with slack:
        rendering = Rendering(names, COLOURED if is_terminal else PLAIN)
        person = workspace.PEOPLE[options.person]
        post_notifications = partial(notifying.run_notify, Endpoint(options.aws), slack.url)
        Demo(slack, rendering, person, is_terminal, post_notifications).run()
    return 0


def _build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line's options."""
    parser = argparse.ArgumentParser(prog="python -m local.slack", description=__doc__)
    environment = os.environ.get
    parser.add_argument("--daypass", default=environment("DAYPASS", "http://127.0.0.1:8000"))
    parser.add_argument("--aws", default=environment("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"))
    parser.add_argument(
        "--port",
        type=parse_port,
        default=0,
        help="the port of the stand-in for Slack, if the webhook's URL has none (0: any free port)",
    )
    parser.add_argument("--as", dest="person", default="alice", choices=workspace.PEOPLE)
    return parser


if __name__ == "__main__":
    sys.exit(main())
