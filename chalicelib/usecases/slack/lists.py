"""Show the first rows of a question's answer in Slack."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.lists import Page
from chalicelib.domain.moments import end_text
from chalicelib.domain.slack.messages import (
    Message,
    code,
    escape,
    join_fitting_lines,
    message,
    section,
)
from chalicelib.usecases.questions import F, Question, R, cell_text, get_value


def show_rows(question: Question[R, F], page: Page[R], *, more: str) -> Message:
    """Return a line for each row: its first cell, then the others. `more` is the command that lists
    all in a terminal."""
    if not page.items:
        return message(question.empty)
    lines = [_build_line(question, row) for row in page.items]
    if page.cursor:
        lines.append(f"There are more. To see all, type {more} in a terminal.")
    return message(
        question.title, section(f"*{question.title}*"), section(join_fitting_lines(lines))
    )


def _build_line(question: Question[R, F], row: R) -> str:
    (first, _), *others = question.columns
    cells = []
    for field, heading in others:
        value = get_value(row, field)
        cell = escape(cell_text(value, end_text), 300)
        cells.append(f"{heading.lower()} {cell}" if isinstance(value, datetime) else cell)
    return f"{code(str(get_value(row, first)))}: {'; '.join(filter(None, cells))}"
