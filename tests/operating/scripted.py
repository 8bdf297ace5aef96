"""Script an AWS CLI, for responses that the local AWS cannot give."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operating.aws_cli import Aws

# Like the CLI: JSON on stdout, or a sentence on stderr. It repeats the last response to a command.
_COMMAND = """\
#!{python} -IS
import json, sys
folder, arguments = {folder!r}, sys.argv[1:]
with open(folder + "/calls", "a+") as calls:
    calls.seek(0)
    before = [json.loads(line)[:2] for line in calls].count(arguments[:2])
    calls.write(json.dumps(arguments) + "\\n")
with open(folder + "/script") as script:
    responses = json.load(script)[" ".join(arguments[:2])]
response = responses[min(before, len(responses) - 1)]
if isinstance(response, str):
    sys.exit(response)
print(json.dumps(response))
"""


def refusal(code: str, message: str = "no") -> str:
    return f"An error occurred ({code}) when calling the It operation: {message}"


@dataclass(frozen=True, slots=True)
class ScriptedCli:
    folder: Path

    def answers(self, **script: list[Any]) -> Aws:
        """Return a CLI with these responses; `s3api__put_object` is `aws s3api put-object`."""
        commands = {
            name.replace("__", " ").replace("_", "-"): responses
            for name, responses in script.items()
        }
        (self.folder / "script").write_text(json.dumps(commands), encoding="utf-8")
        command = self.folder / "aws"
        text = _COMMAND.format(python=sys.executable, folder=str(self.folder))
        command.write_text(text, encoding="utf-8")
        command.chmod(0o755)
        return Aws("eu-central-1", str(command))

    def calls(self, *command: str) -> list[list[str]]:
        """Return the further arguments of every call of this command."""
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        typed = [json.loads(line) for line in lines]
        return [arguments[2:] for arguments in typed if arguments[:2] == [*command]]
