"""Check all rows of a table in one case, which lists each row that fails."""

import functools
import inspect
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from types import FunctionType
from typing import Any


def every(
    names: str,
    rows: Iterable[Any] | Callable[[], Iterable[Any]],
    **fresh: Callable[[], AbstractContextManager[Any]],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the test for each row, as `pytest.mark.parametrize` does, but as one case.

    All rows share the test's fixtures. What a row changes is made anew for each: `fresh` are
    context managers by the name of the test's parameter. A function instead of the rows is called
    when the test runs, so that collecting the tests does not wait for it. A rule's own clauses get
    a case each.

    Raise TypeError if `fresh` is given to the outer of two such decorators: all rows of the inner
    one would share it.
    """
    fields = [name.strip() for name in names.split(",")]

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)
        if fresh and hasattr(test, "has_rows"):
            raise TypeError("give `fresh` to the decorator next to the test")

        @functools.wraps(test)
        def check(**fixtures: Any) -> None:
            failures = []
            listed = list(rows() if isinstance(rows, FunctionType) else rows)
            assert listed, "the table has no rows"
            for row in listed:
                values = _values(row, len(fields))
                try:
                    with ExitStack() as stack:
                        new = {name: stack.enter_context(make()) for name, make in fresh.items()}
                        test(**dict(zip(fields, values, strict=True)), **fixtures, **new)
                except Exception as error:  # noqa: BLE001 - all failing rows are raised below
                    error.add_note(f"in the row {_label(row, values)}")
                    failures.append(error)
            if failures:
                failing = "; ".join(error.__notes__[-1] for error in failures[:30])
                count = f"{len(failures)} of {len(listed)} rows fail"
                raise ExceptionGroup(f"{count}: {failing}", failures[:3])

        others = [
            each for name, each in signature.parameters.items() if name not in (*fields, *fresh)
        ]
        check.has_rows = True  # type: ignore[attr-defined]
        check.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return check

    return decorate


def _values(row: Any, count: int) -> tuple[Any, ...]:
    """Return the row's values. A row can be a `pytest.param`, or a bare value of a single name."""
    if hasattr(row, "marks") and hasattr(row, "values"):
        return tuple(row.values)
    return (row,) if count == 1 else tuple(row)


def _label(row: Any, values: tuple[Any, ...]) -> str:
    """Return the row's `id`, or its values, shortened."""
    label = getattr(row, "id", None) if hasattr(row, "marks") else None
    return label or ", ".join(repr(value)[:60] for value in values)
