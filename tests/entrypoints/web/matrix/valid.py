"""A valid query for every page, and a valid form for every action of the web console."""

from __future__ import annotations

from typing import Any

from tests.entrypoints.matrix import PATH
from tests.entrypoints.valid import WHY
from tests.entrypoints.web.browser import Fields

PAGE_QUERIES: dict[str, dict[str, str]] = {
    "/web/stops/{scope}": {"member": "alice"},
}

MEMBER, ENGAGEMENT = {"member": PATH["member"]}, {"engagement": PATH["engagement"]}
ROLE = {**ENGAGEMENT, "role": PATH["role"]}

FORMS: dict[str, Fields] = {
    "revoke-session": {**MEMBER, "session": PATH["session"], **WHY},
    "revoke-token": {**MEMBER, "token": PATH["token"], **WHY},
    "revoke-grant": {**MEMBER, **ENGAGEMENT, **WHY},
    "revoke-request": {"request": PATH["request"], **WHY},
    "revoke-member": {**MEMBER, **WHY},
    "member-leaves": {**MEMBER, **WHY},
    "revoke-role": {**ROLE, **WHY},
    "revoke-engagement": {**ENGAGEMENT, **WHY},
    "close-engagement": {**ENGAGEMENT, **WHY},
    "revoke-client": {"client": "ACME", **WHY},
    "freeze": {**WHY},
    "thaw": {**WHY},
}

OTHER_BODIES: dict[str, dict[str, Any]] = {}
"""The body of the API's request for the same, by action, where it is not the one of
tests/entrypoints/valid.py."""
