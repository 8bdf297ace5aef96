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
US = PROVIDER.audience


def at(**later: float) -> float:
    return (NOON + timedelta(**later)).timestamp()


def said(says: str, changes: dict[str, Any], refused: Reason | None) -> Row:
    """The usual word with these changes, and why it is refused: None if it is not."""
    payload = claims(NOON, **changes)
    taken = {"issuer": PROVIDER.issuer, "subject": payload.get("sub")}
    return Row(says, refused or taken, (payload, PROVIDER, NOON))


WORDS = [
    said("all as it should be", {}, None),
    # who says it
    said("no issuer", {"iss": None}, REFUSED),
    said("another issuer", {"iss": "https://login.example.org/firm"}, REFUSED),
    said("the issuer with a slash more", {"iss": PROVIDER.issuer + "/"}, REFUSED),
    said("the issuer in other letters", {"iss": PROVIDER.issuer.upper()}, REFUSED),
    said("an issuer that is a list", {"iss": [PROVIDER.issuer]}, REFUSED),
    # audience
    said("no audience", {"aud": None}, REFUSED),
    said("another audience", {"aud": "payroll"}, REFUSED),
    said("an audience that begins so", {"aud": US + "-test"}, REFUSED),
    said("an audience in other letters", {"aud": US.upper()}, REFUSED),
    said("a list of us alone", {"aud": [US]}, None),
    said("nobody", {"aud": []}, REFUSED),
    said("someone else alone, in a list", {"aud": ["payroll"], "azp": US}, REFUSED),
    said("us, for a list", {"azp": [US]}, REFUSED),
    said("us and someone else", {"aud": [US, "payroll"]}, REFUSED),
    said("us and someone else, for us", {"aud": [US, "payroll"], "azp": US}, None),
    said("us and someone else, for them", {"aud": [US, "payroll"], "azp": "payroll"}, REFUSED),
    said("us twice", {"aud": [US, US]}, REFUSED),
    said("us, for someone else", {"azp": "payroll"}, REFUSED),
    said("us, for us", {"azp": US}, None),
    said("an audience that is an object", {"aud": {US: 1}}, REFUSED),
    # subject
    said("no subject", {"sub": None}, REFUSED),
    said("an empty subject", {"sub": ""}, REFUSED),
    said("a number", {"sub": 7}, REFUSED),
    said("the longest subject", {"sub": "x" * 255}, None),
    said("a longer subject", {"sub": "x" * 256}, REFUSED),
    said("a subject with a blank", {"sub": "alice archer"}, REFUSED),
    said("a subject with a line's end", {"sub": "alice\n"}, REFUSED),
    said("a subject beyond ASCII", {"sub": "alicë"}, REFUSED),
    # since when
    said("never issued", {"iat": None}, REFUSED),
    said("never issued, and good from now on", {"iat": None, "nbf": at()}, REFUSED),
    said("issued by a clock that is ahead", {"iat": at(seconds=30)}, None),
    said("issued in the future", {"iat": at(seconds=31)}, REFUSED),
    said("good from now on", {"nbf": at()}, None),
    said("good by a clock that is ahead", {"nbf": at(seconds=30)}, None),
    said("not good yet", {"nbf": at(seconds=31)}, REFUSED),
    said("good from an unreadable moment on", {"nbf": "noon"}, REFUSED),
    said("good from null on", {"nbf": [None]}, REFUSED),
    # until when
    said("good for ever", {"exp": None}, REFUSED),
    said("just expired", {"exp": at()}, EXPIRED),
    said("not expired yet", {"exp": at(seconds=1)}, None),
    said("long expired", {"iat": at(days=-3), "exp": at(days=-2)}, EXPIRED),
    said("good for a day", {"exp": at(hours=24)}, None),
    said("good for longer than a day", {"exp": at(hours=24, seconds=1)}, REFUSED),
    said("good until the end of time", {"exp": 2**40}, REFUSED),
    said("good for an infinite time", {"exp": math.inf}, REFUSED),
    said("good until no number", {"exp": math.nan}, REFUSED),
    said("good until true", {"exp": True}, REFUSED),
    said("good until a text", {"exp": str(at(hours=1))}, REFUSED),
    said("good until before all time", {"exp": -1}, EXPIRED),
    said("good for ever, since for ever", {"iat": 0, "exp": 2**40}, REFUSED),
]


AWS = replace(
    PROVIDER, issuer="https://0f9d8c7b-1234-5678-9abc-def012345678.tokens.sts.global.api.aws"
)


def of_aws(subject: str, refused: Reason | None) -> Row:
    payload = claims(NOON, iss=AWS.issuer, sub=subject)
    taken = {"issuer": AWS.issuer, "subject": subject}
    return Row(f"of AWS: {subject}", refused or taken, (payload, AWS, NOON))


WORDS += [
    of_aws("arn:aws:iam::123456789012:user/alice", None),
    of_aws("arn:aws:iam::123456789012:user/team/alice", None),
    of_aws("arn:aws-cn:iam::123456789012:user/alice", None),
    # Everyone who may assume that role would be the same member.
    of_aws("arn:aws:iam::123456789012:role/Developers", MANY),
    of_aws("arn:aws:sts::123456789012:assumed-role/Developers/alice", MANY),
    of_aws("arn:aws:iam::123456789012:root", MANY),
    of_aws("arn:aws:iam::123456789012:user/", MANY),
    of_aws("alice", MANY),
    said("a role's name, which is a name like any other elsewhere",
         {"sub": "arn:aws:iam::123456789012:role/Developers"}, None),
]  # fmt: skip
