"""Script an AWS CLI, for responses that the local AWS cannot give."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from subprocess import DEVNULL, CompletedProcess
from typing import Any

from operating.aws_cli import Aws


def refusal(code: str, message: str = "no") -> str:
    return f"An error occurred ({code}) when calling the It operation: {message}"


@dataclass(slots=True)
class ScriptedCli:
    """Stands in for the module `subprocess`, in which it runs no process.

    Like the CLI, it prints JSON, or a sentence on stderr. It repeats a command's last response.
    """

    DEVNULL = DEVNULL
    script: dict[str, list[Any]] = field(default_factory=dict)
    typed: list[list[str]] = field(default_factory=list)

    def answers(self, **script: list[Any]) -> Aws:
        """Return a CLI with these responses; `s3api__put_object` is `aws s3api put-object`."""
        self.script = {
            name.replace("__", " ").replace("_", "-"): responses
            for name, responses in script.items()
        }
        return Aws("eu-central-1", "aws")

    def calls(self, *command: str) -> list[list[str]]:
        """Return the further arguments of every call of this command."""
        return [arguments[2:] for arguments in self.typed if arguments[:2] == [*command]]

    def run(self, words: list[str], **_: Any) -> CompletedProcess[str]:
        """Return the response as the process would."""
        responses = self.script[" ".join(words[1:3])]
        response = responses[min(len(self.calls(*words[1:3])), len(responses) - 1)]
        self.typed.append(words[1:])
        if isinstance(response, str):
            return CompletedProcess(words, 1, "", response)
        return CompletedProcess(words, 0, json.dumps(response), "")
