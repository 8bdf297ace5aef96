"""API checks: the requests that the prober sends, and the response that each must get.

The prober is the Lambda function that tests the deployed API. It is an ordinary member with a grant
for one engagement, which exists only for the prober. If the API wrongly allows a request to the
prober, it allows the request to every member. To vend is to issue a session (temporary AWS
credentials) to a member.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.reasons import AWS_REASONS, Reason
from chalicelib.domain.values import Secret, Value

OWN_ENGAGEMENT = "prober"
"""The engagement that the prober has a grant for."""
OTHER_ENGAGEMENT = "prober-other"
"""An existing engagement that the prober has no grant for."""
UNKNOWN = "prober-unknown"
"""An ID that no engagement, role, member or token has."""
UNVERIFIED_ROLE = "unproven"
"""A role of the prober's engagement that is never verified."""
CANARY_ROLE = "canary"
"""A verified role of the prober's engagement, in the AWS account that the operator chose."""

# Real tokens are longer, and have a checksum.
MALFORMED = "daypass_prober_0"


class CheckCaller(StrEnum):
    """The credentials that the prober sends with a request."""

    NO_TOKEN = "none"
    MALFORMED = "malformed"
    """A text that begins like a token, but is not a valid one."""
    REVOKED = "revoked"
    """The prober's previous token, revoked when it was rotated."""
    LIVE = "live"
    """The prober's present token."""


class Tokens(Value):
    """The prober's own tokens. It stores their full text, because it has to send them."""

    live: Secret[str]
    revoked: Secret[str] = field(name="dead")


class ApiCheck(Value, kw_only=False):
    """One request, and the status and reason that its response must have."""

    name: str
    caller: CheckCaller
    method: str
    path: str
    status: int
    reason: str = ""
    body: Mapping[str, str | int] | None = None
    extract: tuple[str, ...] = ()
    """The fields to read from a successful response, such as `member.kind`. The prober drops all
    other fields."""


class ApiResponse(Value):
    """The API's response to a check, without any credentials. Status 0: no response."""

    status: int = 0
    reason: str = ""
    request_id: str = ""
    shape: str = ""
    """A refusal without the parts that differ from request to request."""
    extracted: Mapping[str, str] = {}


class CheckVerdict(StrEnum):
    """The conclusion from a response."""

    AS_EXPECTED = "as-expected"
    WRONGLY_ALLOWED = "wrongly-allowed"
    """The API allowed or disclosed something that it must refuse."""
    INCONCLUSIVE = "inconclusive"
    """No response, or a refusal for another reason: the rule itself was not exercised."""
    NOT_ENROLLED = "not-enrolled"
    """The prober has no token for the request, because no one has enrolled it."""
    WRONGLY_DENIED = "wrongly-denied"
    """The API did not vend the canary role, which it must."""


def build_denied_checks(routes: Iterable[tuple[str, str]]) -> tuple[ApiCheck, ...]:
    """Return the checks whose requests the API must refuse: each of these routes without a token,
    requests with a malformed or revoked token, and requests that the prober's member may not
    make."""
    return (
        *(_build_tokenless_check(method, path) for method, path in routes),
        _build_vend_check(
            "malformed token: vend",
            CheckCaller.MALFORMED,
            OWN_ENGAGEMENT,
            401,
            Reason.TOKEN_MALFORMED,
        ),
        _build_read_check(
            "malformed token: read", CheckCaller.MALFORMED, "/v1/me", 401, Reason.TOKEN_MALFORMED
        ),
        _build_vend_check(
            "revoked token: vend", CheckCaller.REVOKED, OWN_ENGAGEMENT, 401, Reason.TOKEN_REVOKED
        ),
        _build_read_check(
            "revoked token: read", CheckCaller.REVOKED, "/v1/me", 401, Reason.TOKEN_REVOKED
        ),
        _build_vend_check(
            "unverified role", CheckCaller.LIVE, OWN_ENGAGEMENT, 403, Reason.ROLE_UNVERIFIED
        ),
        _build_read_check(
            "list of members", CheckCaller.LIVE, "/v1/members", 403, Reason.LEAD_OR_AUDITOR_ONLY
        ),
        _build_read_check("trail", CheckCaller.LIVE, "/v1/trail", 403, Reason.LEAD_OR_AUDITOR_ONLY),
        OTHER_ENGAGEMENT_CHECK,
        UNKNOWN_ENGAGEMENT_CHECK,
    )


def _build_vend_check(
    name: str, caller: CheckCaller, engagement: str, status: int, reason: Reason
) -> ApiCheck:
    """Return the check that the API refuses a session in this engagement, with this status and
    reason."""
    path, body = f"/v1/engagements/{engagement}/sessions", {"role": UNVERIFIED_ROLE}
    return ApiCheck(name, caller, "POST", path, status, reason=reason, body=body)


def _build_read_check(
    name: str, caller: CheckCaller, path: str, status: int, reason: Reason
) -> ApiCheck:
    return ApiCheck(name, caller, "GET", path, status, reason=reason)


def _build_tokenless_check(method: str, path: str) -> ApiCheck:
    """Return the check that a route refuses a request without a token. The request names unknown
    IDs, so that it changes nothing even if the route does not authenticate its callers."""
    path_with_ids = "/".join(UNKNOWN if part.startswith("{") else part for part in path.split("/"))
    check = _build_read_check(
        f"no token: {method} {path}", CheckCaller.NO_TOKEN, path_with_ids, 401, Reason.TOKEN_MISSING
    )
    return check if method == "GET" else replace(check, method=method, body={})


# A member must not be able to tell these two engagements apart.
OTHER_ENGAGEMENT_CHECK = _build_vend_check(
    "another team's engagement", CheckCaller.LIVE, OTHER_ENGAGEMENT, 403, Reason.NOT_A_MEMBER
)
UNKNOWN_ENGAGEMENT_CHECK = _build_vend_check(
    "unknown engagement", CheckCaller.LIVE, UNKNOWN, 403, Reason.NOT_A_MEMBER
)

IDENTITY_CHECK = ApiCheck(
    "own identity",
    CheckCaller.LIVE,
    "GET",
    "/v1/me",
    200,
    extract=("member.kind", "token.created_at"),
)
"""If the API does not accept the prober's token, its refusals of other requests prove nothing."""
CANARY_CHECK = ApiCheck(
    "canary role",
    CheckCaller.LIVE,
    "POST",
    f"/v1/engagements/{OWN_ENGAGEMENT}/sessions",
    201,
    body={"role": CANARY_ROLE, "duration": SHORTEST_SESSION},
    extract=("assumed_role_arn",),
)
"""The only request for a session that the API must allow. It shows that Daypass still vends."""

# Statuses of refusals that follow authentication: the request is invalid, or not permitted.
_STATUSES_AFTER_AUTHENTICATION = frozenset({400, 403, 404, 409})
# Reasons that need no authentication: from API Gateway, from the framework, or, without a reason of
# Daypass's, from something between the prober and the API.
_REASONS_BEFORE_AUTHENTICATION = frozenset({Reason.NO_SUCH_ROUTE, Reason.BAD_REQUEST, ""})


def judge_response(check: ApiCheck, response: ApiResponse) -> CheckVerdict:
    """Return the verdict on the API's response to a request that it must refuse.

    Only the expected refusal is correct. Without a valid token, a refusal that the API gives only
    after authentication, such as "not found", shows that it wrongly authenticated the request. A
    reason from AWS shows that the API called AWS, which it must not do before a refusal. Any other
    response, such as an outage, proves nothing: the verdict is INCONCLUSIVE.
    """
    if (response.status, response.reason) == (check.status, check.reason):
        return CheckVerdict.AS_EXPECTED
    if 200 <= response.status < 400 or response.reason in AWS_REASONS:
        return CheckVerdict.WRONGLY_ALLOWED
    was_authenticated = (
        response.status in _STATUSES_AFTER_AUTHENTICATION
        and response.reason not in _REASONS_BEFORE_AUTHENTICATION
    )
    if check.status == 401 and was_authenticated:
        return CheckVerdict.WRONGLY_ALLOWED
    return CheckVerdict.INCONCLUSIVE


def is_session_in(account_id: str, response: ApiResponse) -> bool:
    """Return whether the API vended a session, and the session is in this AWS account."""
    parts = response.extracted.get("assumed_role_arn", "").split(":")
    return response.status == CANARY_CHECK.status and parts[4:5] == [account_id]


def is_blocked(response: ApiResponse) -> bool:
    """Return whether the API refused a session because of a freeze or a pause. People decide on
    these, so that refusal shows no bug of the API."""
    return response.status == 403 and response.reason in (Reason.FROZEN, Reason.PAUSED_BY_CLIENT)


def was_answered(response: ApiResponse) -> bool:
    """Return whether the API itself answered. A timeout, throttling or a server error does not
    count as an answer."""
    return 200 <= response.status < 500 and response.status != 429


def are_distinguishable(other: ApiResponse, unknown: ApiResponse) -> bool:
    """Return whether a member can tell from the two refusals which engagement exists."""
    both_answered = was_answered(other) and was_answered(unknown)
    return both_answered and (other.status, other.shape) != (unknown.status, unknown.shape)
