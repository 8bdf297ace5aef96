"""Import a profile of ~/.aws/config over HTTP. A secret in it appears nowhere."""

from tests.domain.onboarding.profile_table import ACME, ROLE, SECRETS, WHOLE_FILE
from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.http.contract import refused
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BODIES
from tests.rows import every

IMPORT = "POST /v1/imports"
ENGAGEMENT = "/v1/engagements/umbrella"


def bad(api, config, **changes):
    answer = refused(api, IMPORT, body=BODIES[IMPORT] | {"config": config} | changes)
    assert answer.status == 400
    return answer


def test_imports_and_refusals_are_as_the_file_says(api):
    calls, body, path = Calls(api), BODIES[IMPORT], "POST /v1/imports"
    for name in ("id", "client", "ends_at", "config", "role"):
        calls.send("lena", path, {key: value for key, value in body.items() if key != name})
    calls.send("lena", path, body | {"config": "[profile umbrella]\n" + ROLE})
    calls.send("lena", path, body | {"config": WHOLE_FILE})
    remarked = body | {"config": body["config"] + "mfa_serial = x\nduration_seconds = 43200\n"}
    calls.send("lena", path, remarked)
    calls.send("lena", path, body | {"id": "umbrella-2"})
    calls.send("lena", path, body | {"id": "glo", "config": WHOLE_FILE, "profile": "globex"})
    calls.hold("imports-and-refusals")


@every("case", SECRETS, api=fresh_api)
def test_a_secret_in_the_text_appears_nowhere(api, output, case):
    output.clear()
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


def test_a_secret_in_another_field_is_not_repeated_either(api, output):
    _, secret = SECRETS["a secret key"]
    for name in ("profile", "id", "role", "starts_at"):
        answer = refused(api, IMPORT, body=BODIES[IMPORT] | {name: secret})
        assert answer.json["field"] == name
        assert secret not in answer.text
    output.lines()
    assert secret not in output.text


def test_a_bug_while_reading_a_profile_does_not_log_it(api, output, monkeypatch):
    def broken(text, _name):
        raise RuntimeError(text)

    monkeypatch.setattr("chalicelib.usecases.onboarding.open_engagement.read_profile", broken)
    line, secret = SECRETS["a secret key"]
    answer = ask(api, IMPORT, "lead", body=BODIES[IMPORT] | {"config": line})
    assert answer.reason == "internal-error"
    assert [line for line in output.lines() if line["message"] == "bug"]
    assert secret not in output.text + answer.text
