"""Read docstrings of attributes, which Python itself does not keep, from the source."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from itertools import pairwise


@cache
def attribute_docs(kind: type) -> dict[str, str]:
    """Return the docstrings of a class's fields, properties and enum members, by their names."""
    docs: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.partition(".")[0] == "chalicelib":
            docs |= _docs_in(base)
    return docs


def first_paragraph(docstring: str) -> str:
    """Return a docstring's first paragraph on one line, in the words of JSON."""
    paragraph = " ".join(docstring.strip().partition("\n\n")[0].split())
    return re.sub(r"\bNone\b", "null", paragraph)


def _docs_in(kind: type) -> dict[str, str]:
    source = textwrap.dedent(inspect.getsource(kind))
    body = [
        statement
        for declaration in ast.parse(source).body
        if isinstance(declaration, ast.ClassDef)
        for statement in declaration.body
    ]
    return {name: first_paragraph(doc) for name, doc in _pairs(body)}


def _pairs(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef) and (doc := ast.get_docstring(statement)):
            yield statement.name, doc
    for statement, following in pairwise(body):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(name)) | ast.Assign(targets=[ast.Name(name)]),
                ast.Expr(ast.Constant(str(doc))),
            ):
                yield name, doc
