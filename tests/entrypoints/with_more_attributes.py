"""Print what becomes of `cost_centre` of an engagement and `is_watched` of a role, as JSON.

To be run on a copy of the code whose declarations have them: see `test_a_new_attribute.py`.
"""

from __future__ import annotations

import json
from typing import Any

from chalicelib.adapters.dynamodb.items import build_body, parse_body
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from local.documents.openapi import build_document
from tests.builders import a_scene
from tests.entrypoints.driver import Api, served

DATES = {"ends_at": "2026-12-31T18:00:00Z"}
PROFILE = (
    "[profile umbrella]\n"
    "role_arn = arn:aws:iam::765432109876:role/Consultants\n"
    "external_id = umbrella-7f3a91c4\n"
)
OPEN = {
    "id": "initech",
    "client": "Initech",
    "account_id": "876543210987",
    "cost_centre": "A",
    "roles": [{"name": "readonly", "is_watched": True}],
}
IMPORT = {
    "id": "umbrella",
    "client": "Umbrella",
    "cost_centre": "B",
    "config": PROFILE,
    "role": "readonly",
}


def ask(api: Api, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the response, with the details of the trail's entry."""
    answer = api.send(method, path, "lena", body)
    assert answer.status < 300, answer.text
    entry = api.world.entries[-1]
    return {"answer": answer.json, "details": dict(entry.details)}


def stored(api: Api, kind: type[Engagement | Role]) -> list[Any]:
    items = api.world.find(kind, where=lambda _: True)
    assert all(
        parse_body(kind, build_body(item) | {"version": item.version}) == item for item in items
    )
    return [build_body(item) for item in items]


def main() -> None:
    with served(a_scene()) as api:
        fields = {
            "open": ask(api, "POST", "/v1/engagements", OPEN | DATES),
            "import": ask(api, "POST", "/v1/imports", IMPORT | DATES),
            "change": ask(api, "PATCH", "/v1/engagements/initech", {"cost_centre": "C"}),
            "create role": ask(
                api,
                "POST",
                "/v1/engagements/umbrella/roles",
                {
                    "name": "deploy",
                    "arn": "arn:aws:iam::765432109876:role/Deploy",
                    "is_watched": True,
                },
            ),
            "change role": ask(
                api, "PATCH", "/v1/engagements/umbrella/roles/deploy", {"is_watched": False}
            ),
            "engagement": api.get("/v1/engagements/initech", "lena").json,
            "role": api.get("/v1/engagements/initech/roles/readonly", "lena").json,
            "stored engagements": stored(api, Engagement),
            "stored roles": stored(api, Role),
            "documented": build_document(),
        }
    print(json.dumps(fields))


if __name__ == "__main__":
    main()
