"""The mutation tester finds what is wrong with a file, and its lists name what there is."""

from __future__ import annotations

import ast

import pytest

from tests.mutants.mutations import mutants
from tests.mutants.targets import ROOT, TARGETS, excused

SOURCE = '''
def allowed(age, *, limit=18):
    """Whether somebody is old enough."""
    if age >= limit and known(age, strictly=True):
        return {"age": age, "limit": limit}
    raise ValueError("no")
'''


def test_each_small_change_is_made_once_and_by_itself() -> None:
    made = {one.name: one.source for one in mutants(SOURCE)}
    assert "allowed: turned: age >= limit" in made
    assert "age > limit" in made["allowed: turned: age >= limit"]
    assert "allowed: without strictly= in known()" in made
    assert "allowed: without 'age' in a dict" in made
    assert "raise" not in made["allowed: no raise: raise ValueError('no')"]
    original = ast.unparse(ast.parse(SOURCE))
    assert all(source != original for source in made.values())
    assert len(set(made.values())) == len(made)


@pytest.mark.parametrize("path", TARGETS)
def test_every_target_and_its_tests_are_there_and_each_change_can_be_read(path: str) -> None:
    source = (ROOT / "chalicelib" / path).read_text(encoding="utf-8")
    for name in TARGETS[path]:
        assert (ROOT / name).exists()
    for one in mutants(source):
        ast.parse(one.source)


def test_every_excused_survivor_is_a_mutant_and_has_a_reason() -> None:
    known = {
        f"{path} {one.name}"
        for path in {name.partition(" ")[0] for name in excused()}
        for one in mutants((ROOT / "chalicelib" / path).read_text(encoding="utf-8"))
    }
    for name, reason in excused().items():
        assert name in known
        assert len(reason) > 10
