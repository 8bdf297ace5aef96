"""Profiles as in ~/.aws/config, with the result or the refusal of each."""

from __future__ import annotations

from typing import Any

from tests.domain.onboarding.pasted import Pasted

ARN = "arn:aws:iam::987654321098:role/ContractorRole"
ROLE = f"role_arn = {ARN}\n"
ID = "external_id = acme-7f3a91c4\n"
ACME = "[profile acme]\n" + ROLE + ID
TITLE = 'Profile "acme" (line 1)'


def good(case: str, text: str, name: str | None = None, **fields: Any) -> Pasted:
    defaults = {"role_arn": ARN, "external_id": "acme-7f3a91c4", "max_session": 3600, "remarks": ()}
    return Pasted(case, text, defaults | fields, name)


def bad(case: str, text: str, answer: str, name: str | None = None) -> Pasted:
    return Pasted(case, text, answer, name)


def bad_name(case: str, text: str, answer: str, name: str | None = None) -> Pasted:
    return Pasted(case, text, answer, name, "profile")


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

READ = [
    good("a profile", ACME, title=TITLE),
    good("the default profile", ACME.replace("profile acme", "default")),
    good("as in ~/.aws/credentials", ACME.replace("profile acme", "acme"), title=TITLE),
    good("the same with a space", ACME.replace("profile acme", "acme prod"), "acme prod"),
    good("a name in quotes", ACME.replace("acme]", '"acme prod"]'), "acme prod"),
    good("a name in single quotes", ACME.replace("acme]", "'acme prod']"), "acme prod"),
    good("a name with several spaces before it", ACME.replace("profile ", "profile  \t"), "acme"),
    good("a header with spaces in it", ACME.replace("[profile acme]", "[ profile acme ]"), "acme"),
    good("a name that begins like another kind", ACME.replace("profile acme", "services")),
    good("a profile called profile", ACME.replace("profile acme", "profile"), "profile"),
    good(
        "a name that shows nothing",
        ACME.replace("acme]", "a\u200bb]"),
        title="The profile on line 1",
    ),
    good(
        "a name of 64",
        ACME.replace("acme]", "a" * 64 + "]"),
        title=f'Profile "{"a" * 64}" (line 1)',
    ),
    good("a name of 65", ACME.replace("acme]", "a" * 65 + "]"), title="The profile on line 1"),
    good("no space around =", ACME.replace(" = ", "=")),
    good("colons", ACME.replace(" = ", ": ")),
    good("a colon in what stands after =", with_id("a:b=c"), external_id="a:b=c"),
    good("keys in capitals", ACME.replace("role_arn", "Role_ARN").replace("external", "EXTERNAL")),
    good("keys the other way round", "[profile acme]\n" + ID + ROLE),
    good("a byte order mark", "\ufeff" + ACME),
    good("lines as Windows ends them", ACME.replace("\n", "\r\n")),
    good("lines as old Macs ended them", ACME.replace("\n", "\r")),
    good("no line end at the end", ACME.rstrip()),
    good("blank lines between", ACME.replace("\n", "\n\n \t\n"), title=TITLE),
    good("all lines further in", "  [profile acme]\n    " + ROLE + "    " + ID),
    good("less and less far in", "    [profile acme]\n  " + ROLE + ID),
    good("lines of comment", "# mine\n" + ACME.replace("\n", "\n  ; note = 1\n#x\n")),
    good("comments behind it", ACME.replace("\n", " # note; [x] = 1\n")),
    good("comments behind it with a semicolon", ACME.replace("\n", "\t; note # 1\n")),
    good("a comment close to the header", ACME.replace("]", "]; note")),
    good("a comment with a bracket", ACME.replace("]", "] # [note]")),
    good("a block of further settings", ACME + "s3 =\n  role_arn = nobody\n  max = 1\n"),
    good("a value that goes on in words", ACME + "note = one\n  two\n  [three]\n"),
    good("a block before the role", f"[profile acme]\ns3 =\n  external_id = no\n{ROLE}{ID}"),
    good("what is not about a role", ACME + "region = eu-west-1\nsource_profile = default\n"),
    good("one of a whole file", WHOLE_FILE, "acme", title='Profile "acme" (line 20)'),
    good(
        "another of a whole file",
        WHOLE_FILE,
        "globex",
        role_arn="arn:aws:iam::876543210987:role/ConsultantRole",
        external_id="globex/2",
    ),
    good("the only one with a role", "[profile base]\nregion = eu-west-1\n" + ACME),
    good("what is no ARN, which is read elsewhere", ACME.replace(ARN, "Acme"), role_arn="Acme"),
    good("an external ID of two characters", with_id("42"), external_id="42"),
    good("an external ID of 1224", with_id("a" * 1224), external_id="a" * 1224),
    good("every character that AWS takes", with_id("aZ09_+=,.@:/-"), external_id="aZ09_+=,.@:/-"),
    good("a hash as an external ID", with_id("0af" * 13 + "1"), external_id="0af" * 13 + "1"),
    good("a # in a row of characters", ACME.replace("region", "a#b") + "note = a#b\n"),
    good("a quarter of an hour", lasting("900"), max_session=900),
    good("an hour", lasting("3600"), max_session=3600),
    good(
        "a path that is as long as a secret key",
        ACME.replace("role/", "role/Team1/Firms/Ours/Pro/"),
        role_arn="arn:aws:iam::987654321098:role/Team1/Firms/Ours/Pro/ContractorRole",
    ),
]

NO_ENTRY = "No profile here has a role_arn."
NO_LINE = "is not a [section], a comment, or a key = value in a section."
NO_ID = f"{TITLE} has no external_id."
NOT_AN_ID = f"{TITLE}: AWS does not accept this external_id."
NO_NAME = "Line 1: AWS's tools do not accept this profile name."
NO_SECTION = "Line 1 begins with [ but is not a section such as [profile acme]."

REFUSED = [
    bad("nothing", "", NO_ENTRY),
    bad("blank lines", " \n\t\n", NO_ENTRY),
    bad("a comment", "# role_arn = x", NO_ENTRY),
    bad("a profile without a role", "[profile acme]\nregion = eu-west-1\n", NO_ENTRY),
    bad("a role in what is no profile", ACME.replace("profile", "services"), NO_ENTRY),
    bad("a role in a login", ACME.replace("profile", "sso-session"), NO_ENTRY),
    bad("a role in a block", f"[profile acme]\ns3 =\n  {ROLE}", NO_ENTRY),
    bad("no section", ROLE + ID, f"Line 1 {NO_LINE}"),
    bad("a command", "aws sts assume-role", f"Line 1 {NO_LINE}"),
    bad("JSON", '{"role_arn": "x"}', f"Line 1 {NO_LINE}"),
    bad("a word alone", ACME + "region\n", f"Line 4 {NO_LINE}"),
    bad("a key that is empty", ACME + "= x\n", f"Line 4 {NO_LINE}"),
    bad("a line that goes on from nothing", "  x\n" + ACME, f"Line 1 {NO_LINE}"),
    bad("a line that goes on from a header", "[profile acme]\n  -x\n" + ROLE, f"Line 2 {NO_LINE}"),
    bad(
        "a header in a block",
        ACME + "s3 =\n  [acme]\n",
        "Line 5 is indented under the setting on line 4, but it is not a key",
    ),
    bad("a header that is not closed", "[profile acme\n" + ROLE, NO_SECTION),
    bad("a header with more behind it", "[profile acme] x\n" + ROLE, NO_SECTION),
    bad("a header in a header", "[[profile acme]]\n" + ROLE, NO_SECTION),
    bad("an empty header", "[]\n" + ROLE, NO_SECTION),
    bad("a blank header", "[ ]\n" + ROLE, NO_SECTION),
    bad("a name with spaces", ACME.replace("acme]", "acme prod]"), NO_NAME),
    bad("a quote that is not closed", ACME.replace("acme]", '"acme]'), NO_NAME),
    bad("an empty name", ACME.replace("acme]", '""]'), NO_NAME),
    bad(
        "[DEFAULT]",
        ACME.replace("profile acme", "DEFAULT"),
        "Line 1: the AWS CLI applies [DEFAULT]",
    ),
    bad("a profile twice", ACME + ACME, f"{TITLE} appears again on line 4. Remove one of the two."),
    bad(
        "a profile in both spellings",
        ACME + "[acme]\n",
        f"{TITLE} appears again on line 4. Remove one of the two.",
    ),
    bad(
        "a profile in quotes again",
        ACME + '[profile "acme"]',
        f"{TITLE} appears again on line 4. Remove one of the two.",
    ),
    bad("a key twice", ACME + ID, "Line 4 repeats the key of line 3. Remove one line."),
    bad("a key twice in other case", ACME + ID.upper(), "Line 4 repeats the key of line"),
    bad(
        "a role that goes on",
        "[profile acme]\n" + ROLE + "  " + ID,
        f"{TITLE}: line 3 is indented more than line 2, so AWS's tools read it as part of role_arn",
    ),
    bad(
        "an external ID that goes on, for two lines",
        ACME + "\n  # note\n  region = x\n  output = y\n",
        f"{TITLE}: line 6 is indented more than line 3, so AWS's tools read it as part of ext",
    ),
    bad("no external ID", "[profile acme]\n" + ROLE, NO_ID),
    bad("an empty external ID", with_id(""), NO_ID),
    bad("an external ID that is a comment", with_id(" # none"), NO_ID),
    bad("an external ID of one character", with_id("7"), NOT_AN_ID),
    bad("an external ID of 1225", with_id("a" * 1225), NOT_AN_ID),
    bad("an external ID in quotes", with_id('"acme-7f3a91c4"'), NOT_AN_ID),
    bad("an external ID with a space", with_id("acme 7f3a91c4"), NOT_AN_ID),
    bad("an external ID with a wildcard", with_id("acme-*"), NOT_AN_ID),
    bad("an external ID with a variable", with_id("${aws:username}"), NOT_AN_ID),
    bad("an external ID with an accent", with_id("acm\u00e9"), NOT_AN_ID),
    bad("an external ID in full-width digits", with_id("\uff11\uff12"), NOT_AN_ID),
    bad("an external ID with an invisible character", with_id("acme\u200b"), NOT_AN_ID),
    bad_name(
        "several profiles",
        WHOLE_FILE,
        'Several profiles have a role_arn. Choose one with "profile": Profile "acme" (line 20);'
        ' Profile "globex" (line 26).',
    ),
    bad_name(
        "another name",
        ACME,
        f'No profile with this name has a role_arn. Choose one with "profile": {TITLE}.',
        "globex",
    ),
    bad_name(
        "a name in a different letter case",
        ACME,
        "No profile with this name has a role_arn.",
        "Acme",
    ),
    bad_name("the name of one without a role", WHOLE_FILE, "No profile with this name has", "base"),
]

MFA = "The profile has mfa_serial."
SESSION_NAME = "Daypass ignores role_session_name, and names each session after its member."
FEDERATED = "Daypass ignores web_identity_token_file, and calls sts:AssumeRole,"
LONG = "duration_seconds is more than an hour"
NO_DURATION = "Daypass ignores duration_seconds"

# Further settings in the profile, and the beginning of each remark about them.
REMARKED: dict[str, tuple[str, ...]] = {
    "mfa_serial = arn:aws:iam::123456789012:mfa/alice": (MFA,),
    "role_session_name = alice": (SESSION_NAME,),
    "web_identity_token_file = /var/run/token": (FEDERATED,),
    "duration_seconds = 3601": (LONG,),
    "duration_seconds = 43200": (LONG,),
    "duration_seconds = 43201": (NO_DURATION,),
    "duration_seconds = 899": (NO_DURATION,),
    "duration_seconds = an hour": (NO_DURATION,),
    "duration_seconds =": (NO_DURATION,),
    "duration_seconds = -3600": (NO_DURATION,),
    "duration_seconds = \uff13\uff16\uff10\uff10": (NO_DURATION,),
    "duration_seconds = " + "9" * 5_000: (NO_DURATION,),
    "duration_seconds = 900": (),
    "region = eu-west-1\nsource_profile = base\ns3 =\n  mfa_serial = no": (),
    "mfa_serial = x\nduration_seconds = 7200\nrole_session_name = x": (MFA, SESSION_NAME, LONG),
}

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
