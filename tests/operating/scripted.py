"""An AWS CLI that answers by a script: for what the local AWS cannot show."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operating.aws_cli import Aws

# As the CLI: JSON on stdout, or a sentence on stderr. The last answer to a command is repeated.
_COMMAND = """\
#!{python} -IS
import json, sys
folder, words = {folder!r}, sys.argv[1:]
with open(folder + "/calls", "a+") as calls:
    calls.seek(0)
    before = [json.loads(line)[:2] for line in calls].count(words[:2])
    calls.write(json.dumps(words) + "\\n")
with open(folder + "/script") as script:
    answers = json.load(script)[" ".join(words[:2])]
answer = answers[min(before, len(answers) - 1)]
if isinstance(answer, str):
    sys.exit(answer)
print(json.dumps(answer))
"""


def refusal(code: str, message: str = "no") -> str:
    return f"An error occurred ({code}) when calling the It operation: {message}"


@dataclass(frozen=True, slots=True)
class ScriptedCli:
    folder: Path

    def answers(self, **script: list[Any]) -> Aws:
        """The CLI that answers so; `s3api__put_object` is `aws s3api put-object`."""
        told = {
            name.replace("__", " ").replace("_", "-"): answers for name, answers in script.items()
        }
        (self.folder / "script").write_text(json.dumps(told), encoding="utf-8")
        command = self.folder / "aws"
        text = _COMMAND.format(python=sys.executable, folder=str(self.folder))
        command.write_text(text, encoding="utf-8")
        command.chmod(0o755)
        return Aws("eu-central-1", str(command))

    def calls(self, *command: str) -> list[list[str]]:
        """The further words of every call of this command."""
        lines = (self.folder / "calls").read_text(encoding="utf-8").splitlines()
        typed = [json.loads(line) for line in lines]
        return [words[2:] for words in typed if words[:2] == [*command]]
