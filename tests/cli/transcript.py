"""A person's commands, their outputs and the changes that they request, as one text."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

from tests.cli.scripted_broker import ScriptedBroker, send
from tests.cli.typed import Machine, Output
from tests.golden import WholeText
from tests.running import ROOT

MASKS = {
    r'(?<="Expiration": ")[^"]+': "<a time near now>",
    r"(?<=EXPIRATION=)[\dTZ:-]+": "<a time near now>",
    r"\w{3} 20(?!26-01-01|3[5-9])\d\d-\d\d-\d\d \d\d:\d\d UTC": "<a time near now>",
}
"""The texts that depend on the clock. The scripted answers are of 2026 to 2036."""


def as_python_3_13(text: str) -> str:
    """Return the text as argparse writes it since Python 3.13: no value after an option's first
    name, and choices without quotes."""
    text = re.sub(r"(--?[\w-]+) [A-Z_]+, (?=--)", r"\1, ", text)
    return re.sub(r"\(choose from .*?\)", lambda choices: choices[0].replace("'", ""), text)


@dataclass(slots=True)
class Transcript(WholeText):
    FOLDER: ClassVar[str] = "command/"
    MASKS: ClassVar[dict[str, str]] = MASKS
    machine: Machine
    broker: ScriptedBroker

    def type(self, *words: str, stdin: str = "", in_any_order: bool = False) -> Output:
        """Type the command. `!` marks lines of its stderr, `>` requests that change something.

        What has no order, such as the files of a folder, is shown in alphabetical order.
        """
        self.broker.requests.clear()
        output = self.machine.type(*words, stdin=stdin)
        assert "Traceback" not in output.err, output.err
        lines = [f"$ daypass {shlex.join(words)}".rstrip()]
        lines += [f"! {line}" for line in output.err.splitlines()]
        requests = list(self.broker.requests)
        if in_any_order:
            requests.sort(key=lambda request: request[1])
        lines += sorted(output.out.splitlines()) if in_any_order else output.out.splitlines()
        for method, path, _, body in requests:
            if method != "GET":
                lines.append(f"> {method} {path} {json.dumps(body)}")
        lines += [f"exit code {output.code}"] if output.code else []
        text = "\n".join(lines).replace(self.broker.url, "https://daypass.example")
        text = text.replace(str(self.machine.home), "~").replace(str(ROOT), "/daypass")
        self.write(as_python_3_13(text).splitlines())
        return output

    def run(self, lines: str) -> list[Output]:
        """Type each line, and return the outputs."""
        return [self.type(*shlex.split(line)) for line in lines.splitlines() if line.strip()]

    def note(self, text: str, answers: dict[str, Any] | None = None) -> None:
        """Write what is different from here on, and let the broker answer these paths so."""
        self.write([f"=== {text}"])
        for path, answer in (answers or {}).items():
            is_whole = callable(answer) or isinstance(answer, tuple)
            self.broker.answers[path] = answer if is_whole else (200, answer)


def in_turn(*answers: tuple[int, Any]) -> Callable[[BaseHTTPRequestHandler], None]:
    """Return an answer that is another one each time, and the last one from then on."""
    left = list(answers)

    def answer(request: BaseHTTPRequestHandler) -> None:
        status, document = left.pop(0) if len(left) > 1 else left[0]
        send(request, document, status)

    return answer
