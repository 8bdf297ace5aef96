"""The doctor's finding on the event bus."""

from operating.doctor.account import check_event_bus
from tests.operating.scripted import refusal
from tests.rows import every

ACCOUNT = "123456789012"
BUS = f"arn:aws:events:eu-central-1:{ACCOUNT}:event-bus/siem"


@every(
    "bus, answer, expected",
    [
        ("", None, []),
        (BUS, {"Name": "siem"}, [f"ok: The event bus {BUS} exists."]),
        (BUS, refusal("ResourceNotFoundException"), [f"STOP: There is no event bus {BUS}. "]),
        (BUS.replace(ACCOUNT, "444455556666"), None, ["note: The event bus arn:aws:events:eu-"]),
        (BUS.replace("eu-central", "us-east"), None, ["note: The event bus arn:aws:events:us-"]),
    ],
)
def test_a_bus_that_does_not_exist_stops_a_deployment(cli, bus, answer, expected):
    """Amazon EventBridge would drop the events without an error."""
    aws = cli.answers(**({"events__describe_event_bus": [answer]} if answer else {}))
    texts = [
        f"{each.kind}: {each.text}" for each in check_event_bus(aws, ACCOUNT, {"EventBus": bus})
    ]
    assert len(texts) == len(expected)
    assert all(text.startswith(start) for text, start in zip(texts, expected, strict=True))
