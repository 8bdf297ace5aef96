"""`daypass review --package`: the files of an access review, all of them or none."""

import os
import subprocess

from tests.cli.samples import package
from tests.rows import every

PACKAGE = "/v1/review/package"
TYPED = ("review", "--as-of", "2026-10-01", "--package", "q4")
FIRST = (("leavers.csv", []), ("differences.csv", []))


def in_pages(broker, *parts):
    """Answer with these pages."""
    pages = [package(*part, cursor=f"members:m{n}") for n, part in enumerate(parts)]
    pages[0]["readme"], pages[-1]["cursor"] = "Access review\n", None
    broker.answers[PACKAGE] = 200, pages[0]
    answer = broker._answer
    broker._answer = lambda path, body: (
        (200, pages[min(broker.counts[PACKAGE], len(pages)) - 1])
        if path == PACKAGE
        else answer(path, body)
    )


def queries(broker):
    return [path.partition("?")[2] for _, path, _, _ in broker.requests if PACKAGE in path]


def left(machine, folder="."):
    return sorted(os.listdir(machine.home / folder))


def test_a_package_has_the_parts_of_all_pages_and_their_sums(machine, broker):
    in_pages(broker, FIRST, [("leavers.csv", [["bob"], ["o\"neill, '=1"]])])
    output = machine.type(*TYPED)
    assert (output.code, output.out) == (0, "")
    assert output.err.splitlines()[-1] == (
        "Complete, 3 files, from 2026-10-01 00:00 to 2026-11-24 12:00 UTC: q4"
    )
    folder = machine.home / "q4"
    files = ["README.txt", "differences.csv", "leavers.csv", "manifest.txt"]
    assert left(machine, "q4") == files
    assert (folder / "leavers.csv").read_bytes() == b'Member\r\nbob\r\n"o""neill, \'=1"\r\n'
    assert (folder / "README.txt").read_text() == f"Broker: {broker.url}\nAccess review\n"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    check = ["sha256sum", "-c", "--strict", "manifest.txt"]
    assert subprocess.check_output(check, cwd=folder).count(b"OK") == 3
    assert left(machine) == [".daypass", "q4"]


def test_further_pages_are_of_the_times_that_the_first_was_read_as(machine, broker):
    in_pages(broker, FIRST, [], [])
    machine.type(*TYPED)
    exact = "as_of=2026-10-01T00%3A00%3A00.000000Z&until=2026-11-24T12%3A00%3A00.000000Z"
    assert queries(broker) == [
        "as_of=2026-10-01&limit=200",
        f"{exact}&cursor=members%3Am0&limit=200",
        f"{exact}&cursor=members%3Am1&limit=200",
    ]


def test_what_the_trail_does_not_explain_is_said(machine, broker):
    in_pages(broker, FIRST, [("differences.csv", [["bob"]])])
    output = machine.type(*TYPED)
    assert output.code == 0
    assert "differences.csv is not empty" in output.err


@every(
    "name",
    ["../x.csv", "/tmp/x.csv", ".bashrc", "manifest.txt", "a/b.csv", "", "x.csv/", "README.txt"],
)
def test_no_answer_names_another_file(machine, broker, name):
    in_pages(broker, [*FIRST, (name, [])])
    output = machine.type(*TYPED)
    assert output.code != 0
    assert left(machine) == [".daypass"]


@every("status", [403, 429, 503])
def test_a_failure_in_the_middle_leaves_no_folder(machine, broker, status):
    in_pages(broker, FIRST, [])
    answer = broker._answer
    broker._answer = lambda path, body: (
        (status, {"reason": "no", "detail": "No.", "status": status})
        if broker.counts[PACKAGE] > 1
        else answer(path, body)
    )
    output = machine.type(*TYPED)
    assert output.code != 0
    assert left(machine) == [".daypass"]


def test_a_folder_with_files_is_never_touched(machine, broker):
    (machine.home / "q4").mkdir()
    assert machine.type(*TYPED).code == 0  # an empty one is taken
    held = {path: path.read_bytes() for path in (machine.home / "q4").iterdir()}
    assert "already exists" in machine.type(*TYPED).sentence
    (machine.home / "link").symlink_to(machine.home / "q4")
    (machine.home / "file").write_text("x")
    for name in ("link", "file"):
        assert "already exists" in machine.type(*TYPED[:-1], name).sentence
    assert {path: path.read_bytes() for path in (machine.home / "q4").iterdir()} == held


@every("words", [["bob"], ["--json"], ["--keep", "bob", "acme-prod"], ["--search", "x"]])
def test_a_package_is_of_everything(machine, broker, words):
    assert "covers everything" in machine.type(*TYPED, *words).sentence
    assert not queries(broker)


def test_dates_need_a_folder(machine, broker):
    assert "--package" in machine.type("review", "--as-of", "yesterday").sentence
    assert "Cannot write" in machine.type(*TYPED[:-1], "no/such/folder").sentence
    assert not queries(broker)
