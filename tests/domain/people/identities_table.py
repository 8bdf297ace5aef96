"""Identity tokens that are accepted or refused, row by row."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.reasons import Reason
from tests.domain.rows import Row
from tests.fakes import NOON
from tests.fakes.providers import PROVIDER, claims

REFUSED, EXPIRED = Reason.IDENTITY_TOKEN_REFUSED, Reason.IDENTITY_TOKEN_EXPIRED
MANY = Reason.SHARED_IDENTITY
AUDIENCE = PROVIDER.audience


def at(**later: float) -> float:
    return (NOON + timedelta(**later)).timestamp()


def claimed(name: str, changes: dict[str, Any], refused: Reason | None) -> Row:
    """A row about the usual claims with these changes; `refused` is None if accepted."""
    payload = claims(NOON, **changes)
    nonce = payload.get("nonce", "")
    accepted = {
        "issuer": PROVIDER.issuer,
        "subject": payload.get("sub"),
        "nonce": nonce if isinstance(nonce, str) else "",
    }
    return Row(name, refused or accepted, (payload, PROVIDER, NOON))


IDENTITY_TOKENS = [
    claimed("all as it should be", {}, None),
    # issuer
    claimed("no issuer", {"iss": None}, REFUSED),
    claimed("another issuer", {"iss": "https://login.example.org/firm"}, REFUSED),
    claimed("the issuer with a slash more", {"iss": PROVIDER.issuer + "/"}, REFUSED),
    claimed("the issuer in other letters", {"iss": PROVIDER.issuer.upper()}, REFUSED),
    claimed("an issuer that is a list", {"iss": [PROVIDER.issuer]}, REFUSED),
    # audience
    claimed("no audience", {"aud": None}, REFUSED),
    claimed("another audience", {"aud": "payroll"}, REFUSED),
    claimed("an audience that begins so", {"aud": AUDIENCE + "-test"}, REFUSED),
    claimed("an audience in other letters", {"aud": AUDIENCE.upper()}, REFUSED),
    claimed("a list of Daypass alone", {"aud": [AUDIENCE]}, None),
    claimed("an empty list", {"aud": []}, REFUSED),
    claimed("someone else alone, in a list", {"aud": ["payroll"], "azp": AUDIENCE}, REFUSED),
    claimed("Daypass, for a list", {"azp": [AUDIENCE]}, REFUSED),
    claimed("Daypass and someone else", {"aud": [AUDIENCE, "payroll"]}, REFUSED),
    claimed(
        "Daypass and someone else, for Daypass",
        {"aud": [AUDIENCE, "payroll"], "azp": AUDIENCE},
        None,
    ),
    claimed(
        "Daypass and someone else, for them",
        {"aud": [AUDIENCE, "payroll"], "azp": "payroll"},
        REFUSED,
    ),
    claimed("Daypass twice", {"aud": [AUDIENCE, AUDIENCE]}, REFUSED),
    claimed("Daypass, for someone else", {"azp": "payroll"}, REFUSED),
    claimed("Daypass, for Daypass", {"azp": AUDIENCE}, None),
    claimed("an audience that is an object", {"aud": {AUDIENCE: 1}}, REFUSED),
    # subject
    claimed("no subject", {"sub": None}, REFUSED),
    claimed("a nonce", {"nonce": "n-0S6_WzA2Mj"}, None),
    claimed("a nonce that is no text", {"nonce": 7}, None),
    claimed("an empty subject", {"sub": ""}, REFUSED),
    claimed("a number", {"sub": 7}, REFUSED),
    claimed("the longest subject", {"sub": "x" * 255}, None),
    claimed("a longer subject", {"sub": "x" * 256}, REFUSED),
    claimed("a subject with a blank", {"sub": "alice archer"}, REFUSED),
    claimed("a subject with a line's end", {"sub": "alice\n"}, REFUSED),
    claimed("a subject beyond ASCII", {"sub": "alicë"}, REFUSED),
    # since when
    claimed("never issued", {"iat": None}, REFUSED),
    claimed("never issued, and good from now on", {"iat": None, "nbf": at()}, REFUSED),
    claimed("issued by a clock that is ahead", {"iat": at(seconds=30)}, None),
    claimed("issued in the future", {"iat": at(seconds=31)}, REFUSED),
    claimed("good from now on", {"nbf": at()}, None),
    claimed("good by a clock that is ahead", {"nbf": at(seconds=30)}, None),
    claimed("not good yet", {"nbf": at(seconds=31)}, REFUSED),
    claimed("good from an unreadable moment on", {"nbf": "noon"}, REFUSED),
    claimed("good from null on", {"nbf": [None]}, REFUSED),
    # until when
    claimed("good for ever", {"exp": None}, REFUSED),
    claimed("just expired", {"exp": at()}, EXPIRED),
    claimed("not expired yet", {"exp": at(seconds=1)}, None),
    claimed("long expired", {"iat": at(days=-3), "exp": at(days=-2)}, EXPIRED),
    claimed("good for a day", {"exp": at(hours=24)}, None),
    claimed("good for longer than a day", {"exp": at(hours=24, seconds=1)}, REFUSED),
    claimed("good until the end of time", {"exp": 2**40}, REFUSED),
    claimed("good for an infinite time", {"exp": math.inf}, REFUSED),
    claimed("good until no number", {"exp": math.nan}, REFUSED),
    claimed("good until true", {"exp": True}, REFUSED),
    claimed("good until a text", {"exp": str(at(hours=1))}, REFUSED),
    claimed("good until before all time", {"exp": -1}, EXPIRED),
    claimed("good for ever, since for ever", {"iat": 0, "exp": 2**40}, REFUSED),
]


AWS = replace(
    PROVIDER, issuer="https://0f9d8c7b-1234-5678-9abc-def012345678.tokens.sts.global.api.aws"
)


def of_aws(subject: str, refused: Reason | None) -> Row:
    payload = claims(NOON, iss=AWS.issuer, sub=subject)
    accepted = {"issuer": AWS.issuer, "subject": subject}
    return Row(f"of AWS: {subject}", refused or accepted, (payload, AWS, NOON))


IDENTITY_TOKENS += [
    of_aws("arn:aws:iam::123456789012:user/alice", None),
    of_aws("arn:aws:iam::123456789012:user/team/alice", None),
    of_aws("arn:aws-cn:iam::123456789012:user/alice", None),
    # Everyone who may assume that role would be the same member.
    of_aws("arn:aws:iam::123456789012:role/Developers", MANY),
    of_aws("arn:aws:sts::123456789012:assumed-role/Developers/alice", MANY),
    of_aws("arn:aws:iam::123456789012:root", MANY),
    of_aws("arn:aws:iam::123456789012:user/", MANY),
    of_aws("alice", MANY),
    claimed("a role's name, which is a name like any other elsewhere",
         {"sub": "arn:aws:iam::123456789012:role/Developers"}, None),
]  # fmt: skip
