"""Generate mutants: a file with one small change, and a rule without one of its clauses."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from types import FunctionType
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
# Imports are not behaviour.
_SKIPPED = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one change. `name` stays the same while the changed expression does."""

    name: str
    _tree: ast.Module
    _node: ast.AST
    _change: Callable[[Any], None]

    @property
    def source(self) -> str:
        """Return the text of the changed file. To write it takes longer than to find the change."""
        return _text_with(self._tree, self._node, self._change)


def mutants(source: str) -> Iterator[Mutant]:
    """Yield the mutants of a file, each with a unique name."""
    tree = ast.parse(source)
    seen: dict[str, int] = {}
    for node, where in list(_nodes(tree, "module")):
        for what, change in list(_changes(node)):
            name = f"{where}: {what}"
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name += f" ({seen[name]})"
            yield Mutant(name, tree, node, change)


def variants(rule: Callable[..., Any], part: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the rule without one of its parts, and a description of the missing part.

    With `part`, change that function, which the rule calls. The removed parts are: each `if`; each
    operand of `and`, `or`, `min` and a chained comparison; the right side of a minus, a plus and a
    `|`; each element of a literal tuple, list and mapping; each branch of a conditional expression;
    each `not`. Each boundary is moved to the other side.
    """
    changed = rule.__globals__[part] if part else rule
    tree = ast.parse(textwrap.dedent(inspect.getsource(changed)))
    for node in ast.walk(tree):  # not the rule's own code, such as `property`
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []
    kept = {id(expression) for node in ast.walk(tree) for expression in _fixed_length(node)}
    losses = [
        (node, what, change)
        for node, _ in _nodes(tree, "module")
        if not (isinstance(node, ast.Tuple) and id(node) in kept)
        for what, change in _losses(node)
    ]
    for number, (node, what, change) in enumerate(losses, start=1):
        lost = f"{changed.__qualname__} {number}: without {what.removeprefix('without ')}"
        names = dict(rule.__globals__)
        exec(compile(_text_with(tree, node, change), f"<{lost}>", "exec"), names)  # noqa: S102
        yield lost, FunctionType(rule.__code__, names) if part else names[rule.__name__]


def _fixed_length(node: ast.AST) -> list[ast.expr]:
    """Return tuples that are unpacked: without an element, unpacking would fail."""
    match node:
        case ast.Assign(targets=[ast.Tuple()]):
            return [node.value]
        case ast.Dict():
            return node.values
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp():
            return [node.elt]
    return []


def _text_with(tree: ast.Module, node: ast.AST, change: Callable[[Any], None]) -> str:
    """Return the tree's source with this node changed. Leave the tree itself unchanged."""
    kind, fields = node.__class__, node.__dict__
    node.__dict__ = deepcopy(fields)
    try:
        change(node)
        return ast.unparse(ast.fix_missing_locations(tree))
    finally:
        node.__class__, node.__dict__ = kind, fields


def _nodes(node: ast.AST, where: str) -> Iterator[tuple[ast.AST, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SKIPPED) or _is_docstring(node, child) or _is_of_types(node, child):
            continue
        name = getattr(child, "name", "")
        inside = name if where == "module" else f"{where}.{name}"
        here = inside if isinstance(child, ast.FunctionDef | ast.ClassDef) else where
        yield child, here
        for part in _parts(child):
            yield from _nodes(part, here)


def _parts(node: ast.AST) -> list[ast.AST]:
    """Return the nodes to visit: of functions and classes only the body."""
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
            # A type alias, such as `Names = list[str]`.
            return value is child and generic in ("list", "tuple", "Mapping")
    return isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Yield the possible changes of this node: a name, and the function that makes the change."""
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
        case ast.With(items=[*items]) if not any(item.optional_vars for item in items):
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


def _losses(node: ast.AST) -> Iterator[tuple[str, Any]]:
    """Yield the parts that a node can lose: a description, and the function that removes the
    part."""
    match node:
        case ast.BoolOp() | ast.comprehension():
            yield from _changes(node)
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()):
            for lost, element in enumerate(node.elts):
                what = f"{_short(element)}, number {lost + 1} of {_short(node)}"
                yield what, lambda n, lost=lost: n.elts.pop(lost)
        case ast.Dict():
            for lost, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
                yield (
                    f"the entry {_short(key or value)}",
                    lambda n, lost=lost: (n.keys.pop(lost), n.values.pop(lost)),
                )
        case ast.If():
            yield f"if {_short(node.test)}", lambda n: setattr(n, "test", ast.Constant(value=False))
        case ast.IfExp():
            yield f"a branch of {_short(node)}", lambda n: _become(n, n.body)
            yield f"the other branch of {_short(node)}", lambda n: _become(n, n.orelse)
        case ast.UnaryOp(op=ast.Not()):
            yield f"the not of {_short(node)}", lambda n: _become(n, n.operand)
        case ast.BinOp(op=ast.Sub() | ast.Add() | ast.BitOr()):
            yield f"the right side of {_short(node)}", lambda n: _become(n, n.left)
        case ast.Call(func=ast.Name(id="min"), args=[_, _], keywords=[]):
            for lost, operand in enumerate(node.args):
                yield (
                    f"{_short(operand)} in {_short(node)}",
                    lambda n, lost=lost: _become(n, n.args[1 - lost]),
                )
        case ast.Compare():
            for index, op in enumerate(node.ops):
                if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
                    yield (
                        f"boundary {index + 1} of {_short(node)}",
                        lambda n, index=index: n.ops.__setitem__(index, _turned(n.ops[index])),
                    )
            if len(node.ops) == 2:
                yield f"the end of {_short(node)}", lambda n: (n.ops.pop(), n.comparators.pop())
                yield f"the start of {_short(node)}", _without_start


def _without_start(node: Any) -> None:
    node.left = node.comparators.pop(0)
    node.ops.pop(0)


def _is_of_enum(kind: str, member: str) -> bool:
    """Return whether this looks like an enum's member, such as `Reason.LEAD_ONLY`."""
    return kind[0].isupper() and not kind.isupper() and member.isupper()


def _another_member(node: Any) -> None:
    """Replace a member by the enum's first other member."""
    kind, member = node.value.id, node.attr
    other = ast.parse(f"next(m for m in {kind} if m is not {kind}.{member})", mode="eval")
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
    """Replace the statement by one that does nothing."""
    _become(node, ast.Pass())


def _become(node: Any, other: ast.AST) -> None:
    """Replace the node in its place in the tree."""
    for name in node._fields:
        delattr(node, name)
    node.__class__ = other.__class__
    for name, value in ast.iter_fields(other):
        setattr(node, name, value)
