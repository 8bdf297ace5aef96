"""A day with Daypass, over HTTP: secrets are where they are handed over, and nowhere else."""

from dataclasses import dataclass, field

from chalicelib.domain.people.tokens import Token
from chalicelib.entrypoints.vending.formats import SessionFormat
from tests.builders import a_scene, token_text_of
from tests.entrypoints.driver import NO_BODY, Api, Response, served
from tests.fakes import FakeRole
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN

KEYS = (CANARY_SECRET_KEY, CANARY_SESSION_TOKEN)
INITECH = "/v1/engagements/initech"
ARN = "arn:aws:iam::765432109876:role/Deploy"
WHY = {"reason": "the day is over"}


@dataclass(slots=True)
class Day:
    """The requests and responses of a scenario, and every token and code that they showed."""

    api: Api
    answers: list[tuple[str, Response]] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)

    @property
    def secrets(self):
        return (*self.tokens.values(), *self.codes.values(), *self.former.values())

    def ask(self, route, member, body=NO_BODY):
        method, _, path = route.partition(" ")
        bearer = {"Authorization": f"Bearer {self.tokens[member]}"} if member else {}
        answer = self.api.send(method, path, body=body, headers=bearer)
        self.answers.append((route, answer))
        return answer

    def done(self, route, member, body=NO_BODY):
        answer = self.ask(route, member, body)
        assert answer.status < 300, answer.text
        return answer.json

    def refused(self, route, member, body=NO_BODY):
        answer = self.ask(route, member, body)
        assert answer.status >= 400, answer.text
        return answer.reason


def a_day(api):
    """Set-up, work, mishaps and the end of an engagement."""
    day = Day(api, tokens={"lena": token_text_of("lena"), "ada": token_text_of("ada")})
    _set_up(day)
    _work(day)
    _mishaps(day)
    _end(day)
    return day


def _set_up(day):
    for member in ("nina", "otto"):
        body = {"id": member, "name": member.title(), "kind": "member"}
        made = day.done("POST /v1/members", "lena", body)
        day.codes[member] = made["enrolment"]["code"]
        code = {"code": day.codes[member], "label": "laptop"}
        day.tokens[member] = day.done("POST /v1/enrol", "", code)["token"]
        assert day.refused("POST /v1/enrol", "", code) == "enrolment-refused"
    day.former["otto"] = day.tokens["otto"]
    day.tokens["otto"] = day.done("POST /v1/me/tokens/rotate", "otto")["token"]
    made = day.done("POST /v1/members/otto/enrolment", "lena")
    day.codes["otto again"] = made["code"]
    day.done("GET /v1/members/otto/enrolment", "lena")
    day.done("POST /v1/members/otto/enrolment/revoke", "lena", WHY)
    engagement = {
        "id": "initech",
        "client": "Initech",
        "account_id": "765432109876",
        "ends_at": "2027-01-31T18:00:00Z",
    }
    made = day.done("POST /v1/engagements", "lena", engagement)
    day.api.world.roles[ARN] = FakeRole(made["external_id"])
    day.done(f"POST {INITECH}/roles", "lena", {"name": "deploy", "arn": ARN})
    assert day.done(f"POST {INITECH}/roles/deploy/verify", "lena")["verification"]["passed"]
    day.done(f"POST {INITECH}/grants", "lena", {"member": "nina", "roles": ["deploy"]})


def _work(day):
    for form in SessionFormat:
        body = {"role": "deploy", "format": form.value, "reason": "ticket 7"}
        assert day.ask(f"POST {INITECH}/sessions", "nina", body).status == 201
    day.done("GET /v1/me", "nina")
    day.done("GET /v1/access", "nina")
    assert len(day.done("GET /v1/me/sessions", "nina")["sessions"]) == len(SessionFormat)
    assert len(day.done("GET /v1/sessions", "lena")["sessions"]) == len(SessionFormat)
    for path in ("members", "members/nina", "members/nina/tokens", "engagements", "trail"):
        day.done(f"GET /v1/{path}", "lena")
    for path in ("", "/roles", "/roles/deploy", "/grants", "/grants/nina"):
        day.done(f"GET {INITECH}{path}", "lena")
    assert day.done("GET /v1/trail", "ada")["entries"]


def _mishaps(day):
    body = {"role": "deploy"}
    assert day.refused(f"POST {INITECH}/sessions", "otto", body) == "not-a-member"
    # A token in the wrong place: it is not repeated.
    token = day.tokens["nina"]
    assert day.refused(f"POST {INITECH}/sessions", "nina", {token: token}) == "unknown-field"
    assert day.refused(f"POST {INITECH}/sessions", "nina", {"role": token}) == "bad-value"
    assert day.refused(f"GET /v1/members/{token}", "lena") == "bad-value"

    def broken(step):
        if step == "put_outcome issued":  # AWS has issued, and then something goes wrong
            raise RuntimeError(f"{KEYS} {token}")

    day.api.world.before = broken
    assert day.refused(f"POST {INITECH}/sessions", "nina", body) == "internal-error"
    day.api.world.before = None


def _end(day):
    (token,) = day.api.world.find(Token, where=lambda t: t.member == "nina")
    path = f"/v1/members/nina/tokens/{token.id}"
    day.done(f"PATCH /v1/me/tokens/{token.id}", "nina", {"label": "old laptop"})
    assert day.done(f"GET {path}", "lena")["label"] == "old laptop"
    assert len(day.done("GET /v1/me/tokens", "nina")["tokens"]) == 1
    day.done(f"POST {INITECH}/roles/deploy/revoke", "lena", WHY)
    day.done(f"POST {INITECH}/grants/nina/revoke", "lena", WHY)
    day.done(f"POST {INITECH}/close", "lena", WHY)
    day.done(f"POST {path}/revoke", "lena", WHY)
    assert day.refused("GET /v1/me", "nina") == "token-revoked"
    day.done("POST /v1/members/nina/revoke", "lena", WHY)
    day.done("GET /v1/trail", "ada")


def test_secrets_are_where_they_are_handed_over_and_nowhere_else(output):
    with served(a_scene()) as api:
        day = a_day(api)
    assert len(output.requests()) == len(day.answers)
    kept = repr(api.world.entries) + repr(api.world.items)
    assert "initech" in kept
    headers = repr([answer.headers for _, answer in day.answers])
    for secret in (*KEYS, *day.secrets):
        assert secret not in output.text + kept + headers
    for token in day.secrets:
        assert token.rpartition("_")[2][:22] not in kept  # half a token is half a secret
    assert _shown(day, *KEYS) == [f"POST {INITECH}/sessions"] * len(SessionFormat)
    assert _shown(day, day.tokens["nina"]) == _shown(day, day.former["otto"]) == ["POST /v1/enrol"]
    assert _shown(day, day.tokens["otto"]) == ["POST /v1/me/tokens/rotate"]
    assert not _shown(day, day.tokens["lena"])
    assert _shown(day, day.codes["nina"]) == _shown(day, day.codes["otto"]) == ["POST /v1/members"]
    assert _shown(day, day.codes["otto again"]) == ["POST /v1/members/otto/enrolment"]


def _shown(day, *secrets):
    """Return the routes whose answers have one of these secrets. Only a success shows one."""
    shown = [(route, a.status) for route, a in day.answers if any(s in a.text for s in secrets)]
    assert all(status < 300 for _, status in shown)
    return [route for route, _ in shown]
