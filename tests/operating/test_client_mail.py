"""The doctor's findings on mail to clients: the identity, its configuration set, the sandbox."""

import pytest

from operating.aws_cli import Refused
from operating.doctor.client_mail import check_client_mail
from tests.operating.scripted import refusal
from tests.rows import every

SENDER = "daypass@access.example.com"
MISSING = refusal("NotFoundException")
VERIFIED = {"VerifiedForSendingStatus": True, "FeedbackForwardingStatus": True}
NO_FORWARDING = {"VerifiedForSendingStatus": True, "FeedbackForwardingStatus": False}
OPEN = {"ProductionAccessEnabled": True, "SendingEnabled": True}


def findings(cli, identities, account=OPEN, configuration_set=None):
    aws = cli.answers(
        sesv2__get_email_identity=identities,
        sesv2__get_account=[account],
        sesv2__get_configuration_set=[configuration_set or {}],
    )
    return [
        f"{each.kind}: {each.text}" for each in check_client_mail(aws, {"ClientMailFrom": SENDER})
    ]


def test_without_a_sender_nothing_is_checked(cli):
    assert list(check_client_mail(cli.answers(), {"ClientMailFrom": ""})) == []


@every(
    "identities, account, configuration_set, expected",
    [
        ([MISSING], OPEN, None, ["note: Amazon SES in eu-central-1 has no identity for"]),
        ([{}], OPEN, None, ["note: Amazon SES in eu-central-1 has not verified"]),
        ([VERIFIED], OPEN, None, ["ok: Amazon SES has verified", "ok: Amazon SES mails bounces"]),
        (
            [NO_FORWARDING],
            OPEN,
            None,
            ["ok: Amazon SES has verified", "note: No one hears of bounced mail"],
        ),
        (
            [NO_FORWARDING | {"ConfigurationSetName": "all"}],
            OPEN,
            {"SendingOptions": {"SendingEnabled": True}},
            ["ok: Amazon SES has verified", "ok: Amazon SES sends with the configuration set all"],
        ),
        (
            [VERIFIED | {"ConfigurationSetName": "all"}],
            OPEN,
            {"SendingOptions": {"SendingEnabled": False}},
            [
                "ok: ",
                "note: Sending is turned off in the identity's default",
                "ok: Amazon SES mails",
            ],
        ),
        (
            [VERIFIED | {"ConfigurationSetName": "all"}],
            OPEN,
            MISSING,
            ["ok: ", "note: The identity's default configuration set all does", "ok: Amazon SES"],
        ),
        (
            [VERIFIED],
            {"ProductionAccessEnabled": False, "SendingEnabled": False},
            None,
            [
                "ok: ",
                "ok: ",
                "note: This account is in the Amazon SES sandbox",
                "note: Amazon SES has",
            ],
        ),
    ],
)
def test_each_obstacle_to_mail_is_a_sentence(cli, identities, account, configuration_set, expected):
    texts = findings(cli, identities, account, configuration_set)
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
    with pytest.raises(Refused):
        findings(
            cli,
            [VERIFIED | {"ConfigurationSetName": "all"}],
            configuration_set=refusal("AccessDeniedException"),
        )
