"""IAM documents that Daypass writes. Without white space: STS allows a session policy little room.

"AssumeRole" (STS API Reference): an inline session policy has 2,048 characters at most.
"""

from __future__ import annotations

# A session policy can only narrow, so it has to allow first what it does not mean to take away.
# A chained session would outlive a cut-off of the session that it came from.
NO_CHAINING = (
    '{"Version":"2012-10-17","Statement":['
    '{"Effect":"Allow","Action":"*","Resource":"*"},'
    '{"Effect":"Deny","Action":["sts:AssumeRole","sts:AssumeRoot"],"Resource":"*"}]}'
)

# A probe that gets through must be worth nothing to anybody.
DENY_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
