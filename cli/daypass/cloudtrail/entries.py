"""Read the trail's entries from files of the digests' bucket, or of `daypass export`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from daypass.cloudtrail.reconciling import is_intent
from daypass.errors import LocalProblem
from daypass.json_object import JsonObject
from daypass.machine.files import file_problem
from daypass.terminal.times import is_api_time, parse_api_time

_TEXTS = ("action", "outcome", "at", "actor", "role", "engagement", "vend")
_ROLE_ARN = r"arn:[a-z-]+:iam::\d{12}:role/.+"


def read_entries(paths: Iterable[str]) -> Iterator[JsonObject]:
    """Yield the entries of NDJSON files, and of those in these folders. Raise LocalProblem for a
    file of something else."""
    for path in map(Path, paths):
        for file in sorted(path.rglob("*.ndjson")) if path.is_dir() else [path]:
            yield from _read_file(file)


def _read_file(file: Path) -> Iterator[JsonObject]:
    try:
        with file.open(encoding="utf-8") as lines:
            yield from map(_parse_entry, lines)
    except OSError as error:
        raise file_problem("read", str(file), error) from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise LocalProblem(f"{file} has a line that is not an entry of the trail.") from None


def _parse_entry(line: str) -> JsonObject:
    """Return the entry of a line. Raise ValueError, LookupError or TypeError for another text."""
    parsed = json.loads(line)
    details = parsed["details"]
    if not isinstance(details, dict):
        raise TypeError
    texts = [*(parsed[name] for name in _TEXTS), *details.values()]
    if not all(isinstance(text, str) for text in texts) or not is_api_time(parsed["at"]):
        raise ValueError
    parse_api_time(parsed["at"])  # which refuses a day that does not exist
    if is_intent(parsed) and not (
        details["session_name"] and re.fullmatch(_ROLE_ARN, details["role_arn"], re.ASCII)
    ):
        raise ValueError
    return {**{name: parsed[name] for name in _TEXTS}, "details": details}
