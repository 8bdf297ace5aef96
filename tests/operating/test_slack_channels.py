"""`make slack-secrets` asks for the channels of engagements, and keeps those that it has."""

import io
import json
from pathlib import Path

import pytest

from operating import parameters, slack_secrets
from operating.aws_cli import Refused
from operating.console import Stop
from tests.operating.scripted import refusal

GENERAL = "https://hooks.slack.com/services/T0EXAMPLE/B0GENERAL/abcdefghij"
ACME = "https://hooks.slack.com/services/T0EXAMPLE/B0ACME/abcdefghij"
KEEP = "\n\n\n"  # Enter for the team, the signing secret and the general channel


class ParameterStore:
    """The part of the AWS CLI that stores parameters."""

    region = "eu-central-1"

    def __init__(self):
        self.values = {}

    def __call__(self, _, operation, *_flags, **request):
        if operation == "put-parameter":
            text = Path(request["value"].removeprefix("file://")).read_text(encoding="utf-8")
            self.values[request["name"]] = json.loads(text)
            return {}
        if request["name"] not in self.values:
            raise Refused(refusal("ParameterNotFound"))
        return {"Parameter": {"Value": json.dumps(self.values[request["name"]])}}

    @property
    def engagements(self):
        return self.values[slack_secrets.WEBHOOK_PARAMETER].get("engagements", {})


@pytest.fixture
def store(monkeypatch):
    made = ParameterStore()
    made.values = {
        slack_secrets.SIGNING_PARAMETER: {"team": "T0EXAMPLE", "signing_secret": "0f" * 16},
        slack_secrets.WEBHOOK_PARAMETER: {"team": "T0EXAMPLE", "webhook": GENERAL},
    }
    monkeypatch.setattr(slack_secrets, "configured_aws", lambda: made)
    monkeypatch.setattr(parameters, "refuse_unknown_settings", lambda: None)
    return made


def run(monkeypatch, typed):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    slack_secrets.ask_and_store_secrets()


def test_an_engagements_channel_is_stored_and_kept(store, monkeypatch, capsys):
    run(monkeypatch, f"{KEEP}acme-prod\n{ACME}\n")
    assert store.engagements == {"acme-prod": ACME}
    run(monkeypatch, KEEP)
    assert store.engagements == {"acme-prod": ACME}
    output = capsys.readouterr().out
    assert "The engagement acme-prod has a channel of its own" in " ".join(output.split())
    assert "B0ACME" not in output


def test_a_dash_removes_an_engagements_channel(store, monkeypatch):
    run(monkeypatch, f"{KEEP}acme-prod\n{ACME}\nhooli\n{GENERAL}\n")
    run(monkeypatch, f"{KEEP}acme-prod\n-\n")
    assert store.engagements == {"hooli": GENERAL}


def test_without_a_general_channel_no_engagement_has_one(store, monkeypatch):
    run(monkeypatch, f"{KEEP}acme-prod\n{ACME}\n")
    run(monkeypatch, "\n\n-\n")
    assert store.values[slack_secrets.WEBHOOK_PARAMETER] == {"team": "T0EXAMPLE", "webhook": ""}


@pytest.mark.parametrize(
    "typed",
    [
        f"{KEEP}Acme Prod\n",
        f"{KEEP}acme-prod\nhttps://evil.example/services/abcdefghij\n",
        f"{KEEP}acme-prod\n",
        "example.slack.com\n",
        "T0EXAMPLE\nnot-the-secret\n",
        "\n\nhttps://hooks.slack.com.evil.example/services/T/B/abcdefghij\n",
    ],
)
def test_an_invalid_value_stores_nothing(store, monkeypatch, typed):
    before = dict(store.values)
    with pytest.raises(Stop):
        run(monkeypatch, typed)
    assert store.values == before


def test_more_channels_than_a_parameter_holds_are_refused(store, monkeypatch):
    typed = "".join(f"engagement-{number}\n{ACME}\n" for number in range(50))
    with pytest.raises(Stop, match="fewer engagements"):
        run(monkeypatch, KEEP + typed)
    assert store.engagements == {}
