"""What is a role's ARN, and what is a whole token, as tables."""

from __future__ import annotations

from chalicelib.domain.firm import Firm
from chalicelib.domain.identifiers import RoleArn
from chalicelib.domain.reasons import Reason
from tests.domain.rows import Row

BASE = "arn:aws:iam::987654321098:role/"


def an_arn(says: str, text: str, partition: str = "aws") -> Row:
    return Row(says, RoleArn(text, partition, "987654321098"), (text,))


def no_arn(says: str, text: str) -> Row:
    return Row(says, Reason.BAD_VALUE, (text,))


ARNS = [
    an_arn("a name", BASE + "ContractorRole"),
    an_arn("every character of a name", BASE + "aZ09_+=,.@-"),
    an_arn("a path", BASE + "firms/ours/ContractorRole"),
    an_arn("a name of 64", BASE + "r" * 64),
    an_arn("a path of 512", BASE + "p" * 510 + "/Role"),
    an_arn("China", "arn:aws-cn:iam::987654321098:role/R", "aws-cn"),
    an_arn("GovCloud", "arn:aws-us-gov:iam::987654321098:role/R", "aws-us-gov"),
    no_arn("nothing", ""),
    an_arn("a brace", BASE + "{a}/Role"),
    no_arn("what is code in CloudFormation", BASE + "{{a}}/Role"),
    no_arn("a name of 65", BASE + "r" * 65),
    no_arn("a path of 513", BASE + "p" * 511 + "/Role"),
    no_arn("no name", BASE),
    no_arn("a path and no name", BASE + "path/"),
    no_arn("a user", "arn:aws:iam::987654321098:user/alice"),
    no_arn("the account's root", "arn:aws:iam::987654321098:root"),
    no_arn("a session", "arn:aws:sts::987654321098:assumed-role/Role/alice"),
    no_arn("another service", "arn:aws:s3::987654321098:role/R"),
    no_arn("a region", "arn:aws:iam:us-east-1:987654321098:role/R"),
    no_arn("every role", BASE + "*"),
    no_arn("no ARN", "987654321098"),
    no_arn("every role of a path", BASE + "firms*/Role"),
    no_arn("any one character of a path", BASE + "firm?/Role"),
    no_arn("a policy variable", BASE + "${aws:username}/Role"),
    no_arn("every account", "arn:aws:iam::*:role/Role"),
    no_arn("an account of 11 digits", "arn:aws:iam::98765432109:role/Role"),
    no_arn("an account of 13 digits", "arn:aws:iam::9876543210987:role/Role"),
    no_arn("another partition's spelling", "arn:AWS:iam::987654321098:role/Role"),
    no_arn("no partition", "arn::iam::987654321098:role/Role"),
    no_arn("a newline at the end", BASE + "Role\n"),
    no_arn("a space at the start", " " + BASE + "Role"),
    no_arn("a second line", BASE + "Role\n" + BASE + "Role"),
    no_arn("a NUL", BASE + "Ro\0le"),
    no_arn("an Arabic digit", "arn:aws:iam::98765432109\u0668:role/Role"),
    no_arn("a Cyrillic letter", BASE + "R\u043ele"),
    no_arn("an invisible character in the path", BASE + "firms\u200b/Role"),
]

OURS = Firm(account_id="123456789012", partition="aws", other_accounts=("222233334444",))
CLIENT_ROLES = [
    Row("a client's", RoleArn(BASE + "R", "aws", "987654321098"), (OURS, BASE + "R")),
    Row("not an ARN", Reason.BAD_VALUE, (OURS, BASE)),
    Row("our own", Reason.DAYPASS_ACCOUNT, (OURS, "arn:aws:iam::123456789012:role/R")),
    Row("our sandbox", Reason.FIRM_ACCOUNT, (OURS, "arn:aws:iam::222233334444:role/R")),
    Row(
        "in China",
        Reason.ROLE_IN_ANOTHER_PARTITION,
        (OURS, "arn:aws-cn:iam::987654321098:role/R"),
    ),
    Row(
        "our own number in China, where it is another account",
        Reason.ROLE_IN_ANOTHER_PARTITION,
        (OURS, "arn:aws-cn:iam::123456789012:role/R"),
    ),
]
CLIENT_ACCOUNTS = [
    Row("a client's", None, (OURS, "987654321098")),
    Row("our own", Reason.DAYPASS_ACCOUNT, (OURS, "123456789012")),
    Row("our sandbox", Reason.FIRM_ACCOUNT, (OURS, "222233334444")),
]
