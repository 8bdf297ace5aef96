"""The answers, entries and items of steps, one after another, as one text."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from chalicelib.domain.errors import DaypassError
from tests.builders import Scene
from tests.fakes import World
from tests.golden import WholeText

EMPTY = (None, "", (), {}, False, ("", "", "", ""))


def as_json(value: Any) -> Any:
    return msgspec.to_builtins(value, order="deterministic", enc_hook=str)


def fields_of(value: Any) -> dict[str, Any]:
    """Return the fields that are not empty, as JSON has them."""
    built = as_json(value)
    fields = built if isinstance(built, dict) else {"answer": built}
    return {name: each for name, each in fields.items() if each not in EMPTY}


def lines_of(name: str, value: Any, indent: str = "  ") -> list[str]:
    """Return a line for each field, also of nested values."""
    if isinstance(value, dict):
        fields = [(each, inner) for each, inner in value.items() if inner not in EMPTY]
        nested = [line for field in fields for line in lines_of(*field, f"{indent}  ")]
        return [f"{indent}{name}:", *nested]
    if isinstance(value, list | tuple) and any(isinstance(each, dict) for each in value):
        return [line for each in value for line in lines_of(name, each, indent)]
    return [f"{indent}{name}: {value}"]


def line_of(fields: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in fields.items())


def vends(scene: Scene, *names: str) -> None:
    scene.vend(*names)


@dataclass(slots=True)
class Telling(WholeText):
    """An answer is shown as the lines that differ from the last one of the same kind, and a
    stored item as its fields that changed."""

    world: World = field(default_factory=World)
    _numbers: dict[str, int] = field(default_factory=dict, kw_only=True)

    def begin(self, title: str, scene: Any) -> Any:
        """Go on in another scene, and return it."""
        self.world = scene.world
        self._numbers.clear()
        self.write([f"=== {title}"])
        return scene

    def do(self, act: Callable[..., Any], *arguments: Any, **fields: Any) -> Any:
        """Write what the call answers or why it is refused, and what it records and stores.
        Return the answer."""
        items, entries = dict(self.world.items), len(self.world.entries)
        kicks, alerts = len(self.world.notify_kicks), len(self.world.alerts)
        options = (f"{name}={as_json(each)}" for name, each in fields.items())
        story = (str(each) for each in arguments if isinstance(each, str | bool))
        title = " ".join([f"$ {act.__name__}", *story, *options])
        answer, text = None, ""
        try:
            answer = act(*arguments, **fields)
            text = "\n".join(
                line for shown in fields_of(answer).items() for line in lines_of(*shown)
            )
        except DaypassError as error:
            about = f" ({error.field})" if getattr(error, "field", "") else ""
            title += f"\n! {type(error).__name__}{about}: {error}"
        lines = [title]
        for entry in self.world.entries[entries:]:
            shown = {name: v for name, v in fields_of(entry).items() if name not in ("id", "at")}
            lines.append(f"trail: {line_of(shown)}")
        for key, item in self.world.items.items():
            before = fields_of(items[key]) if key in items else {}
            now = fields_of(item)
            names = [each for each in {**now, **before} if now.get(each) != before.get(each)]
            if names:
                stored = line_of({name: now.get(name) for name in names})
                lines.append(f"stored: {type(item).__name__}: {stored}")
        lines += [f"alert: {each.alert}: {each.text}" for each in self.world.alerts[alerts:]]
        lines += ["Notify runs at once."] if len(self.world.notify_kicks) > kicks else []
        self.write(lines, text, type(answer) if text else None)
        return answer

    def tell(self, title: str, scene: Any, acts: Iterable[Sequence[Any]]) -> None:
        """Do these acts in a scene, each with the names or values after it."""
        self.begin(title, scene)
        for act, *arguments in acts:
            self.do(act, scene, *arguments)

    def masked(self, text: str) -> str:
        """Number the IDs of requests and vends, and shorten the texts of links."""

        def number(match: re.Match[str]) -> str:
            count = self._numbers.setdefault(match[0], len(self._numbers) + 1)
            return f"{match[1]}.#{count}"

        text = re.sub(r"\b([a-z][a-z0-9-]*)\.[0-9a-v]{16}\b", number, text)
        return re.sub(r"\b(?:[0-9a-f]{16,64}|[a-z2-7]{48}(?=[a-z]{4}\b))", "…", text)
