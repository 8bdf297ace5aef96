"""A field that is added to an item and to the requests that set it reaches the tables, the
responses, the trail and the OpenAPI document.

The field `room` is added to a copy of the code: the lines that an engineer would add.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import app
from chalicelib.domain.onboarding.requests import RequestedRole
from chalicelib.domain.requests.requests import AccessRequest, RequestFields
from chalicelib.entrypoints.http.routes import ROUTES, inputs_of
from tests.adapters.dynamodb.test_round_trips import KINDS
from tests.entrypoints.added_fields import SETS

ROOT = Path(__file__).parent.parent.parent
ACTIONS = {
    "ApproveRequest",
    "DenyRequest",
    "NoFields",
    "OverrideRole",
    "ReasonBody",
    "RenewEngagement",
    "ReviewGrant",
    "RevokeClient",
    "StopNames",
    "VendSession",
}
"""Requests for an action. Their fields say how to act. They are not an item's."""
WITHOUT_REQUESTS = {
    "AccessLink",
    "ApprovedGrant",
    "ApproverLink",
    "CutOffProof",
    "RoleCutOffs",
    "WebLink",
    "WebSession",
}
"""Recorded items whose fields Daypass sets alone."""


def bodies() -> dict[str, type[Any]]:
    assert app.app.routes
    return {f"{route.method} {route.path}": inputs_of(route.view).body for route in ROUTES}


def test_every_request_and_every_recorded_item_has_a_row() -> None:
    in_table = {bodies()[route].__name__ for route in SETS}
    assert {kind.__name__ for kind in bodies().values()} - in_table == ACTIONS
    items = {kind for kinds in SETS.values() for kind in kinds}
    assert {kind.__name__ for kind in set(KINDS) - items if kind.TARGET} == WITHOUT_REQUESTS


def test_an_added_field_reaches_everything(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "chalicelib", tmp_path / "chalicelib")
    shutil.copy(ROOT / "app.py", tmp_path)
    items = {kind for kinds in SETS.values() for kind in kinds} - {AccessRequest} | {RequestFields}
    for kind in items | {bodies()[route] for route in SETS} | {RequestedRole}:
        _declare_room(tmp_path / Path(inspect.getfile(kind)).relative_to(ROOT), kind.__name__)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.entrypoints.added_fields"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    gaps = json.loads(ran.stdout.splitlines()[-1])  # the lines before it are the log
    assert {route: missing for route, missing in gaps.items() if missing} == {}


def _declare_room(file: Path, name: str) -> None:
    """Declare the field at the end of the class."""
    source = file.read_text(encoding="utf-8")
    (declared,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and node.name == name
    )
    assert declared.end_lineno is not None
    lines = source.splitlines()
    lines.insert(declared.end_lineno, "    room: str | None = None")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
