"""The command runs on Python 3.9 with nothing but the standard library."""

import ast
import sys
from functools import cache

from tests.rows import every
from tests.running import ROOT

FILES = sorted((ROOT / "cli" / "daypass").rglob("*.py"))
OPTIONAL = {"keyring": "logins.py", "mcp": ""}
"""Packages of the extras, each with the only file that may import it; empty: any."""
NEWER = {
    "datetime": {"UTC"},
    "itertools": {"pairwise", "batched"},
    "enum": {"StrEnum", "verify", "member"},
    "typing": {"Self", "TypeAlias", "ParamSpec", "assert_never", "Never", "override", "TypeGuard",
               "LiteralString", "NotRequired", "Required", "Unpack", "dataclass_transform"},
    "types": {"NoneType", "EllipsisType", "UnionType"},
    "contextlib": {"aclosing", "chdir"},
    "hashlib": {"file_digest"},
    "asyncio": {"TaskGroup", "timeout", "Runner"},
    "inspect": {"get_annotations"},
}  # fmt: skip
"""Names that the standard library has had only since 3.10 or later."""
NEWER_MODULES = {"tomllib", "wsgiref.types", "compression"}
NEWER_ATTRIBUTES = {"pairwise", "batched", "bit_count", "removeprefix_", "add_note", "file_digest"}
NEWER_ARGUMENTS = {"zip": {"strict"}, "dataclass": {"slots", "kw_only"}, "bisect": {"key"}}


@cache
def tree(path):
    return ast.parse(path.read_text(), feature_version=(3, 9))


def imports(path):
    """Yield each imported module, and the name that is imported from it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # The broker has this file, too, in a package of another name.
            assert node.level == 0 or path.name == "reconciling.py", "imports are absolute"
            if node.level:
                continue
            yield from ((node.module or "", alias.name) for alias in node.names)


@every("path", FILES)
def test_the_grammar_is_that_of_3_9(path):
    """Structural pattern matching, for example, is not: `tree` refuses it."""
    module = tree(path)
    first = module.body[1:2] if ast.get_docstring(module) else module.body[:1]
    if len(module.body) > 2:
        assert isinstance(first[0], ast.ImportFrom)
        assert first[0].module == "__future__", "annotations would be evaluated"


@every("path", FILES)
def test_it_imports_the_standard_library_alone(path):
    for module, _ in imports(path):
        package = module.split(".")[0]
        if package in OPTIONAL:
            assert OPTIONAL[package] in ("", path.name), module
        else:
            assert package == "daypass" or package in sys.stdlib_module_names, module


@every("path", FILES)
def test_it_uses_no_newer_name(path):
    for module, name in imports(path):
        assert module not in NEWER_MODULES
        assert name not in NEWER.get(module, ()), f"{module}.{name}"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            assert node.attr not in NEWER_ATTRIBUTES, node.lineno
            assert node.attr not in NEWER.get(owner, ()), node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            names = {keyword.arg for keyword in node.keywords}
            assert not names & NEWER_ARGUMENTS.get(node.func.id, set()), node.lineno
            assert not (node.func.id == "isinstance" and _is_union(node.args[-1])), node.lineno


def _is_union(node):
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr)


@every("path", FILES)
def test_unions_are_in_annotations_alone(path):
    """`int | None` works in an annotation, which is not evaluated, and nowhere else on 3.9."""
    module = tree(path)
    annotations = []
    for node in ast.walk(module):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            annotations.append(node.returns)
        elif isinstance(node, (ast.arg, ast.AnnAssign)):
            annotations.append(node.annotation)
    in_annotations = {child for node in annotations if node for child in ast.walk(node)}
    for node in ast.walk(module):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            names = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
            types = names & {"int", "str", "bytes", "float", "dict", "list", "tuple", "Callable"}
            has_none = any(isinstance(c, ast.Constant) and c.value is None for c in ast.walk(node))
            assert node in in_annotations or not (types or has_none), node.lineno
