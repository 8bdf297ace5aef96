"""The results of the checks, and the table in Markdown."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

_NAME = "live-account.md"


class Status(StrEnum):
    """The result of a check."""

    PASS = "PASS"
    FAIL = "FAIL"
    SKIP = "SKIP"
    MANUAL = "MANUAL"
    NOT_JUDGED = "NOT JUDGED"


@dataclass(frozen=True, slots=True)
class Seen:
    """The value that a check saw, and whether Daypass's assumption held."""

    holds: bool
    value: str
    request_id: str = ""
    """The ID of the AWS request or of the API's that showed it."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one point of docs/reference/live-account.md. A failed stage has no point."""

    point: int | None
    stage: str
    status: Status
    value: str
    request_id: str = ""


@dataclass(slots=True)
class Report:
    """All results, without secrets."""

    results: list[Result] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    """Texts that no output may contain, such as tokens."""

    def hide(self, secret: str) -> str:
        """Keep the text out of the report, and return it."""
        if secret:
            self.secrets.add(secret)
        return secret

    def clean(self, text: str) -> str:
        """Return the text on one line, without the secrets."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(secret, "(hidden)")
        return " ".join(text.split())

    def add(self, result: Result) -> None:
        self.results.append(result)

    @property
    def failed(self) -> bool:
        """Return whether any check or stage failed."""
        return any(result.status is Status.FAIL for result in self.results)

    def table(self) -> str:
        """Return the results as a table in Markdown, by point."""
        rows = sorted(self.results, key=lambda result: (result.point is None, result.point or 0))
        lines = ["| # | stage | result | seen | request |", "| --- | --- | --- | --- | --- |"]
        lines += [self._row(result) for result in rows]
        return "\n".join(lines) + "\n"

    def write(self, folder: Path) -> Path:
        """Write the table into the folder, for its owner alone, and return the file's path."""
        path = folder / _NAME
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.table())
        return path

    def _row(self, result: Result) -> str:
        point = "–" if result.point is None else str(result.point)
        cells = (point, result.stage, result.status, result.value, result.request_id)
        return f"| {' | '.join(_escape(self.clean(cell)) for cell in cells)} |"


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


def count(results: Iterable[Result]) -> str:
    """Return how many results of each kind there are, such as "20 PASS, 1 FAIL"."""
    statuses = [result.status for result in results]
    return ", ".join(f"{statuses.count(each)} {each}" for each in Status if each in statuses)
