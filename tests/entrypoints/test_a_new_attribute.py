"""An attribute that is added to a declaration, and to nothing else, reaches everything.

The attributes are added to a copy of the code: the lines that an engineer would add.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
DECLARED = ROOT / "chalicelib" / "domain" / "engagements"


def widened(source: str, like: str, name: str, default: str) -> str:
    """Declare `name` wherever `like` is: the thing itself, the request to make it and to change it.

    It takes what `like` takes.
    """
    line = re.compile(rf"^    {like}: (\w+)( \| None = None)?.*$", re.MULTILINE)
    assert len(line.findall(source)) == 3
    return line.sub(lambda m: f"{m[0]}\n    {name}: {m[1]}{m[2] or default}", source)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    copy = tmp_path_factory.mktemp("wider")
    shutil.copytree(ROOT / "chalicelib", copy / "chalicelib")
    shutil.copy(ROOT / "app.py", copy)
    for file, *attribute in (
        ("engagements.py", "client", "cost_centre", " | None = None"),
        ("roles.py", "allows_chaining", "is_watched", " = False"),
    ):
        source = (DECLARED / file).read_text(encoding="utf-8")
        into = copy / DECLARED.relative_to(ROOT) / file
        into.write_text(widened(source, *attribute), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "tests.entrypoints.with_more_attributes"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": f"{copy}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])  # the lines before it are the log


def test_created_and_changed_items_have_the_attribute_and_responses_show_it(seen: Any) -> None:
    assert [seen[name]["answer"]["cost_centre"] for name in ("open", "change")] == ["A", "C"]
    assert seen["open"]["answer"]["roles"][0]["is_watched"] is True
    imported = seen["import"]["answer"]
    assert imported["engagement"]["cost_centre"] == "B"
    assert imported["role"]["is_watched"] is False
    changes = [seen[name]["answer"]["is_watched"] for name in ("create role", "change role")]
    assert changes == [True, False]
    assert (seen["engagement"]["cost_centre"], seen["role"]["is_watched"]) == ("C", True)


def test_it_is_stored(seen: Any) -> None:
    centres = {item["id"]: item.get("cost_centre") for item in seen["stored engagements"]}
    assert (centres["initech"], centres["umbrella"]) == ("C", "B")
    watched = {
        (item["engagement"], item["name"]): item["is_watched"] for item in seen["stored roles"]
    }
    assert watched["initech", "readonly"] is True
    assert watched["umbrella", "readonly"] is watched["umbrella", "deploy"] is False


def test_the_trail_has_it(seen: Any) -> None:
    by_name = {
        name: {
            key: text
            for key, text in seen[name]["details"].items()
            if "centre" in key or "watched" in key
        }
        for name in ("open", "import", "change", "create role", "change role")
    }
    assert by_name == {
        "open": {"cost_centre": "A", "role.readonly.is_watched": "true"},
        "import": {"cost_centre": "B", "role.readonly.is_watched": "false"},
        "change": {"cost_centre": "C", "former_cost_centre": "A"},
        "create role": {"is_watched": "true"},
        "change role": {"is_watched": "false", "former_is_watched": "true"},
    }


@pytest.mark.parametrize(
    ("attribute", "things", "requests"),
    [
        (
            "cost_centre",
            ("Engagement",),
            (
                "POST /v1/engagements",
                "POST /v1/imports",
                "PATCH /v1/engagements/{engagement}",
            ),
        ),
        (
            "is_watched",
            ("Role", "RequestedRole"),
            (
                "POST /v1/engagements/{engagement}/roles",
                "PATCH /v1/engagements/{engagement}/roles/{role}",
            ),
        ),
    ],
)
def test_it_is_documented(
    seen: Any, attribute: str, things: tuple[str, ...], requests: tuple[str, ...]
) -> None:
    document = seen["documented"]
    for thing in things:
        assert attribute in document["components"]["schemas"][thing]["properties"], thing
    for request in requests:
        method, path = request.split()
        body = document["paths"][path][method.lower()]["requestBody"]
        assert attribute in body["content"]["application/json"]["schema"]["properties"], request
