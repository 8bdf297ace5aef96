"""JSON of another shape than the command expects, in the answers to every command."""

import json
from random import Random

from tests.cli.samples import ACCESS, ANSWERS, STDIN, TYPED, access_list
from tests.rows import every

OTHERS = (
    None,
    5,
    -1.5,
    True,
    "",
    "x",
    [],
    {},
    [[]],
    [None],
    {"x": None},
    "\x1b[2J",
)
SESSIONS = "/v1/engagements/acme-prod/sessions"


def run(machine, broker, command):
    words = command.replace("ADDRESS", broker.url).split()
    return machine.type(*words, stdin=STDIN.get(words[0], ""))


def check(output, seed):
    """Fail unless the command ended as documented, and printed no traceback and no escape."""
    everything = output.out + output.err
    assert output.code in (0, 2, 3, 4, 5, 6), (seed, output)
    assert "Traceback" not in everything, (seed, output)
    assert "\x1b" not in everything, (seed, output)
    assert "This is a bug" not in everything, (seed, output)


def replace_value(value, random):
    """Return the JSON with one value somewhere in it replaced or removed."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        name = random.choice(sorted(value))
        if random.random() < 0.2:
            return {key: item for key, item in value.items() if key != name}
        return {**value, name: replace_value(value[name], random)}
    if isinstance(value, list) and value and random.random() < 0.85:
        return [replace_value(value[0], random), *value[1:]]
    return random.choice(OTHERS)


def of_text(value):
    """Return the JSON with a text in place of every value that is no list or object."""
    if isinstance(value, dict):
        return {name: of_text(item) for name, item in value.items()}
    return [of_text(item) for item in value] if isinstance(value, list) else "\x1b[2J\n"


def of_numbers(value):
    return json.loads(json.dumps(of_text(value)).replace(json.dumps("\x1b[2J\n"), "7"))


@every("change", [lambda _: {}, dict.fromkeys, of_text, of_numbers])
@every("command", TYPED)
def test_answers_of_another_shape(new_machine, broker, command, change):
    machine = new_machine()
    for path, answer in ANSWERS.items():
        if path != "/healthz":
            broker.answers[path] = (200, change(answer))
    broker.answers[SESSIONS] = (200, change(broker._vend("readonly")[1]))
    check(run(machine, broker, command), 0)


@every("seed", range(3))
@every("command", TYPED)
def test_answers_with_a_wrong_value(new_machine, broker, command, seed):
    machine = new_machine()
    random = Random(f"{command}{seed}")  # noqa: S311
    for path, answer in ANSWERS.items():
        broker.answers[path] = (200, replace_value(answer, random))
    vended = broker._vend("readonly")[1]
    broker.answers[SESSIONS] = (200, replace_value(vended, random))
    check(run(machine, broker, command), seed)


@every("name", ["token", "member"])
@every("value", [None, 5, ["x"], {"x": "y"}])
def test_a_login_stores_no_token_of_another_shape(machine, broker, name, value):
    before = (machine.store / "logins.json").read_text()
    broker.answers["/v1/enrol"] = (200, {**ANSWERS["/v1/enrol"], name: value})
    assert run(machine, broker, "login ADDRESS").code == 5
    assert (machine.store / "logins.json").read_text() == before


@every("name", ["AccessKeyId", "SecretAccessKey", "SessionToken"])
@every("value", [None, 5, ["x"], "'; id; '", "a\nb", "$(id)", "`id`", "é"])
def test_a_shell_never_evaluates_what_is_no_credential(new_machine, broker, name, value):
    machine = new_machine()
    status, vended = broker._vend("readonly")
    credentials = {**vended["credentials"], name: value}
    broker.answers[SESSIONS] = (status, {**vended, "credentials": credentials})
    output = machine.type("env", "acme-prod/readonly")
    assert output.code in (5, 6)
    *before, last = output.out.splitlines()
    assert all(line.startswith("unset ") for line in before)
    assert last == "false"


ODD_NAMES = ("$(id)", "a\n[profile x]", "../x", "-x", "a b", "A")


@every(
    "command, name",
    [
        *(("ls", name) for name in ODD_NAMES),
        *(("configure", name) for name in (*ODD_NAMES, "", 5)),
    ],
)
def test_an_engagement_of_an_odd_name_goes_into_no_file(machine, broker, name, command):
    broker.answers["/v1/access"] = 200, access_list(ACCESS[0] | {"engagement": name})
    output = machine.type(command)
    assert output.code == 5
    assert "names of engagements" in output.sentence
    assert not (machine.store / "targets.json").exists()
    assert not (machine.home / ".aws" / "config").exists()
