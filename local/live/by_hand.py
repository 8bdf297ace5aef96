"""The points of docs/reference/live-account.md that are left to a person, each with the reason."""

from __future__ import annotations

_SLACK = "Needs a Slack workspace and people in it"
_MAIL = "Needs a mailbox and someone who reads it"
_OTHER_SETTINGS = "Needs another deployment, with other settings"
_TIME = "Takes longer than a run"

BY_HAND = {
    8: "Needs a deployment that lists the client's account as the firm's own",
    12: "Needs a role that allows sts:GetScopedCredentials and has no session policy",
    13: "Needs a browser and the AWS console",
    15: "Changes which regions of AWS STS the account has",
    16: "Needs an IAM user and an account that allows sts:GetWebIdentityToken",
    18: "Revokes the sessions of every function",
    23: "A restore takes half an hour and more",
    24: "A restore takes half an hour and more",
    27: f"{_TIME}: Sweep runs every hour",
    28: "A judgement on measured times; the stage deploy prints Init Duration",
    29: "Needs a canary role in a third account",
    30: "Needs the prober, and so a canary role in a third account",
    33: "Floods the account's limit",
    34: "Floods the API, and AWS WAF then blocks this address",
    37: "Needs a browser and the AWS console",
    39: _MAIL,
    41: _MAIL,
    44: _SLACK,
    45: _SLACK,
    46: _SLACK,
    47: _SLACK,
    48: _SLACK,
    49: _SLACK,
    50: _SLACK,
    51: _SLACK,
    52: _SLACK,
    53: "Needs a deployment that fails",
    54: "Watch make deploy and make destroy",
    56: "Needs a user of few permissions",
    57: "Needs a user of few permissions",
    58: "Needs a month's bill",
    59: "AWS lists the quota nowhere that was found",
    61: "Needs a browser and the AWS console",
    62: "Needs Windows and macOS",
    66: "Needs the method deny-all",
    71: _MAIL,
    72: _MAIL,
    73: _SLACK,
    74: _SLACK,
    77: "Needs a domain",
    78: "Needs an identity provider",
    79: "Needs the firm's browsers and proxies",
    81: f"{_TIME}: Digest seals whole hours",
    83: f"{_OTHER_SETTINGS}: a lock would keep the bucket from being deleted",
    84: f"{_OTHER_SETTINGS}: the clean-up of make live deletes by its ledger",
    85: _OTHER_SETTINGS,
    86: _OTHER_SETTINGS,
    87: f"{_TIME}: Lambda counts an error only when a function fails",
}
