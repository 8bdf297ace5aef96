"""Rewrite a rule without one of its clauses, once for each clause, to see whether a test minds."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from copy import deepcopy
from types import FunctionType
from typing import Any

_LOOSENED = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


def variants(rule: Callable[..., Any], part: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """The rule, or the function `part` that it calls, with one thing lost; and what that was.

    Lost are: each `if`; each operand of `and`, `or`, `min` and a chained comparison; what a minus
    takes away, and what a plus or a `|` adds; each element of a tuple, a list and a mapping that is
    written out; each branch of a conditional expression; each `not`; and each boundary, which is
    moved onto the other side.
    """
    changed = rule.__globals__[part] if part else rule
    tree = ast.parse(textwrap.dedent(inspect.getsource(changed)))
    _Bare().visit(tree)
    taken_apart = {id(of) for node in ast.walk(tree) for of in _taken_apart(node)}
    for place, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.Tuple) and id(node) in taken_apart:
            continue
        for number, (lost, _) in enumerate(_weakened(node)):
            copy = deepcopy(tree)
            target = list(ast.walk(copy))[place]
            _, instead = _weakened(target)[number]
            variant = ast.fix_missing_locations(_Swap(target, instead).visit(copy))
            names = dict(rule.__globals__)
            exec(compile(variant, f"<without {lost}>", "exec"), names)  # noqa: S102
            yield (
                f"{changed.__qualname__} without {lost}",
                FunctionType(rule.__code__, names) if part else names[rule.__name__],
            )


def _taken_apart(node: ast.AST) -> list[ast.expr]:
    """Tuples of which each element has its own place: without one they are no longer any."""
    match node:
        case ast.Assign(targets=[ast.Tuple()]):
            return [node.value]
        case ast.Dict():
            return node.values
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp():
            return [node.elt]
    return []


class _Bare(ast.NodeTransformer):
    """Without what a rule does not do by itself: annotations, and decorators such as `property`."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list, node.returns = [], None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        assert node.value is not None
        return ast.copy_location(ast.Assign([node.target], node.value), node)


class _Swap(ast.NodeTransformer):
    def __init__(self, target: ast.AST, instead: Any) -> None:
        self._target, self._instead = target, instead

    def visit(self, node: ast.AST) -> Any:
        return self._instead if node is self._target else self.generic_visit(node)


def _weakened(node: ast.AST) -> list[tuple[str, Any]]:
    """What may stand in the node's place, each with a name for what is lost."""
    match node:
        case ast.If():
            return [(f"if {ast.unparse(node.test)}", node.orelse or [ast.Pass()])]
        case ast.BoolOp():
            return [
                (f"{ast.unparse(lost)} in {ast.unparse(node)}", _joined(node, lost))
                for lost in node.values
            ]
        case ast.IfExp():
            return [
                (f"a branch of {ast.unparse(node)}", node.body),
                (f"the other branch of {ast.unparse(node)}", node.orelse),
            ]
        case ast.UnaryOp(op=ast.Not()):
            return [(f"the not of {ast.unparse(node)}", node.operand)]
        case ast.BinOp(op=ast.Sub()):
            return [(f"the subtrahend of {ast.unparse(node)}", node.left)]
        case ast.BinOp(op=ast.Add() | ast.BitOr()):
            return [(f"what is added last in {ast.unparse(node)}", node.left)]
        case ast.Call(func=ast.Name(id="min"), args=[one, other], keywords=[]):
            return [
                (f"{ast.unparse(one)} in {ast.unparse(node)}", other),
                (f"{ast.unparse(other)} in {ast.unparse(node)}", one),
            ]
        case ast.comprehension(ifs=[_, *_]):
            lost = " and ".join(ast.unparse(test) for test in node.ifs)
            return [(f"if {lost}", ast.comprehension(node.target, node.iter, [], node.is_async))]
        case ast.Compare():
            return _weaker_comparisons(node)
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()):
            return [
                (
                    f"{ast.unparse(lost)}, number {number} of {ast.unparse(node)}",
                    type(node)([one for one in node.elts if one is not lost], ast.Load()),
                )
                for number, lost in enumerate(node.elts, 1)
            ]
        case ast.Dict():
            entries = list(zip(node.keys, node.values, strict=True))
            return [
                (f"the entry {ast.unparse(lost[0] or lost[1])}", _dict(entries, lost))
                for lost in entries
            ]
    return []


def _dict(entries: list[tuple[ast.expr | None, ast.expr]], lost: Any) -> ast.Dict:
    left = [entry for entry in entries if entry is not lost]
    return ast.Dict([key for key, _ in left], [value for _, value in left])


def _joined(node: ast.BoolOp, lost: ast.expr) -> ast.expr:
    left = [value for value in node.values if value is not lost]
    return left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _weaker_comparisons(node: ast.Compare) -> list[tuple[str, Any]]:
    text = ast.unparse(node)
    found: list[tuple[str, Any]] = []
    for index, op in enumerate(node.ops):
        if type(op) in _LOOSENED:
            ops = [*node.ops]
            ops[index] = _LOOSENED[type(op)]()
            moved = ast.Compare(node.left, ops, node.comparators)
            found.append((f"boundary {index + 1} of {text}", moved))
    if len(node.ops) == 2:
        middle = node.comparators[0]
        first = ast.Compare(node.left, node.ops[:1], [middle])
        second = ast.Compare(middle, node.ops[1:], node.comparators[1:])
        found += [(f"the end of {text}", first), (f"the start of {text}", second)]
    return found
