"""`daypass requests` lists what the broker says of each request, and shows one in full."""

import json
from urllib.parse import parse_qs, urlsplit

from tests.cli.requests.moments import ALICES, approved, pending
from tests.cli.samples import BEGIN, EMERGENCY, REQUEST, request_list
from tests.cli.scripted_broker import send


def list_requests(broker, **parts):
    """Answer each part of the list with its request, and every other part with none."""

    def answer(handler):
        (part,) = parse_qs(urlsplit(handler.path).query)["part"]
        send(handler, request_list(*filter(None, [parts.get(part)])))

    broker.answers["/v1/requests"] = answer


def test_the_list_shows_what_waits_and_what_is_ones_own(terminal):
    for text, parts in {
        "none": {},
        "one that waits, and an open one": {"waiting": REQUEST, "open": pending()},
        "an old one": {"own": approved(message="The access is over.")},
    }.items():
        terminal.note(text)
        list_requests(terminal.broker, **parts)
        terminal.run("""
            requests
            requests --all
        """)
    terminal.hold("requests")


def test_json_has_both_parts(machine, broker):
    list_requests(broker, waiting=REQUEST, open=pending())
    answer = json.loads(machine.type("requests", "--json").out)
    assert {name: [each["id"] for each in requests] for name, requests in answer.items()} == {
        "to_decide": [REQUEST["id"]],
        "mine": [ALICES],
    }


def test_one_request_with_all_that_is_known_of_it(terminal):
    path, words = f"/v1/requests/{REQUEST['id']}", ("requests", REQUEST["id"])
    terminal.type(*words)
    for text, request in (
        ("a confirmed emergency", EMERGENCY | {"confirmed_at": BEGIN, "confirmation": "all fine"}),
        ("of an agent, without a ticket", REQUEST | dict.fromkeys(("ticket", "ticket_url"), "")
         | {"caller": "agent"}),
    ):  # fmt: skip
        terminal.note(text, {path: request})
        terminal.type(*words)
    terminal.hold("request-shown")


def test_the_ids_are_offered_for_completion(machine, broker):
    list_requests(broker, waiting=REQUEST, open=pending())
    machine.type("requests")
    offered = {REQUEST["id"], ALICES}
    assert offered <= {*machine.type("complete", "approve").out.split()}
    list_requests(broker, waiting={**REQUEST, "id": "$(touch owned)"})
    assert machine.type("requests").code == 0
    assert offered <= {*machine.type("complete", "approve").out.split()}
