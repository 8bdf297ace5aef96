"""The mutation tester makes the documented changes, and its lists name existing files and
mutants."""

import ast

from tests.mutants.mutations import mutants
from tests.mutants.targets import ROOT, TARGETS, excused
from tests.rows import every

SOURCE = '''
def allowed(age, *, limit=18):
    """Return whether someone is old enough."""
    if age >= limit and check(age, strictly=True):
        return {"age": age, "limit": limit}
    raise ValueError("no")
'''


def test_each_mutant_has_one_change():
    sources = {mutant.name: mutant.source for mutant in mutants(SOURCE)}
    assert "allowed: turned: age >= limit" in sources
    assert "age > limit" in sources["allowed: turned: age >= limit"]
    assert "allowed: without strictly= in check()" in sources
    assert "allowed: without 'age' in a dict" in sources
    assert "raise" not in sources["allowed: no raise: raise ValueError('no')"]
    original = ast.unparse(ast.parse(SOURCE))
    assert all(source != original for source in sources.values())
    assert len(set(sources.values())) == len(sources)


ODD = """
def odd(pages, *, client, filter=None):
    request: dict[str, int] = {"Limit": 2}
    with records():
        request["ConsistentRead"] = True
    try:
        pages += client.read(request, also=filter)
    except Lost:
        return Reason.LOST
    return sorted([page for page in pages[:7] if page.fits], key=first, reverse=False)
"""


@every(
    "name, text",
    [
        ("odd: one more: 2", "request: dict[str, int] = {'Limit': 3}"),
        ("odd: not with records()", "with __import__('contextlib').nullcontext():"),
        ("odd: not set: request['ConsistentRead'] = True", "    with records():\n        pass"),
        ("odd: not set: pages += client.read(request, also=filter)", "    try:\n        pass"),
        ("odd: none: also= in client.read()", "client.read(request, also=None)"),
        ("odd: not caught: Lost", "    except Lost:\n        raise\n"),
        ("odd: another: Reason.LOST", "next((m for m in Reason if m is not Reason.LOST))"),
        ("odd: no upper: [:7]", "for page in pages[:] if page.fits"),
        ("odd: all: page", "[page for page in pages[:7]], key"),
        ("odd: turned: False", "reverse=True"),
    ],
)
def test_the_mutants_include_each_kind_of_change(name, text):
    sources = {mutant.name: mutant.source for mutant in mutants(ODD)}
    assert text in sources[name]
    assert text not in ast.unparse(ast.parse(ODD))


@every("path", TARGETS)
def test_every_target_and_its_tests_exist(path):
    assert any(mutants((ROOT / "chalicelib" / path).read_text(encoding="utf-8")))
    for name in TARGETS[path]:
        assert (ROOT / name).exists()


def test_every_excused_survivor_is_a_mutant_and_has_a_reason():
    existing = {
        f"{path} {mutant.name}"
        for path in {name.partition(" ")[0] for name in excused()}
        for mutant in mutants((ROOT / "chalicelib" / path).read_text(encoding="utf-8"))
    }
    for name, reason in excused().items():
        assert name in existing
        assert len(reason) > 10
