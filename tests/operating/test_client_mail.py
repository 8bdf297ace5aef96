"""The doctor's findings on mail to clients: the identity, the sandbox."""

import pytest

from operating.aws_cli import Refused
from operating.doctor.client_mail import check_client_mail
from tests.operating.scripted import refusal
from tests.rows import every

SENDER = "daypass@access.example.com"
MISSING = refusal("NotFoundException")
VERIFIED = {"VerifiedForSendingStatus": True}
OPEN = {"ProductionAccessEnabled": True, "SendingEnabled": True}


def findings(cli, identities, account=OPEN):
    aws = cli.answers(
        sesv2__get_email_identity=identities,
        sesv2__get_account=[account],
    )
    return [
        f"{each.kind}: {each.text}" for each in check_client_mail(aws, {"ClientMailFrom": SENDER})
    ]


def test_without_a_sender_nothing_is_checked(cli):
    assert list(check_client_mail(cli.answers(), {"ClientMailFrom": ""})) == []


@every(
    "identities, account, expected",
    [
        ([MISSING], OPEN, ["note: Amazon SES in eu-central-1 has no identity for"]),
        ([{}], OPEN, ["note: Amazon SES in eu-central-1 has not verified"]),
        ([VERIFIED], OPEN, ["ok: Amazon SES has verified"]),
        (
            [VERIFIED],
            {"ProductionAccessEnabled": False, "SendingEnabled": False},
            ["ok: ", "note: This account is in the Amazon SES sandbox", "note: Amazon SES has"],
        ),
    ],
)
def test_each_obstacle_to_mail_is_a_sentence(cli, identities, account, expected):
    texts = findings(cli, identities, account)
    assert len(texts) == len(expected)
    assert all(map(str.startswith, texts, expected)), texts


def test_a_domain_and_its_parents_stand_for_the_address(cli):
    findings(cli, [MISSING, MISSING, VERIFIED])
    names = [arguments[arguments.index("--email-identity") + 1] for arguments in
             cli.calls("sesv2", "get-email-identity")]  # fmt: skip
    assert names == [SENDER, "access.example.com", "example.com"]


def test_a_refused_call_is_no_missing_identity(cli):
    with pytest.raises(Refused):
        findings(cli, [refusal("AccessDeniedException")])
