"""Identity tokens that are accepted or refused, row by row."""

import math
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.people.identities import Provider, parse_identity_claims
from chalicelib.domain.reasons import Reason
from tests.domain.rows import Row
from tests.fakes import NOON
from tests.fakes.providers import JOB_SUBJECT, PROVIDER, claims, job_claims

REFUSED, EXPIRED = Reason.IDENTITY_TOKEN_REFUSED, Reason.IDENTITY_TOKEN_EXPIRED
MANY = Reason.SHARED_IDENTITY
AUDIENCE = PROVIDER.audience
ROLE = "arn:aws:iam::123456789012:role/Developers"


def at(**later: float) -> float:
    return (NOON + timedelta(**later)).timestamp()


def claimed(
    name: str, changes: dict[str, Any], refused: Reason | None, provider: Provider = PROVIDER
) -> Row:
    """A row about the usual claims with these changes; `refused` is None if accepted."""
    payload = claims(NOON, **({"iss": provider.issuer} | changes))
    nonce = payload.get("nonce", "")
    accepted = {
        "issuer": provider.issuer,
        "subject": payload.get("sub"),
        "nonce": nonce if isinstance(nonce, str) else "",
    }
    return Row(name, refused or accepted, payload, provider, NOON)


CLAIMS: dict[Reason | None, dict[str, dict[str, Any]]] = {
    None: {
        "all as it should be": {},
        "a list of Daypass alone": {"aud": [AUDIENCE]},
        "Daypass and someone else, for Daypass": {"aud": [AUDIENCE, "payroll"], "azp": AUDIENCE},
        "Daypass, for Daypass": {"azp": AUDIENCE},
        "a nonce": {"nonce": "n-0S6_WzA2Mj"},
        "a nonce that is no text": {"nonce": 7},
        "the longest subject": {"sub": "x" * 255},
        "issued by a clock that is ahead": {"iat": at(seconds=30)},
        "good from now on": {"nbf": at()},
        "good by a clock that is ahead": {"nbf": at(seconds=30)},
        "not expired yet": {"exp": at(seconds=1)},
        "good for a day": {"exp": at(hours=24)},
        "a role's name, which is a name like any other elsewhere": {"sub": ROLE},
    },
    REFUSED: {
        "no issuer": {"iss": None},
        "another issuer": {"iss": "https://login.example.org/firm"},
        "the issuer with a slash more": {"iss": PROVIDER.issuer + "/"},
        "the issuer in other letters": {"iss": PROVIDER.issuer.upper()},
        "an issuer that is a list": {"iss": [PROVIDER.issuer]},
        "no audience": {"aud": None},
        "another audience": {"aud": "payroll"},
        "an audience that begins so": {"aud": AUDIENCE + "-test"},
        "an audience in other letters": {"aud": AUDIENCE.upper()},
        "an empty list": {"aud": []},
        "someone else alone, in a list": {"aud": ["payroll"], "azp": AUDIENCE},
        "Daypass, for a list": {"azp": [AUDIENCE]},
        "Daypass and someone else": {"aud": [AUDIENCE, "payroll"]},
        "Daypass and someone else, for them": {"aud": [AUDIENCE, "payroll"], "azp": "payroll"},
        "Daypass twice": {"aud": [AUDIENCE, AUDIENCE]},
        "Daypass, for someone else": {"azp": "payroll"},
        "an audience that is an object": {"aud": {AUDIENCE: 1}},
        "no subject": {"sub": None},
        "an empty subject": {"sub": ""},
        "a number": {"sub": 7},
        "a longer subject": {"sub": "x" * 256},
        "a subject with a blank": {"sub": "alice archer"},
        "a subject with a line's end": {"sub": "alice\n"},
        "a subject beyond ASCII": {"sub": "alicë"},
        "never issued": {"iat": None},
        "never issued, and good from now on": {"iat": None, "nbf": at()},
        "issued in the future": {"iat": at(seconds=31)},
        "not good yet": {"nbf": at(seconds=31)},
        "good from an unreadable moment on": {"nbf": "noon"},
        "good from null on": {"nbf": [None]},
        "good for ever": {"exp": None},
        "good for longer than a day": {"exp": at(hours=24, seconds=1)},
        "good until the end of time": {"exp": 2**40},
        "good for an infinite time": {"exp": math.inf},
        "good until no number": {"exp": math.nan},
        "good until true": {"exp": True},
        "good until a text": {"exp": str(at(hours=1))},
        "good for ever, since for ever": {"iat": 0, "exp": 2**40},
    },
    EXPIRED: {
        "just expired": {"exp": at()},
        "long expired": {"iat": at(days=-3), "exp": at(days=-2)},
        "good until before all time": {"exp": -1},
    },
}
IDENTITY_TOKENS = [
    claimed(name, changes, refused)
    for refused, rows in CLAIMS.items()
    for name, changes in rows.items()
]


AWS = replace(
    PROVIDER, issuer="https://0f9d8c7b-1234-5678-9abc-def012345678.tokens.sts.global.api.aws"
)


for subject, refused in {
    "arn:aws:iam::123456789012:user/alice": None,
    "arn:aws:iam::123456789012:user/team/alice": None,
    "arn:aws-cn:iam::123456789012:user/alice": None,
    # Everyone who may assume that role would be the same member.
    ROLE: MANY,
    "arn:aws:sts::123456789012:assumed-role/Developers/alice": MANY,
    "arn:aws:iam::123456789012:root": MANY,
    "arn:aws:iam::123456789012:user/": MANY,
    "alice": MANY,
}.items():
    IDENTITY_TOKENS.append(claimed(f"of AWS: {subject}", {"sub": subject}, refused, AWS))

for name, body, refused in (
    ("a job", job_claims(NOON), None),
    ("a job of a pull request", job_claims(NOON, event_name="pull_request"), Reason.JOB_REFUSED),
    ("a job for someone else", job_claims(NOON, aud="payroll"), REFUSED),
):
    accepted = {"subject": JOB_SUBJECT, "is_job": True}
    IDENTITY_TOKENS.append(Row(name, refused or accepted, body, PROVIDER, NOON))

RULES = [
    (parse_identity_claims, IDENTITY_TOKENS, 20),
    (parse_identity_claims, IDENTITY_TOKENS, 4, "_is_audience_accepted"),
    (parse_identity_claims, IDENTITY_TOKENS, 5, "_parse_numeric_date"),
]
