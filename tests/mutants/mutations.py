"""Every small thing that can be wrong with a file, one at a time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
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
# What types say is no behaviour of these files.
_SKIPPED = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one thing changed. `name` is the same as long as that place stays as it is."""

    name: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """The mutants of a file, each of another name."""
    tree = ast.parse(source)
    seen: dict[str, int] = {}
    for node, where in list(_places(tree, "module")):
        for what, change in list(_changes(node)):
            name = f"{where}: {what}"
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            yield Mutant(name, _text_with(tree, node, change))


def _text_with(tree: ast.Module, node: ast.AST, change: Callable[[Any], None]) -> str:
    """The text of the tree with this node changed; the tree stays as it was."""
    kind, fields = node.__class__, node.__dict__
    node.__dict__ = deepcopy(fields)
    try:
        change(node)
        return ast.unparse(ast.fix_missing_locations(tree))
    finally:
        node.__class__, node.__dict__ = kind, fields


def _places(node: ast.AST, where: str) -> Iterator[tuple[ast.AST, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SKIPPED) or _is_docstring(node, child) or _is_of_types(node, child):
            continue
        name = getattr(child, "name", "")
        inside = name if where == "module" else f"{where}.{name}"
        here = inside if isinstance(child, ast.FunctionDef | ast.ClassDef) else where
        yield child, here
        for part in _parts(child):
            yield from _places(part, here)


def _parts(node: ast.AST) -> list[ast.AST]:
    """The node, without annotations and decorators, and without what a class is frozen by."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [ast.Module(node.body, [])]
    return [node]


def _is_docstring(parent: ast.AST, child: ast.AST) -> bool:
    return isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)


def _is_of_types(parent: ast.AST, child: ast.AST) -> bool:
    match parent:
        case ast.AnnAssign(annotation=annotation) if annotation is child:
            return True
        case ast.Call(func=ast.Name(id="TypeVar")):
            return True
        case ast.Assign(value=ast.Subscript(value=ast.Name(id=generic)) as value):
            # A name for a type, such as `Found = list[str]`.
            return value is child and generic in ("list", "tuple", "Mapping")
    return isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"


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
                    where = f"{keyword.arg}= in {_short(node.func)}()"
                    yield f"without {where}", lambda n, lost=lost: n.keywords.pop(lost)
                    if not isinstance(keyword.value, ast.Constant):
                        yield f"none: {where}", lambda n, lost=lost: _none(n.keywords[lost])
        case ast.Dict() if len(node.keys) > 1:
            for lost, key in enumerate(node.keys):
                yield (
                    f"without {_short(key) if key else '**'} in a dict",
                    lambda n, lost=lost: (n.keys.pop(lost), n.values.pop(lost)),
                )
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) if len(node.elts) > 1:
            for lost, element in enumerate(node.elts):
                yield (
                    f"without {_short(element)} in a row",
                    lambda n, lost=lost: n.elts.pop(lost),
                )
        case ast.comprehension(ifs=[_, *_]):
            yield f"all: {_short(node.target)}", lambda n: n.ifs.clear()
        case ast.Slice():
            for end in ("lower", "upper"):
                if getattr(node, end):
                    yield f"no {end}: [{_short(node)}]", lambda n, end=end: setattr(n, end, None)
        case ast.With(items=[*items]) if not any(one.optional_vars for one in items):
            yield f"not with {_short(items[0].context_expr)}", _with_nothing
        case ast.ExceptHandler():
            caught = _short(node.type) if node.type else "all"
            yield f"not caught: {caught}", lambda n: setattr(n, "body", [ast.Raise()])
        case ast.Attribute(value=ast.Name(id=kind), attr=member) if _is_of_enum(kind, member):
            yield f"another: {kind}.{member}", _another_member
        case ast.Return(value=ast.AST()) if ast.unparse(node.value) != "None":
            yield f"none: return {_short(node.value)}", lambda n: setattr(n, "value", None)
        case ast.Raise():
            yield f"no raise: {_short(node)}", _vanish
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute()]) | ast.AugAssign():
            yield f"not set: {_short(node)}", _vanish
        case ast.Expr(value=ast.Call() | ast.YieldFrom() | ast.Yield()):
            yield f"not done: {_short(node)}", _vanish


def _is_of_enum(kind: str, member: str) -> bool:
    """By how they are written: `Reason.LEAD_ONLY`."""
    return kind[0].isupper() and not kind.isupper() and member.isupper()


def _another_member(node: Any) -> None:
    """The first of the others."""
    kind, member = node.value.id, node.attr
    other = ast.parse(f"next(one for one in {kind} if one is not {kind}.{member})", mode="eval")
    _become(node, other.body)


def _with_nothing(node: Any) -> None:
    nothing = ast.parse("__import__('contextlib').nullcontext()", mode="eval").body
    node.items = [ast.withitem(nothing)]


def _negate(node: Any) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _turned(op: ast.AST) -> ast.AST:
    return _OPPOSITE[type(op)]()


def _none(node: Any) -> None:
    node.value = ast.Constant(None)


def _vanish(node: Any) -> None:
    """The statement does nothing."""
    _become(node, ast.Pass())


def _become(node: Any, other: ast.AST) -> None:
    """The same place in the tree, with something else in it."""
    for name in node._fields:
        delattr(node, name)
    node.__class__ = other.__class__
    for name, value in ast.iter_fields(other):
        setattr(node, name, value)
