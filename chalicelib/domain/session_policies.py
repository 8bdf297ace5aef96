"""The session policies that Daypass sends. Without white space: STS gives them little room.

"AssumeRole" (STS API Reference): an inline session policy has 2,048 characters at most. AWS packs
it together with the session tags into a second limit that it does not document
(`tests/domain/test_session_policies.py` has what was observed of it).
"""

from __future__ import annotations

from chalicelib.domain.credential_actions import BEYOND_A_CUT_OFF, SESSION_POLICY_ALONE

_DENIED = ",".join(f'"{pattern}"' for pattern in (*SESSION_POLICY_ALONE, *BEYOND_A_CUT_OFF))

# A session policy can only narrow, so it first allows everything. The denial is explicit: a
# resource's own policy that names the session would override one that is only implied.
# `sts:GetFederationToken` and `sts:GetSessionToken` are not in it, because AWS refuses them to
# every assumed role ("Compare AWS STS credentials", IAM User Guide).
NO_CHAINING = (
    '{"Version":"2012-10-17","Statement":['
    '{"Effect":"Allow","Action":"*","Resource":"*"},'
    f'{{"Effect":"Deny","Action":[{_DENIED}],"Resource":"*"}}]}}'
)

# A probe that gets through must be worth nothing to anybody. By its Sid whoever reads CloudTrail
# tells a probe from a vend; a trust policy cannot, since no condition key has the session policy.
DENY_ALL = (
    '{"Version":"2012-10-17","Statement":['
    '{"Sid":"DaypassProbe","Effect":"Deny","Action":"*","Resource":"*"}]}'
)
