"""Role ARNs and client accounts, valid and invalid."""

from chalicelib.domain.firm import Firm
from chalicelib.domain.identifiers import RoleArn, parse_role_arn
from chalicelib.domain.reasons import Reason
from tests.domain.rows import Row

BASE = "arn:aws:iam::987654321098:role/"


def valid_arn(name: str, text: str, partition: str = "aws") -> Row:
    return Row(name, RoleArn(text, partition, "987654321098"), text)


def invalid_arn(name: str, text: str) -> Row:
    return Row(name, Reason.BAD_VALUE, text)


ARNS = [
    valid_arn("a name", BASE + "ContractorRole"),
    valid_arn("every character of a name", BASE + "aZ09_+=,.@-"),
    valid_arn("a path", BASE + "firms/ours/ContractorRole"),
    valid_arn("a name of 64", BASE + "r" * 64),
    valid_arn("a path of 512", BASE + "p" * 510 + "/Role"),
    valid_arn("China", "arn:aws-cn:iam::987654321098:role/R", "aws-cn"),
    valid_arn("GovCloud", "arn:aws-us-gov:iam::987654321098:role/R", "aws-us-gov"),
    invalid_arn("empty", ""),
    valid_arn("a brace", BASE + "{a}/Role"),
    invalid_arn("a dynamic reference of CloudFormation", BASE + "{{a}}/Role"),
    invalid_arn("a name of 65", BASE + "r" * 65),
    invalid_arn("a path of 513", BASE + "p" * 511 + "/Role"),
    invalid_arn("no name", BASE),
    invalid_arn("a path and no name", BASE + "path/"),
    invalid_arn("a user", "arn:aws:iam::987654321098:user/alice"),
    invalid_arn("the account's root", "arn:aws:iam::987654321098:root"),
    invalid_arn("a session", "arn:aws:sts::987654321098:assumed-role/Role/alice"),
    invalid_arn("another service", "arn:aws:s3::987654321098:role/R"),
    invalid_arn("a region", "arn:aws:iam:us-east-1:987654321098:role/R"),
    invalid_arn("every role", BASE + "*"),
    invalid_arn("no ARN", "987654321098"),
    invalid_arn("every role of a path", BASE + "firms*/Role"),
    invalid_arn("any one character of a path", BASE + "firm?/Role"),
    invalid_arn("a policy variable", BASE + "${aws:username}/Role"),
    invalid_arn("every account", "arn:aws:iam::*:role/Role"),
    invalid_arn("an account of 11 digits", "arn:aws:iam::98765432109:role/Role"),
    invalid_arn("an account of 13 digits", "arn:aws:iam::9876543210987:role/Role"),
    invalid_arn("another partition's spelling", "arn:AWS:iam::987654321098:role/Role"),
    invalid_arn("no partition", "arn::iam::987654321098:role/Role"),
    invalid_arn("a newline at the end", BASE + "Role\n"),
    invalid_arn("a space at the start", " " + BASE + "Role"),
    invalid_arn("a second line", BASE + "Role\n" + BASE + "Role"),
    invalid_arn("a NUL", BASE + "Ro\0le"),
    invalid_arn("an Arabic digit", "arn:aws:iam::98765432109\u0668:role/Role"),
    invalid_arn("a Cyrillic letter", BASE + "R\u043ele"),
    invalid_arn("an invisible character in the path", BASE + "firms\u200b/Role"),
]

FIRM = Firm(account_id="123456789012", partition="aws", other_accounts=("222233334444",))
ROLES_IN_CLIENT_ACCOUNTS = [
    Row("a client's account", RoleArn(BASE + "R", "aws", "987654321098"), FIRM, BASE + "R"),
    Row("not an ARN", Reason.BAD_VALUE, FIRM, BASE),
    Row("Daypass's own account", Reason.DAYPASS_ACCOUNT, FIRM, "arn:aws:iam::123456789012:role/R"),
    Row(
        "another account of the firm",
        Reason.FIRM_ACCOUNT,
        FIRM,
        "arn:aws:iam::222233334444:role/R",
    ),
    Row(
        "Daypass's account number in China, where it is another account",
        Reason.ROLE_IN_ANOTHER_PARTITION,
        FIRM,
        "arn:aws-cn:iam::123456789012:role/R",
    ),
]
CLIENT_ROLES = [
    *ROLES_IN_CLIENT_ACCOUNTS,
    Row("a cut-off role", Reason.BAD_VALUE, FIRM, BASE + "daypass-cut-off/ContractorRole-cut-off"),
    Row(
        "a role that only has such a name",
        RoleArn(BASE + "daypass-cut-off", "aws", "987654321098"),
        FIRM,
        BASE + "daypass-cut-off",
    ),
    Row(
        "a path that only begins alike",
        RoleArn(BASE + "daypass-cut-offs/R", "aws", "987654321098"),
        FIRM,
        BASE + "daypass-cut-offs/R",
    ),
]
CLIENT_ACCOUNTS = [
    Row("a client's account", None, FIRM, "987654321098"),
    Row("Daypass's own account", Reason.DAYPASS_ACCOUNT, FIRM, "123456789012"),
    Row("another account of the firm", Reason.FIRM_ACCOUNT, FIRM, "222233334444"),
]

RULES = [
    (parse_role_arn, ARNS, 5),
    (Firm.parse_client_role, CLIENT_ROLES, 1),
    (Firm.parse_role_in_client_account, ROLES_IN_CLIENT_ACCOUNTS, 2),
    (Firm.find_client_account_problem, CLIENT_ACCOUNTS, 2),
]
