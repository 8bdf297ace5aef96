"""Import a profile of ~/.aws/config over HTTP. A secret in it appears nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement, UsedExternalId
from chalicelib.domain.trail import Outcome
from tests.domain.onboarding.profile_table import ACME, ID, ROLE, SECRETS, WHOLE_FILE
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.http.contract import check, refused
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BODIES
from tests.fakes import FakeRole

IMPORT = "POST /v1/imports"
ARN = "arn:aws:iam::765432109876:role/Consultants"
ENGAGEMENT = "/v1/engagements/umbrella"
WHY = {"reason": "it was never ours"}
CHECK = f"{ENGAGEMENT}/roles/readonly/verify"


def bad(api: Api, config: str, **changes: Any) -> Response:
    answer = refused(api, IMPORT, body=BODIES[IMPORT] | {"config": config} | changes)
    assert answer.status == 400
    return answer


def test_the_response_has_the_engagement_the_role_and_the_remarks(api: Api) -> None:
    config = BODIES[IMPORT]["config"] + "mfa_serial = x\nduration_seconds = 43200\n"
    answer = ask(api, IMPORT, "lead", body=BODIES[IMPORT] | {"config": config})

    check(IMPORT, answer)
    engagement, role, remarks = (answer.json[part] for part in ("engagement", "role", "remarks"))
    assert (engagement["account_id"], engagement["external_id"]) == (
        "765432109876",
        "umbrella-7f3a91c4",
    )
    assert engagement["external_id_imported"] is True
    assert (role["arn"], role["max_session"], role["verification"]) == (ARN, 3600, None)
    assert [remark.split()[0] for remark in remarks] == [
        "Daypass",
        "Daypass",
        "The",
        "duration_seconds",
    ]
    assert api.get(ENGAGEMENT, "lena").json == engagement | {"state": "invited", "paused_at": None}
    assert api.get(f"{ENGAGEMENT}/roles/readonly", "lena").json == role


@pytest.mark.parametrize("name", ["id", "client", "ends_at", "config", "role"])
def test_a_field_that_is_missing_is_named(api: Api, name: str) -> None:
    body = {key: value for key, value in BODIES[IMPORT].items() if key != name}
    answer = refused(api, IMPORT, body=body)
    assert (answer.reason, answer.json["field"]) == ("missing-field", name)


def test_a_refusal_names_the_profile_and_the_line_and_the_field(api: Api) -> None:
    answer = bad(api, "[profile umbrella]\n" + ROLE)
    assert answer.reason == "bad-value"
    assert answer.json["field"] == "config"
    assert answer.json["detail"].startswith('Profile "umbrella" (line 1) has no external_id.')


def test_a_whole_file_is_accepted_with_a_profiles_name(api: Api) -> None:
    answer = bad(api, WHOLE_FILE)
    assert answer.json["field"] == "profile"
    assert "umbrella" not in answer.json["detail"]
    body = BODIES[IMPORT] | {"config": WHOLE_FILE, "profile": "globex"}
    assert ask(api, IMPORT, "lead", body=body).json["engagement"]["external_id"] == "globex/2"


def test_a_file_of_more_than_16_kb_is_refused(api: Api) -> None:
    config = BODIES[IMPORT]["config"]
    full = config + "#" * (16_384 - len(config))
    assert bad(api, full + "#").json["field"] == "config"
    assert ask(api, IMPORT, "lead", body=BODIES[IMPORT] | {"config": full}).status == 201


def test_an_external_id_in_use_is_a_conflict(api: Api) -> None:
    assert ask(api, IMPORT, "lead").status == 201
    other = ask(api, IMPORT, "lead", body=BODIES[IMPORT] | {"id": "umbrella-2"})
    check(IMPORT, other)
    assert (other.status, other.reason) == (409, "external-id-taken")
    assert other.json["field"] == "config"
    assert len(api.world.find(UsedExternalId, where=lambda _: True)) == 1


@pytest.mark.parametrize("case", SECRETS)
def test_a_secret_in_the_text_appears_nowhere(api: Api, output: Output, case: str) -> None:
    line, secret = SECRETS[case]
    answers = [
        bad(api, f"{ACME}{line}\n"),
        bad(api, f"{line}\n{ACME}", profile="acme"),
        bad(api, f"[profile umbrella]\n{line}"),
        # Callers without the right to import get no details, and no one else sees their text.
        ask(api, IMPORT, "member", body=BODIES[IMPORT] | {"config": f"{ACME}{line}\n"}),
        ask(api, IMPORT, "nobody", body=BODIES[IMPORT] | {"config": f"{ACME}{line}\n"}),
    ]

    assert len(output.requests()) == len(answers)
    assert secret not in output.text
    assert not [answer for answer in answers if secret in answer.text + repr(answer.headers)]
    assert secret not in repr(api.world.entries) + repr(api.world.items)
    assert [answer.status for answer in answers] == [400, 400, 400, 403, 401]


def test_a_secret_in_another_field_is_not_repeated_either(api: Api, output: Output) -> None:
    _, secret = SECRETS["a secret key"]
    for name in ("profile", "id", "role", "starts_at"):
        answer = refused(api, IMPORT, body=BODIES[IMPORT] | {name: secret})
        assert answer.json["field"] == name
        assert secret not in answer.text
    output.lines()
    assert secret not in output.text


def test_a_bug_while_reading_a_profile_does_not_log_it(
    api: Api, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str, _name: str | None) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr("chalicelib.usecases.onboarding.import_profile.read_profile", broken)
    line, secret = SECRETS["a secret key"]
    answer = ask(api, IMPORT, "lead", body=BODIES[IMPORT] | {"config": line})
    assert answer.reason == "internal-error"
    assert [line for line in output.lines() if line["message"] == "bug"]
    assert secret not in output.text + answer.text


def test_an_imported_external_id_is_rotated_without_losing_access(api: Api) -> None:
    """Import, check and rotate: the member keeps the access."""
    ask(api, IMPORT, "lead")
    api.post(f"{ENGAGEMENT}/grants", "lena", {"member": "alice", "roles": ["readonly"]})
    assert vend(api).reason == "role-unverified"

    first = api.post(CHECK, "lena").json
    assert first["report"]["grade"] == "F"
    assert first["report"]["causes"]

    imported_id = "umbrella-7f3a91c4"
    api.world.roles[ARN] = role = FakeRole(imported_id)
    second = api.post(CHECK, "lena").json
    assert (second["report"]["grade"], second["report"]["passed"]) == ("B", True)
    assert "imported" in second["report"]["remarks"][0]
    assert vend(api).status == 201

    new_id = api.post(f"{ENGAGEMENT}/rotate", "lena", WHY).json["next_external_id"]
    assert new_id.startswith("daypass-")
    assert vend(api).status == 201
    role.second_external_id = new_id
    third = api.post(CHECK, "lena").json
    assert third["report"]["remarks"] == []
    engagement = api.get(ENGAGEMENT, "lena").json
    assert (engagement["external_id"], engagement["previous_external_id"]) == (new_id, imported_id)
    assert engagement["external_id_imported"] is False
    assert vend(api).status == 201

    api.world.roles[ARN] = FakeRole(new_id)
    api.post(CHECK, "lena")
    assert api.post(CHECK, "lena").json["report"]["grade"] == "A"
    assert api.get(ENGAGEMENT, "lena").json["previous_external_id"] is None
    assert vend(api).status == 201
    sent = [terms.external_id for terms, _ in api.world.issued]
    assert sent == [imported_id, imported_id, new_id, new_id]
    done = [entry for entry in api.world.entries if entry.outcome is Outcome.DONE]
    actions = [f"{entry.action}" for entry in done if "external" in entry.action]
    assert actions == ["external-id.rotate", "external-id.promote", "external-id.retire"]


def vend(api: Api) -> Response:
    return api.post(f"{ENGAGEMENT}/sessions", "alice", {"role": "readonly"})


def test_only_an_import_accepts_an_external_id(api: Api) -> None:
    for route in ("PATCH /v1/engagements/{engagement}", "POST /v1/engagements"):
        body = BODIES[route] | {"config": "[profile acme]\n" + ROLE + ID}
        assert refused(api, route, body=body).reason == "unknown-field"
    assert not api.world.find(Engagement, where=lambda e: e.external_id_imported)
