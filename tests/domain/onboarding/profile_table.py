"""Profiles as in ~/.aws/config. tests/golden/onboarding/profiles.txt has what Daypass reads."""

ARN = "arn:aws:iam::987654321098:role/ContractorRole"
ROLE = f"role_arn = {ARN}\n"
ID = "external_id = acme-7f3a91c4\n"
ACME = "[profile acme]\n" + ROLE + ID


def with_id(external_id: str) -> str:
    return f"[profile acme]\n{ROLE}external_id = {external_id}\n"


def lasting(seconds: str) -> str:
    return ACME + f"duration_seconds = {seconds}\n"


WHOLE_FILE = f"""
# My clients
[default]
region = eu-central-1
output = json

[sso-session ours]
sso_region = eu-central-1

[services local]
dynamodb =
  endpoint_url = http://localhost:8000

[profile base]
region = eu-west-1
s3 =
    max_concurrent_requests = 20
    addressing_style = path

[profile acme]
; the old way
{ROLE}{ID}source_profile = base

[profile globex]
role_arn = arn:aws:iam::876543210987:role/ConsultantRole
external_id = globex/2
credential_source = Ec2InstanceMetadata
"""

Pasted = tuple[str, str | None]
"""A text, and the name of the chosen profile."""


def acme(header: str, name: str | None = None) -> Pasted:
    """Return the profile with this in its header."""
    return ACME.replace("profile acme", header), name


READ: dict[str, Pasted] = {
    "a profile": (ACME, None),
    "the default profile": acme("default"),
    "the same with a space": acme("acme prod", "acme prod"),
    "a name in quotes": acme('profile "acme prod"', "acme prod"),
    "a name with several spaces before it": acme("profile  \tacme", "acme"),
    "a header with spaces in it": acme(" profile acme ", "acme"),
    "a name that begins like another kind": acme("services"),
    "a profile called profile": acme("profile", "profile"),
    "a name that shows nothing": acme("profile a\u200bb"),
    "a name of 64": acme("profile " + "a" * 64),
    "a name of 65": acme("profile " + "a" * 65),
    "one of a whole file": (WHOLE_FILE, "acme"),
} | {
    name: (text, None)
    for name, text in {
        "a colon in what stands after =": with_id("a:b=c"),
        "a byte order mark": "\ufeff" + ACME,
        "lines as Windows ends them": ACME.replace("\n", "\r\n"),
        "blank lines between": ACME.replace("\n", "\n\n \t\n"),
        "all lines further in": "  [profile acme]\n    " + ROLE + "    " + ID,
        "lines of comment": "# mine\n" + ACME.replace("\n", "\n  ; note = 1\n#x\n"),
        "comments behind it": ACME.replace("\n", " # note; [x] = 1\n"),
        "a comment close to the header": ACME.replace("]", "]; note"),
        "a block of further settings": ACME + "s3 =\n  role_arn = nobody\n  max = 1\n",
        "a block before the role": f"[profile acme]\ns3 =\n  external_id = no\n{ROLE}{ID}",
        "the only one with a role": "[profile base]\nregion = eu-west-1\n" + ACME,
        "what is no ARN, which is read elsewhere": ACME.replace(ARN, "Acme"),
        "an external ID of 1224": with_id("a" * 1224),
        "every character that AWS takes": with_id("aZ09_+=,.@:/-"),
        "a quarter of an hour": lasting("900"),
        "an hour": lasting("3600"),
        "a path that is as long as a secret key": ACME.replace(
            "role/", "role/Team1/Firms/Ours/Pro/"
        ),
    }.items()
}

REFUSED: dict[str, Pasted] = {
    "a role in what is no profile": acme("services acme"),
    "a name with spaces": acme("profile acme prod"),
    "a quote that is not closed": acme('profile "acme'),
    "an empty name": acme('profile ""'),
    "[DEFAULT]": acme("DEFAULT"),
    "another name": (ACME, "globex"),
    "the name of one without a role": (WHOLE_FILE, "base"),
} | {
    name: (text, None)
    for name, text in {
        "nothing": "",
        "a profile without a role": "[profile acme]\nregion = eu-west-1\n",
        "a role in a block": f"[profile acme]\ns3 =\n  {ROLE}",
        "no section": ROLE + ID,
        "a word alone": ACME + "region\n",
        "a key that is empty": ACME + "= x\n",
        "a line that goes on from a header": "[profile acme]\n  -x\n" + ROLE,
        "a header in a block": ACME + "s3 =\n  [acme]\n",
        "a header that is not closed": "[profile acme\n" + ROLE,
        "a header with more behind it": "[profile acme] x\n" + ROLE,
        "a header in a header": "[[profile acme]]\n" + ROLE,
        "a blank header": "[ ]\n" + ROLE,
        "a profile twice": ACME + ACME,
        "a profile in both spellings": ACME + "[acme]\n",
        "a key twice": ACME + ID,
        "a role that goes on": "[profile acme]\n" + ROLE + "  " + ID,
        "an external ID that goes on": ACME + "\n  # note\n  region = x\n  output = y\n",
        "no external ID": "[profile acme]\n" + ROLE,
        "an empty external ID": with_id(""),
        "an external ID of one character": with_id("7"),
        "an external ID of 1225": with_id("a" * 1225),
        "an external ID in quotes": with_id('"acme-7f3a91c4"'),
        "an external ID with a space": with_id("acme 7f3a91c4"),
        "an external ID with an accent": with_id("acm\u00e9"),
        "an external ID with an invisible character": with_id("acme\u200b"),
        "several profiles": WHOLE_FILE,
    }.items()
}

REMARKED = [
    "mfa_serial = arn:aws:iam::123456789012:mfa/alice",
    "role_session_name = alice",
    "web_identity_token_file = /var/run/token",
    *(
        f"duration_seconds = {seconds}"
        for seconds in ("3601", "43200", "43201", "899", "an hour", "", "-3600", "900", "9" * 5_000)
    ),
    "duration_seconds = \uff13\uff16\uff10\uff10",
    "region = eu-west-1\nsource_profile = base\ns3 =\n  mfa_serial = no",
    "mfa_serial = x\nduration_seconds = 7200\nrole_session_name = x",
]
"""Further settings in the profile."""

# Texts with a secret, and the part that must never appear again.
KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLE12"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SESSION_TOKEN = "IQoJb3JpZ2luX2VjEJr3" + "aB7/" * 30 + "=="
TOKEN = "daypass_alice_" + "Ab1" * 16
SECRETS: dict[str, tuple[str, str]] = {
    "a secret key": (f"aws_secret_access_key = {KEY}", KEY),
    "a secret key of another length": ("aws_secret_access_key = hunter2", "hunter2"),
    "a secret key for the shell": (f"export AWS_SECRET_ACCESS_KEY={KEY}", KEY),
    "a secret key as JSON": (f'"SecretAccessKey": "{KEY}"', KEY),
    "a secret key under another name": (f"note = {KEY}", KEY),
    "a secret key without a name": (KEY, KEY),
    "a secret key as the external ID": (f"external_id = {KEY}", KEY),
    "a secret key as the name of a profile": (f"[profile {KEY}]", KEY),
    "a secret key close to =": (f"note={KEY}", KEY),
    "a secret key that goes on from a line": (f"  {KEY}", KEY),
    "a secret key in a comment": (f"# {KEY}", KEY),
    "a secret key in a comment behind": (f"region = x ; was {KEY}", KEY),
    "a session token": (f"aws_session_token = {SESSION_TOKEN}", SESSION_TOKEN),
    "a session token by its old name": ("aws_security_token = FQoGZXIv", "FQoGZXIv"),
    "a session token under another name": (f"note = {SESSION_TOKEN}", SESSION_TOKEN),
    "a token of 100": ("note = " + "aB7/" * 25, "aB7/aB7/"),
    "an access key's ID": (f"aws_access_key_id = {ACCESS_KEY}", ACCESS_KEY),
    "an access key's ID under another name": (f"key = {ACCESS_KEY}", ACCESS_KEY),
    "the ID of a session's key": ("key = ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
    "a Daypass token": (f"note = {TOKEN}", TOKEN),
    "a part of a Daypass token": (f"note = {TOKEN[:22]}", TOKEN[:22]),
    "a password": ("azure_default_password = hunter2", "hunter2"),
    "a password in a comment": ("#Password: hunter2", "hunter2"),
    "a client's secret": ("\tclient_secret = hunter2", "hunter2"),
    "a key for an API": ("api_key = hunter2", "hunter2"),
    "a private key": ("-----BEGIN RSA PRIVATE KEY-----", "RSA PRIVATE"),
}
NO_SECRETS = [
    "sso_start_url = https://d-1234567890.awsapps.com/start",
    "sso_account_id = 987654321098",
    "web_identity_token_file = /var/run/secrets/eks.amazonaws.com/serviceaccount/token",
    "note = " + "Ab1" * 13,  # 39
    "note = " + "Ab1" * 13 + "Ab",  # 41
    "note = " + "Ab1" * 33,  # 99
    "note = " + "ab1" * 13 + "a",
    "note = " + "AB1" * 13 + "A",
    "note = " + "aBc" * 13 + "a",
    "# the secret: ask Bob",
    "secretive",
    "mfa_serial = arn:aws:iam::123456789012:mfa/Team1/Firms/Ours/Prod/Contractors/Al1ce",
    "note = arn:aws-cn:iam::123456789012:role/Ab1Ab1Ab1Ab1Ab1Ab1Ab1Ab1Ab1Ab1Ab1A",
]
