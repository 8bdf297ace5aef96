"""All rules that a table tests, from the tables.

Each `*_table.py` lists its rules, each with its table and the least number of clauses: without that
number, a test that finds no clause would prove nothing. A fourth value is the name of a function
that the rule calls, whose clauses are meant instead of the rule's own.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

Rule = Callable[..., Any]
FOLDER = Path(__file__).parent
MODULES = [
    import_module(".".join((__package__, *path.relative_to(FOLDER).with_suffix("").parts)))
    for path in sorted(FOLDER.rglob("*_table.py"))
]
RULES = [rule for module in MODULES for rule in getattr(module, "RULES", ())]
