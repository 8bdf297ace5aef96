"""What answers about a client's setup look like: links, forms, and what a check said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import Form, ReadyMade, RoleSetup
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Grade, Result
from chalicelib.entrypoints.http.schemas import (
    MAYBE_TEXT,
    MAYBE_TIME,
    NUMBER,
    TEXT,
    TIME,
    TRUTH,
    many,
    thing,
    words,
)
from chalicelib.entrypoints.http.shapes import Json, maybe
from chalicelib.usecases.onboarding.links import NewLink

if TYPE_CHECKING:
    from chalicelib.domain.onboarding.setup.forms.plain import File
    from chalicelib.usecases.onboarding.client_setup import ClientSetup
    from chalicelib.usecases.verification.report import Report

LINK = thing(
    "SetupLink",
    id=TEXT,
    engagement=TEXT,
    created_by=TEXT,
    created_at=TIME,
    expires_at=TIME,
    revoked_at=MAYBE_TIME,
    checked_at=MAYBE_TIME,
)
NEW_LINK = thing(
    "NewSetupLink",
    **LINK["properties"],
    url={
        "type": "string",
        "description": "To be sent to the client. Shown this once; Daypass keeps a SHA-256 of it.",
    },
)


def link(known: SetupLink) -> Json:
    return {
        "id": known.id,
        "engagement": known.engagement,
        "created_by": known.created_by,
        "created_at": rfc3339(known.created_at),
        "expires_at": rfc3339(known.expires_at),
        "revoked_at": maybe(known.revoked_at),
        "checked_at": maybe(known.checked_at),
    }


def new_link(made: NewLink, base_url: str) -> Json:
    """The link in the URL's path: a query would be kept in more places."""
    return {**link(made.link), "url": f"{base_url}/setup/{made.text}"}


FILE = thing("File", name=TEXT, purpose=TEXT, text=TEXT)
SETTING = thing("Setting", name=TEXT, value=TEXT)
WAY_OUT = thing("WayOut", title=TEXT, sentence=TEXT, commands=TEXT)
FIRM_SETUP = thing("FirmSetup", files=many(FILE))
CLIENT_SETUP = thing(
    "ClientSetup",
    form=words(Form),
    says=TEXT,
    warnings=many(TEXT),
    files=many(FILE),
    settings=many(SETTING),
    ways_out=many(WAY_OUT),
)


ROLE_SETUP = thing(
    "RoleSetup",
    permissions=words(ReadyMade),
    permissions_policy=MAYBE_TEXT,
    max_session_duration=NUMBER,
    boundary_arn=MAYBE_TEXT,
    makes_boundary=TRUTH,
)
LINE = thing("CheckLine", check=words(Check), result=words(Result), says=TEXT, fix=TEXT,
             commands=TEXT)  # fmt: skip
CAUSE = thing("LikelyCause", cause=words(Cause), says=TEXT, how_to_tell=TEXT, fix=TEXT,
              commands=TEXT)  # fmt: skip
REPORT = thing(
    "Report",
    grade=words(Grade),
    passed=TRUTH,
    checked_at=TIME,
    is_current=TRUTH,
    checks=many(LINE),
    remarks=many(TEXT),
    causes=many(CAUSE),
    causes_are_certain=TRUTH,
)


def role_setup(known: RoleSetup) -> Json:
    return {
        "permissions": known.permissions.value,
        "permissions_policy": known.own_policy,
        "max_session_duration": known.max_session_duration,
        "boundary_arn": known.boundary_arn,
        "makes_boundary": known.makes_boundary,
    }


def client_setup(setup: ClientSetup) -> Json:
    return {
        "form": setup.form.value,
        "says": setup.sentence,
        "warnings": list(setup.warnings),
        "files": [file(one) for one in setup.files],
        "settings": [{"name": one.name, "value": one.value} for one in setup.settings],
        "ways_out": [
            {"title": way.title, "sentence": way.sentence, "commands": way.commands}
            for way in setup.ways_out
        ],
    }


def report(found: Report) -> Json:
    return {
        "grade": found.grade.value,
        "passed": found.passed,
        "checked_at": rfc3339(found.checked_at),
        "is_current": found.is_current,
        "checks": [
            {
                "check": line.check.value,
                "result": line.result.value,
                "says": line.says,
                "fix": line.fix,
                "commands": line.commands,
            }
            for line in found.lines
        ],
        "remarks": list(found.remarks),
        "causes": [
            {
                "cause": one.cause.value,
                "says": one.says,
                "how_to_tell": one.how_to_tell,
                "fix": one.fix,
                "commands": one.commands,
            }
            for one in found.causes
        ],
        "causes_are_certain": found.is_certain,
    }


def file(known: File) -> Json:
    return {"name": known.name, "purpose": known.purpose, "text": known.text}
