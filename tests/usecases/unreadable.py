"""Reads that AWS does not answer while a page is read."""

from typing import Any

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from tests.builders import Scene

UNAVAILABLE = Unavailable(Reason.RECORDS_UNAVAILABLE)


def fail(*_: Any, **__: Any) -> Any:
    raise UNAVAILABLE


def calls_of(port: Any, name: str) -> list[tuple[Any, ...]]:
    """Return a list that gets the arguments of each call of this method."""
    calls: list[tuple[Any, ...]] = []
    real = getattr(port, name)

    def call(*arguments: Any, **by: Any) -> Any:
        calls.append(arguments)
        return real(*arguments, **by)

    setattr(port, name, call)
    return calls


class Down:
    """A port that never answers."""

    def __getattr__(self, name: str) -> Any:
        return fail


def lists_still(scene: Scene, kind: type, page: Any) -> None:
    """Let the list of items of this kind lag behind: it still has the items of this page."""
    state: Any = scene.ports.state
    listed = state.list
    state.list = lambda which, **by: page if which is kind else listed(which, **by)


def cannot_read(scene: Scene, kind: type, *, by: str = "") -> Scene:
    """Return the scene with ports that cannot read items of this kind, or not its list by this
    field."""
    state: Any = scene.ports.state

    def fail_or(read: Any) -> Any:
        def call(which: type, *more: Any, **fields: Any) -> Any:
            return fail() if which is kind and by in ("", *fields) else read(which, *more, **fields)

        return call

    for name in ("list", "list_ignoring_stops", "list_ids", "get_many"):
        setattr(state, name, fail_or(getattr(state, name)))
    return scene
