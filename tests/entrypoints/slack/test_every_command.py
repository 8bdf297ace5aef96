"""Rules for every command. They fail for a new command that lacks a part."""

import pkgutil
from importlib import import_module

import pytest

from chalicelib.domain.slack.commands import LEADS, Command
from chalicelib.domain.slack.pending import PendingAction, Seen
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.slack import commands, dispatch
from chalicelib.usecases.slack.commands import COMMANDS
from chalicelib.usecases.slack.commands.declared import (
    MemberCommand,
    QueuedCommand,
)
from tests.builders import a_role
from tests.entrypoints.slack.leads import ALICE, LENA, fresh_slack_api, run_work
from tests.entrypoints.slack.request_scene import EXAMPLE, let_alice_ask, with_request
from tests.fakes.slack import buttons_of, person, signed, text_of
from tests.fakes.slack import command as form
from tests.rows import every

ABOUT_REQUESTS = ("request", "requests", "approve", "deny", "withdraw")
NINA = person("nina")  # not bound to a member
QUEUED_COMMANDS = [of for of in COMMANDS if isinstance(of, QueuedCommand)]

ROWS, QUEUED_ROWS = (
    [pytest.param(of, id=of.name) for of in some] for some in (COMMANDS, QUEUED_COMMANDS)
)
every_command = every("of", ROWS, api=fresh_slack_api)
every_queued_command = every("of", QUEUED_ROWS, api=fresh_slack_api)


def prepare_example(api, of):
    """Store what the command's example is about."""
    api.world.add(a_role("deploy"))
    if of.name in ABOUT_REQUESTS:
        let_alice_ask(api)
    if of.name != "request":
        with_request(api, id=EXAMPLE)
    if of.name == "done":
        api.post("/v1/engagements/acme-prod/sessions", "alice", {"role": "readonly"})


def example(api, of):
    """Return the answer to the command's example, typed by someone who may use it."""
    prepare_example(api, of)
    return api.types(of.example, sender_of(of)).json


def sender_of(of):
    """Return someone who may use the command's example. No one decides their own request."""
    decides = of.name in ("approve", "deny")
    return LENA if of.kinds in (LEADS, READERS) or decides else ALICE


def test_every_command_of_the_folder_is_registered_once():
    modules = [
        import_module(f"{commands.__name__}.{module.name}")
        for module in pkgutil.iter_modules(commands.__path__)
    ]
    declared = {
        value.name
        for module in modules
        for variable in vars(module).values()
        for value in (variable if isinstance(variable, tuple) else (variable,))
        if isinstance(value, Command)
    }
    assert sorted(of.name for of in COMMANDS) == sorted(declared)


def test_every_button_has_one_handler():
    handlers = [
        (button, handle)
        for of in COMMANDS
        if isinstance(of, MemberCommand)
        for button, handle in of.buttons.items()
    ]
    names = {button for button, _ in handlers}
    assert len({*handlers}) == len(names)
    assert not names & {dispatch.START, dispatch.CANCEL}


@every_command
def test_its_example_is_answered_and_its_buttons_are_known(api, of):
    answer = example(api, of)

    assert answer["response_type"] == "ephemeral"
    assert "request-" not in text_of(answer)  # no refusal, no bug
    for button in buttons_of(answer).values():
        api.presses(button, sender_of(of))
        posts = [text_of(message) for _, message in api.workspace.responder.posted]
        assert not any("could not read" in text or "broke" in text for text in posts)


@every_command
def test_only_the_declared_kinds_may_use_it(api, of):
    answer = text_of(api.types(of.example, NINA).json)
    assert ("slack-unbound" in answer) == (of.kinds is not None)
    if of.kinds == LEADS:
        assert "lead-only" in text_of(api.types(of.example, ALICE).json)
        (entry,) = api.world.entries
        assert entry.outcome is Outcome.REFUSED
        assert entry.action is of.action
        assert entry.address == "slack:T0EXAMPLE/C0GENERAL/UALICE"


def written(api):
    """Return everything that is stored, except the record that a request was seen."""
    items = [item for item in api.world.items.values() if not isinstance(item, Seen)]
    return items, list(api.world.entries)


@every_command
def test_a_command_that_changes_something_runs_once_for_a_repeated_request(api, of):
    prepare_example(api, of)
    sender = sender_of(of)
    before = written(api)
    sent = signed(form(of.example, sender), api.world)

    first, second = (
        text_of(
            api.send("POST", "/v1/slack/commands", raw=sent["body"], headers=sent["headers"]).json
        )
        for _ in range(2)
    )

    changes = of.action is not Action.READ
    assert "duplicate-request" not in first
    assert ("duplicate-request" in second) == changes
    assert (written(api) == before) != changes
    assert len(api.workspace.queue.enqueued) <= 1


@every_queued_command
def test_a_confirmation_names_every_argument(api, of):
    answer = text_of(example(api, of))

    (pending,) = api.world.find(PendingAction)
    args = pending.parsed
    for name in filter(None, (args.engagement, args.role, args.member.id)):
        assert name in answer
    assert args.reason in answer
    assert api.workspace.queue.enqueued == []


MISSING = {"engagement": "nowhere", "role": "nothing", "member": "nobody"}


@every(
    "of, argument",
    [
        pytest.param(of, argument, id=f"{argument.field} of {of.name}")
        for of in QUEUED_COMMANDS
        for argument in of.arguments
        if argument.field in MISSING
    ],
)
def test_a_missing_item_gets_no_confirmation(api, of, argument):
    args = [arg for arg in of.arguments if arg.field in MISSING]
    parts = of.example.split()
    start = len(of.name.split())
    parts[start + args.index(argument)] = MISSING[argument.field]

    answer = text_of(api.types(" ".join(parts), LENA).json)

    assert "no-such-" in answer
    assert api.world.find(PendingAction) == []


@every_queued_command
def test_a_started_action_is_carried_out_and_its_outcome_posted(api, of):
    answer = example(api, of)
    sender = sender_of(of)
    api.presses(buttons_of(answer)[dispatch.START], sender)

    answer = run_work(api)

    assert f"by {sender.name}" in answer
    assert "not done" not in answer
    assert (sender.name, of.action) in [
        (entry.actor, entry.action) for entry in api.world.entries if entry.outcome is Outcome.DONE
    ]
