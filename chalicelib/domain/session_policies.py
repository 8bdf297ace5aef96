"""IAM documents that Daypass writes. Without white space: STS allows a session policy little room.

"AssumeRole" (STS API Reference): an inline session policy has 2,048 characters at most.
"""

from __future__ import annotations

# A session policy can only narrow, so it has to allow first what it does not mean to take away.
# What it takes away would outlive a cut-off of the session: another role's session, which that
# cut-off does not reach (AssumeRole, AssumeRoot, and GetDelegatedAccessToken, which gives one of
# another account), and a signed statement of identity for the world outside AWS, which asks no
# policy any more (GetWebIdentityToken). Not in it: GetFederationToken and GetSessionToken, which
# AWS refuses to every assumed role ("Compare AWS STS credentials", IAM User Guide), and
# GetScopedCredentials, which gives the same session with less, so that the cut-off reaches it too.
NO_CHAINING = (
    '{"Version":"2012-10-17","Statement":['
    '{"Effect":"Allow","Action":"*","Resource":"*"},'
    '{"Effect":"Deny","Action":["sts:Assume*","sts:GetDelegatedAccessToken",'
    '"sts:GetWebIdentityToken"],"Resource":"*"}]}'
)

# A probe that gets through must be worth nothing to anybody. By its Sid whoever reads CloudTrail
# tells a probe from a vend; a trust policy cannot, since no condition key has the session policy.
DENY_ALL = (
    '{"Version":"2012-10-17","Statement":['
    '{"Sid":"DaypassProbe","Effect":"Deny","Action":"*","Resource":"*"}]}'
)
