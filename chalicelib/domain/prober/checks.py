"""The trials: what the prober asks for, as whom, and which answer is the right one.

It is an ordinary member, with a grant for one engagement that is there for this alone. Whatever it
asks for could be asked for by anybody: what is given to it would be given to others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.reasons import OF_AWS, Reason
from chalicelib.domain.values import Secret, Value

OWN = "prober"
"""The engagement that the prober is on."""
OTHER = "prober-other"
"""An engagement that there is, and that the prober is not on."""
UNKNOWN = "prober-unknown"
"""An engagement that there is not."""
UNPROVEN = "unproven"
"""A role of its own engagement that nobody has verified."""
CANARY = "canary"
"""A role of its own engagement that is verified, in the account that the operator has named."""

# A whole token is longer, and has a checksum.
MALFORMED = "daypass_prober_0"


class CheckCaller(StrEnum):
    """What the prober shows of itself with a request."""

    NOBODY = "nobody"
    MALFORMED = "malformed"
    """Something that begins as a token does, and is none."""
    DEAD = "dead"
    """Its former token, which was revoked when it got this one."""
    LIVE = "live"


class Tokens(Value, frozen=True):
    """The prober's own tokens, in full: no hash can be shown to the API."""

    live: Secret[str]
    dead: Secret[str]


class ApiCheck(Value, frozen=True):
    """One request, and the answer that it must have."""

    name: str
    who: CheckCaller
    method: str
    path: str
    status: int
    reason: str = ""
    body: Mapping[str, str | int] | None = None
    keeps: tuple[str, ...] = ()
    """What is kept of an answer that gives something: `member.kind` is the kind of the member."""


class ApiResponse(Value, frozen=True, kw_only=True):
    """What the API said, without anything that it gave. Status 0: it gave no answer."""

    status: int = 0
    reason: str = ""
    request_id: str = ""
    shape: str = ""
    """All of a refusal but what differs from one request to the next."""
    kept: Mapping[str, str] = field(default_factory=dict)


class CheckVerdict(StrEnum):
    """What an answer shows."""

    RIGHT = "right"
    GIVEN = "given"
    """Something was given, or told, that must not be."""
    UNCLEAR = "unclear"
    """It was refused for another reason, or not answered: the rule itself was not tried."""
    NOT_GIVEN = "not-given"
    """What must be given was not."""


def refusals(routes: Iterable[tuple[str, str]]) -> tuple[ApiCheck, ...]:
    """What must be refused: each of the routes to nobody, and a member's few ways too far."""
    return (
        *(_without_token(method, path) for method, path in routes),
        _vend("malformed token", CheckCaller.MALFORMED, OWN, 401, Reason.TOKEN_MALFORMED),
        _read(
            "malformed token, reading", CheckCaller.MALFORMED, "/v1/me", 401, Reason.TOKEN_MALFORMED
        ),
        _vend("revoked token", CheckCaller.DEAD, OWN, 401, Reason.TOKEN_REVOKED),
        _read("revoked token, reading", CheckCaller.DEAD, "/v1/me", 401, Reason.TOKEN_REVOKED),
        _vend("unproven role", CheckCaller.LIVE, OWN, 403, Reason.ROLE_UNVERIFIED),
        _read("lead's list", CheckCaller.LIVE, "/v1/members", 403, Reason.LEAD_ONLY),
        _read("trail", CheckCaller.LIVE, "/v1/trail", 403, Reason.LEAD_OR_AUDITOR_ONLY),
        NOT_MINE,
        NOT_THERE,
    )


def _vend(name: str, who: CheckCaller, engagement: str, status: int, reason: Reason) -> ApiCheck:
    path, body = f"/v1/engagements/{engagement}/sessions", {"role": UNPROVEN}
    return ApiCheck(name, who, "POST", path, status, reason=reason, body=body)


def _read(name: str, who: CheckCaller, path: str, status: int, reason: Reason) -> ApiCheck:
    return ApiCheck(name, who, "GET", path, status, reason=reason)


def _without_token(method: str, path: str) -> ApiCheck:
    """About things that are not there: if the check is missing, nothing is changed by it."""
    filled = "/".join(UNKNOWN if part.startswith("{") else part for part in path.split("/"))
    trial = _read(
        f"no token: {method} {path}", CheckCaller.NOBODY, filled, 401, Reason.TOKEN_MISSING
    )
    return trial if method == "GET" else replace(trial, method=method, body={})


# To an outsider these two are one and the same.
NOT_MINE = _vend("engagement of others", CheckCaller.LIVE, OTHER, 403, Reason.NOT_A_MEMBER)
NOT_THERE = _vend(
    "engagement that is not there", CheckCaller.LIVE, UNKNOWN, 403, Reason.NOT_A_MEMBER
)

_ITS_FACTS = ("member.kind", "token.created_at")
ITSELF = ApiCheck("itself", CheckCaller.LIVE, "GET", "/v1/me", 200, keeps=_ITS_FACTS)
"""If the prober is not let in, a refusal of what it asks for shows nothing."""
MUST_BE_GIVEN = ApiCheck(
    "canary role",
    CheckCaller.LIVE,
    "POST",
    f"/v1/engagements/{OWN}/sessions",
    201,
    body={"role": CANARY, "duration": SHORTEST_SESSION},
    keeps=("assumed_role_arn",),
)

# What is said to somebody who was recognised: what is wrong with the request, or may not be.
_TO_SOMEBODY = frozenset({400, 403, 404, 409})
# And what anybody is told, before it is asked whose the request is: by API Gateway, by the
# framework, or by somebody in between, who has no reason of ours.
_TO_ANYBODY = frozenset({Reason.NO_SUCH_ROUTE, Reason.BAD_REQUEST, ""})


def verdict(trial: ApiCheck, told: ApiResponse) -> CheckVerdict:
    """Return what the answer to something that must be refused shows. Whoever is not recognised
    must be told only that: anything about the request means that they got past the check, and
    anything that AWS said means that AWS was asked for them."""
    if (told.status, told.reason) == (trial.status, trial.reason):
        return CheckVerdict.RIGHT
    if 200 <= told.status < 400 or told.reason in OF_AWS:  # nobody asks AWS for what was refused
        return CheckVerdict.GIVEN
    was_recognised = told.status in _TO_SOMEBODY and told.reason not in _TO_ANYBODY
    if trial.status == 401 and was_recognised:
        return CheckVerdict.GIVEN
    return CheckVerdict.UNCLEAR


def is_in(account_id: str, told: ApiResponse) -> bool:
    """Whether a session was given, and is in this AWS account."""
    parts = told.kept.get("assumed_role_arn", "").split(":")
    return told.status == MUST_BE_GIVEN.status and parts[4:5] == [account_id]


def was_answered(told: ApiResponse) -> bool:
    """Whether it is an answer at all: a server can be busy, or just be replaced by its next."""
    return 200 <= told.status < 500 and told.status != 429


def told_apart(not_mine: ApiResponse, not_there: ApiResponse) -> bool:
    """Whether an outsider could tell from the answers that the one engagement exists."""
    both = was_answered(not_mine) and was_answered(not_there)
    return both and (not_mine.status, not_mine.shape) != (not_there.status, not_there.shape)
