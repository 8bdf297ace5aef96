"""A profile of ~/.aws/config becomes an engagement, over HTTP; a secret in it is seen nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement, ExternalIdTaken
from chalicelib.domain.trail import Outcome
from tests.domain.onboarding.profile_table import ACME, ID, ROLE, SECRETS, WHOLE_FILE
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Answer, Api
from tests.entrypoints.http.contract import check, refused
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BODIES
from tests.fakes import FakeRole

IMPORT = "POST /v1/imports"
ARN = "arn:aws:iam::765432109876:role/Consultants"
PLACE = "/v1/engagements/umbrella"
WHY = {"reason": "it was never ours"}
CHECK = f"{PLACE}/roles/readonly/verify"


def bad(api: Api, config: str, **changes: Any) -> Answer:
    answer = refused(api, IMPORT, body=BODIES[IMPORT] | {"config": config} | changes)
    assert answer.status == 400
    return answer


def test_the_answer_has_the_engagement_the_role_and_what_will_not_be_as_it_was(api: Api) -> None:
    config = BODIES[IMPORT]["config"] + "mfa_serial = x\nduration_seconds = 43200\n"
    answer = ask(api, IMPORT, "lead", body=BODIES[IMPORT] | {"config": config})

    check(IMPORT, answer)
    place, role, remarks = (answer.json[part] for part in ("engagement", "role", "remarks"))
    assert (place["account_id"], place["external_id"]) == ("765432109876", "umbrella-7f3a91c4")
    assert place["external_id_imported"] is True
    assert (role["arn"], role["max_session"], role["verification"]) == (ARN, 3600, None)
    assert [remark.split()[0] for remark in remarks] == [
        "Daypass",
        "What",
        "The",
        "duration_seconds",
    ]
    assert api.get(PLACE, "lena").json == place
    assert api.get(f"{PLACE}/roles/readonly", "lena").json == role


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


def test_a_whole_file_is_taken_if_it_is_said_which_profile(api: Api) -> None:
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


def test_what_is_taken_is_a_conflict(api: Api) -> None:
    assert ask(api, IMPORT, "lead").status == 201
    other = ask(api, IMPORT, "lead", body=BODIES[IMPORT] | {"id": "umbrella-2"})
    check(IMPORT, other)
    assert (other.status, other.reason) == (409, "external-id-taken")
    assert other.json["field"] == "config"
    assert len(api.world.find(ExternalIdTaken, where=lambda _: True)) == 1


@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_in_the_text_is_seen_nowhere(api: Api, output: Output, what: str) -> None:
    line, secret = SECRETS[what]
    answers = [
        bad(api, f"{ACME}{line}\n"),
        bad(api, f"{line}\n{ACME}", profile="acme"),
        bad(api, f"[profile umbrella]\n{line}"),
        # Whoever may not import is not told more, and neither is anybody else of what they sent.
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


def test_a_bug_while_a_profile_is_read_does_not_show_it(
    api: Api, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str, _name: str | None) -> None:
        raise RuntimeError(text)

    monkeypatch.setattr("chalicelib.usecases.onboarding.import_profile.read_profile", broken)
    line, secret = SECRETS["a secret key"]
    answer = ask(api, IMPORT, "lead", body=BODIES[IMPORT] | {"config": line})
    assert answer.reason == "internal-error"
    assert [found for found in output.lines() if found["message"] == "bug"]
    assert secret not in output.text + answer.text


def test_from_a_profile_to_an_external_id_of_our_own(api: Api) -> None:
    """Imported, checked, rotated: nobody is without access on the way."""
    ask(api, IMPORT, "lead")
    api.post(f"{PLACE}/grants", "lena", {"member": "alice", "roles": ["readonly"]})
    assert vend(api).reason == "role-unverified"

    first = api.post(CHECK, "lena").json
    assert first["report"]["grade"] == "F"
    assert first["report"]["causes"]

    taken = "umbrella-7f3a91c4"
    api.world.roles[ARN] = role = FakeRole(taken)
    second = api.post(CHECK, "lena").json
    assert (second["report"]["grade"], second["report"]["passed"]) == ("B", True)
    assert "chosen elsewhere" in second["report"]["remarks"][0]
    assert vend(api).status == 201

    ours = api.post(f"{PLACE}/rotate", "lena", WHY).json["next_external_id"]
    assert ours.startswith("daypass-")
    assert vend(api).status == 201
    role.also = ours
    third = api.post(CHECK, "lena").json
    assert third["report"]["remarks"] == []
    place = api.get(PLACE, "lena").json
    assert (place["external_id"], place["previous_external_id"]) == (ours, taken)
    assert place["external_id_imported"] is False
    assert vend(api).status == 201

    api.world.roles[ARN] = FakeRole(ours)
    api.post(CHECK, "lena")
    assert api.post(CHECK, "lena").json["report"]["grade"] == "A"
    assert api.get(PLACE, "lena").json["previous_external_id"] is None
    assert vend(api).status == 201
    sent = [terms.external_id for terms, _ in api.world.issued]
    assert sent == [taken, taken, ours, ours]
    done = [entry for entry in api.world.entries if entry.outcome is Outcome.DONE]
    told = [f"{entry.action}" for entry in done if "external" in entry.action]
    assert told == ["external-id.rotate", "external-id.promote", "external-id.retire"]


def vend(api: Api) -> Answer:
    return api.post(f"{PLACE}/sessions", "alice", {"role": "readonly"})


def test_an_engagement_that_is_there_takes_no_external_id_from_a_profile(api: Api) -> None:
    for route in ("PATCH /v1/engagements/{engagement}", "POST /v1/engagements"):
        body = BODIES[route] | {"config": "[profile acme]\n" + ROLE + ID}
        assert refused(api, route, body=body).reason == "unknown-field"
    found = api.world.find(Engagement, where=lambda e: e.external_id_imported)
    assert not found
