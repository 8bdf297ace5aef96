"""Every small thing that can be wrong with a file, one at a time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

_OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
# What is said to people, and what types say, is no behaviour of these files.
_SKIPPED = (ast.AnnAssign, ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one thing changed. `name` is the same as long as that place stays as it is."""

    name: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """The mutants of a file, each of another name."""
    tree = ast.parse(source)
    seen: dict[str, int] = {}
    places = list(_places(tree, "module"))
    for number, (node, where) in enumerate(places):
        for what, change in _changes(node):
            copy = deepcopy(tree)
            twin = list(_places(copy, "module"))[number][0]
            change(twin)
            name = f"{where}: {what}"
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            yield Mutant(name, ast.unparse(ast.fix_missing_locations(copy)))


def _places(node: ast.AST, where: str) -> Iterator[tuple[ast.AST, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SKIPPED) or _is_docstring(node, child):
            continue
        name = getattr(child, "name", "")
        inside = name if where == "module" else f"{where}.{name}"
        here = inside if isinstance(child, ast.FunctionDef | ast.ClassDef) else where
        yield child, here
        for part in _parts(child):
            yield from _places(part, here)


def _parts(node: ast.AST) -> list[ast.AST]:
    """The node, without its annotations and decorators."""
    if isinstance(node, ast.FunctionDef):
        return [ast.Module(node.body, [])]
    return [node]


def _is_docstring(parent: ast.AST, child: ast.AST) -> bool:
    return isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """What can be changed about this one node: how it is called, and what does it."""
    match node:
        case ast.If() | ast.IfExp() | ast.While():
            yield f"not: {_short(node.test)}", _negate
        case ast.Compare(ops=[op]) if type(op) in _OPPOSITE:
            yield f"turned: {_short(node)}", lambda n: n.ops.__setitem__(0, _turned(n.ops[0]))
        case ast.BinOp(op=op) if type(op) in _OPPOSITE:
            yield f"turned: {_short(node)}", lambda n: setattr(n, "op", _turned(n.op))
        case ast.BoolOp():
            for lost, value in enumerate(node.values):
                yield (
                    f"without {_short(value)} in {_short(node)}",
                    lambda n, lost=lost: n.values.pop(lost),
                )
        case ast.Constant(value=bool()):
            yield f"turned: {node.value}", lambda n: setattr(n, "value", not n.value)
        case ast.Constant(value=int() | float()):
            yield f"one more: {node.value}", lambda n: setattr(n, "value", n.value + 1)
        case ast.Constant(value=str()) if node.value:
            yield f"other text: {node.value[:40]!r}", lambda n: setattr(n, "value", n.value + "x")
        case ast.Call(keywords=[_, *_]):
            for lost, keyword in enumerate(node.keywords):
                if keyword.arg:
                    yield (
                        f"without {keyword.arg}= in {_short(node.func)}()",
                        lambda n, lost=lost: n.keywords.pop(lost),
                    )
        case ast.Dict() if len(node.keys) > 1:
            for lost, key in enumerate(node.keys):
                yield (
                    f"without {_short(key) if key else '**'} in a dict",
                    lambda n, lost=lost: (n.keys.pop(lost), n.values.pop(lost)),
                )
        case ast.Return(value=ast.AST()):
            yield f"none: return {_short(node.value)}", lambda n: setattr(n, "value", None)
        case ast.Raise():
            yield f"no raise: {_short(node)}", _vanish
        case ast.Expr(value=ast.Call() | ast.YieldFrom() | ast.Yield()):
            yield f"not done: {_short(node)}", _vanish


def _negate(node: Any) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _turned(op: ast.AST) -> ast.AST:
    return _OPPOSITE[type(op)]()


def _vanish(node: Any) -> None:
    """The statement does nothing."""
    node.__class__ = ast.Expr
    for name in ("exc", "cause"):
        if hasattr(node, name):
            delattr(node, name)
    node.value = ast.Constant(None)
