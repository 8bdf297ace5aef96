"""A field that is added to an item and to the requests that set it reaches the tables, the
responses and the trail (http/test_declarations.py proves that the OpenAPI document has it).

The field `room` is added to a copy of the code: the lines that an engineer would add. Run as a
program in that copy, this file sends `room` to every route that sets an item's fields, and prints
as JSON where it is missing.
"""

import ast
import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import app
from chalicelib.adapters.dynamodb.keys import build_body, parse_body
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.requests import RequestedRole
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, RequestFields
from chalicelib.entrypoints.http.routes import ROUTES, inputs_of
from tests.adapters.dynamodb.test_round_trips import KINDS
from tests.builders import a_scene, a_token
from tests.entrypoints.driver import served
from tests.entrypoints.matrix import ask, served_by
from tests.entrypoints.valid import BIND, BODIES, EMERGENCY, ENROL, REQUEST

ROOT = Path(__file__).parent.parent.parent
ACTIONS = {
    "ApproveRequest",
    "BindJob",
    "DenyRequest",
    "NoFields",
    "OverrideRole",
    "ReasonBody",
    "RenewEngagement",
    "ReviewGrant",
    "RevokeClient",
    "Draft",
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


ROOM, ROLES_ROOM = "kitchen", "cellar"
OPEN, TOKEN = "POST /v1/engagements", "PATCH /v1/me/tokens/{token}"
SETS = {
    "POST /v1/members": {Member: ROOM},
    "PATCH /v1/members/{member}": {Member: ROOM},
    "POST /v1/members/{member}/enrolment": {Enrolment: ROOM},
    ENROL: {Token: ROOM},
    BIND: {Token: ROOM},
    "POST /v1/me/slack": {Token: ROOM},
    TOKEN: {Token: ROOM},
    OPEN: {Engagement: ROOM, Role: ROLES_ROOM, RoleSetup: ROLES_ROOM},
    "POST /v1/imports": {Engagement: ROOM},
    "PATCH /v1/engagements/{engagement}": {Engagement: ROOM},
    "POST /v1/engagements/{engagement}/roles": {Role: ROOM},
    "PATCH /v1/engagements/{engagement}/roles/{role}": {Role: ROOM},
    "PATCH /v1/engagements/{engagement}/roles/{role}/setup": {RoleSetup: ROOM},
    "POST /v1/engagements/{engagement}/links": {SetupLink: ROOM},
    "POST /v1/engagements/{engagement}/grants": {Grant: ROOM},
    "PATCH /v1/engagements/{engagement}/grants/{member}": {Grant: ROOM},
    "POST /v1/engagements/{engagement}/approvers": {ClientApprover: ROOM},
    REQUEST: {AccessRequest: ROOM},
    EMERGENCY: {AccessRequest: ROOM},
    "PATCH /v1/engagements/{engagement}/approval-policy": {ApprovalPolicy: ROOM},
    "PATCH /v1/engagements/{engagement}/roles/{role}/approval-policy": {ApprovalPolicy: ROOM},
}
"""Each route that sets an item's fields: the items that get `room`, and its value in each."""


def find_gaps(route, items):
    """Yield where `room` is missing after a request to the route that sent it."""
    body = BODIES[route] | {"room": ROOM}
    if "roles" in body and route == OPEN:
        body["roles"] = [role | {"room": ROLES_ROOM} for role in body["roles"]]
    with served(a_scene()) as api:
        before = len(api.world.entries)
        response = ask(api, route, served_by(route), body=body)
        yield from _list_gaps(response, api.world, before, items)


def find_rotated_gaps():
    """Yield where the `room` of a token is missing after the token was rotated."""
    with served(a_scene()) as api:
        token = a_token("alice").id
        api.patch(f"/v1/me/tokens/{token}", "alice", {"room": ROOM})
        response = api.post("/v1/me/tokens/rotate", "alice")
        if response.json.get("room") != ROOM:
            yield "the response"
        rotated = response.json.get("id")
        if not api.world.find(Token, where=lambda item: (item.id, item.room) == (rotated, ROOM)):
            yield "the stored Token"


def _list_gaps(response, world, before, items):
    """Yield where the items' `room` is missing: in the response, the tables and the trail."""
    if response.status >= 300:
        yield f"everything: {response.text}"
        return
    details = [pair for entry in world.entries[before:] for pair in entry.details.items()]
    recorded = {text for name, text in details if name.rpartition(".")[2] == "room"}
    shown = set(_list_rooms(response.json))
    for kind, room in items.items():
        stored = world.find(kind, where=lambda item, room=room: item.room == room)
        if not stored:
            yield f"the stored {kind.__name__}"
        for item in stored:
            if parse_body(kind, build_body(item) | {"version": item.version}) != item:
                yield f"the table's {kind.__name__}"
        if room not in recorded:
            yield f"the trail's {kind.__name__}"
        if room not in shown:
            yield f"the response's {kind.__name__}"


def _list_rooms(shown):
    """Yield the values of `room` anywhere in the response."""
    if isinstance(shown, dict):
        if isinstance(shown.get("room"), str):
            yield shown["room"]
        shown = list(shown.values())
    for each in shown if isinstance(shown, list) else ():
        yield from _list_rooms(each)


def bodies():
    assert app.app.routes
    return {f"{route.method} {route.path}": inputs_of(route.view).body for route in ROUTES}


def test_every_request_and_every_recorded_item_has_a_row():
    in_table = {bodies()[route].__name__ for route in SETS}
    assert {kind.__name__ for kind in bodies().values()} - in_table == ACTIONS
    items = {kind for kinds in SETS.values() for kind in kinds}
    assert {kind.__name__ for kind in set(KINDS) - items if kind.TARGET} == WITHOUT_REQUESTS


def test_an_added_field_reaches_everything(tmp_path):
    shutil.copytree(ROOT / "chalicelib", tmp_path / "chalicelib")
    shutil.copy(ROOT / "app.py", tmp_path)
    items = {kind for kinds in SETS.values() for kind in kinds} - {AccessRequest} | {RequestFields}
    for kind in items | {bodies()[route] for route in SETS} | {RequestedRole}:
        _declare_room(tmp_path / Path(inspect.getfile(kind)).relative_to(ROOT), kind.__name__)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.entrypoints.test_an_added_field"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    gaps = json.loads(ran.stdout.splitlines()[-1])  # the lines before it are the log
    assert {route: missing for route, missing in gaps.items() if missing} == {}


def _declare_room(file, name):
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


def main():
    gaps = {route: list(find_gaps(route, items)) for route, items in SETS.items()}
    gaps["POST /v1/me/tokens/rotate"] = list(find_rotated_gaps())
    print(json.dumps(gaps))


if __name__ == "__main__":
    main()
