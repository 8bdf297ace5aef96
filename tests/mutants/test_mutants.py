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
    made = {mutant.name: mutant.source for mutant in mutants(SOURCE)}
    assert "allowed: turned: age >= limit" in made
    assert "age > limit" in made["allowed: turned: age >= limit"]
    assert "allowed: without strictly= in known()" in made
    assert "allowed: without 'age' in a dict" in made
    assert "raise" not in made["allowed: no raise: raise ValueError('no')"]
    original = ast.unparse(ast.parse(SOURCE))
    assert all(source != original for source in made.values())
    assert len(set(made.values())) == len(made)


ODD = """
def odd(found, *, client, wanted=None):
    request: dict[str, int] = {"Limit": 2}
    with records():
        request["ConsistentRead"] = True
    try:
        found += client.read(request, also=wanted)
    except Lost:
        return Reason.LOST
    return sorted([one for one in found[:7] if one.fits], key=first, reverse=False)
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("odd: one more: 2", "request: dict[str, int] = {'Limit': 3}"),
        ("odd: not with records()", "with __import__('contextlib').nullcontext():"),
        ("odd: not set: request['ConsistentRead'] = True", "    with records():\n        pass"),
        ("odd: not set: found += client.read(request, also=wanted)", "    try:\n        pass"),
        ("odd: none: also= in client.read()", "client.read(request, also=None)"),
        ("odd: not caught: Lost", "    except Lost:\n        raise\n"),
        ("odd: another: Reason.LOST", "next((one for one in Reason if one is not Reason.LOST))"),
        ("odd: no upper: [:7]", "for one in found[:] if one.fits"),
        ("odd: all: one", "[one for one in found[:7]], key"),
        ("odd: turned: False", "reverse=True"),
    ],
)
def test_each_of_these_is_among_them(name: str, text: str) -> None:
    made = {mutant.name: mutant.source for mutant in mutants(ODD)}
    assert text in made[name]
    assert text not in ast.unparse(ast.parse(ODD))


@pytest.mark.parametrize("path", TARGETS)
def test_every_target_and_its_tests_are_there(path: str) -> None:
    assert any(mutants((ROOT / "chalicelib" / path).read_text(encoding="utf-8")))
    for name in TARGETS[path]:
        assert (ROOT / name).exists()


def test_every_excused_survivor_is_a_mutant_and_has_a_reason() -> None:
    results = {
        f"{path} {mutant.name}"
        for path in {name.partition(" ")[0] for name in excused()}
        for mutant in mutants((ROOT / "chalicelib" / path).read_text(encoding="utf-8"))
    }
    for name, reason in excused().items():
        assert name in results
        assert len(reason) > 10
