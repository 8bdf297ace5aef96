"""`daypass verify-trail` finds and names each change of the files. It needs only them and a key."""

import hashlib
import json
import random
import re
import shutil
import subprocess

import pytest

from daypass.digests.chain import verify_chain
from tests.cli.digests.changes import CHANGES, a_chain, write
from tests.rows import every
from tests.running import read_file

RUNS = 200
SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def chain():
    return a_chain()


@pytest.fixture
def folder(chain, tmp_path):
    """Return a folder with the chain, and the public key beside it."""
    write(chain.objects, tmp_path / "trail")
    (tmp_path / "key.pem").write_text(chain.pem)
    return tmp_path / "trail"


def head_of(chain):
    return hashlib.sha256(chain.objects[f"{chain.hours[-1]}/digest.txt"]).hexdigest()


def verify(machine, folder, *more):
    return machine.type("verify-trail", str(folder), "--key", str(folder.parent / "key.pem"), *more)


def test_each_of_200_random_changes_is_found_and_named(chain, tmp_path):
    head = head_of(chain)
    for number in range(RUNS):
        draw = random.Random(number)  # noqa: S311
        changed = CHANGES[number % len(CHANGES)](chain, draw)
        if changed.objects == chain.objects:
            continue  # a line that was replaced by itself
        folder = tmp_path / str(number)
        write(changed.objects, folder)
        findings = verify_chain(str(folder), chain.pem, head=head).findings
        matches = [
            finding
            for finding in findings
            if "/".join(filter(None, (finding.hour, finding.file))) in changed.paths
        ]
        case = f"{number}: {findings}"
        assert matches, case
        assert changed.kinds & {finding.kind for finding in matches}, case
        shutil.rmtree(folder)


def test_a_whole_chain_is_proven_without_a_login_and_a_network(machine, chain, folder):
    output = verify(machine, folder, "--head", head_of(chain).upper())
    assert (output.code, output.err) == (0, "")
    assert output.out == (
        "The trail is whole: 8 hours from 2026-11-24T11 until the end of 2026-11-24T18 (UTC), 25"
        f" entries, 1 recorded late.\nHead: {head_of(chain)}\n"
    )


def test_without_a_head_it_says_what_is_not_proven(machine, folder):
    shown = verify(machine, folder).out
    assert "rewritten. Only a digest's hash that you noted at the time can show that" in shown


def test_what_is_wrong_is_a_table_and_an_exit_code_of_its_own(machine, folder):
    (folder / "2026-11-24T13" / "digest.sig").unlink()
    output = verify(machine, folder)
    assert output.code == 7
    assert output.sentence == "Daypass: The trail differs from what Daypass signed: 2 findings."
    lines = [line.split() for line in output.out.splitlines()]
    assert ["2026-11-24T13/digest.sig", "removed", "The", "file", "is", "missing."] in lines


def test_programs_get_json(machine, chain, folder):
    whole = json.loads(verify(machine, folder, "--json").out)
    assert whole == {
        "is_whole": True,
        "first_hour": "2026-11-24T11",
        "last_hour": "2026-11-24T18",
        "hours": 8,
        "entries": 25,
        "late": 1,
        "head": head_of(chain),
        "findings": [],
    }
    output = verify(machine, folder, "--json", "--head", "0" * 64)
    broken = json.loads(output.out)
    assert (output.code, broken["is_whole"]) == (7, False)
    (finding,) = broken["findings"]
    assert (finding["hour"], finding["file"]) == ("2026-11-24T18", "digest.txt")
    assert finding["kind"] == "cut-off"


def test_a_part_of_the_chain_needs_the_hash_of_the_digest_before(machine, chain, folder):
    for hour in chain.hours[:3]:
        shutil.rmtree(folder / hour)
    before = hashlib.sha256(chain.objects[f"{chain.hours[2]}/digest.txt"]).hexdigest()
    assert verify(machine, folder, "--previous", before).code == 0
    assert verify(machine, folder, "--previous", "0" * 64).code == 7
    output = verify(machine, folder)
    assert output.code == 7
    assert "The hours from 2026-11-24T11 until 2026-11-24T14 are missing" in output.out
    (folder / "first-hour.txt").unlink()
    assert "as --previous." in verify(machine, folder).out


@every(
    "content, problem",
    [
        ("", "it is not one public key in PEM"),
        ("-----BEGIN PRIVATE KEY-----", "it is not one public key in PEM"),
        ("Schlüssel", "is not a public key in PEM"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_key_is_an_error(machine, folder, content, problem):
    key = folder.parent / "key.pem"
    key.unlink(missing_ok=True)
    if content is not None:
        key.write_text(content)
    output = verify(machine, folder)
    assert (output.code, output.out) == (6, "")
    assert problem in output.sentence


def test_a_folder_without_hours_is_an_error(machine, folder):
    empty = folder.parent / "empty"
    empty.mkdir()
    key = str(folder.parent / "key.pem")
    for path in (empty, empty / "nowhere"):
        assert machine.fails(6, "verify-trail", str(path), "--key", key)


def test_a_hash_that_is_none_is_refused(machine, folder):
    for typed in ("", "abc", "g" * 64, "0" * 65):
        assert verify(machine, folder, f"--head={typed}").code == 2, typed


def test_a_file_is_read_in_pieces(chain, folder):
    """A file of one line that never ends is neither held nor parsed whole."""
    with (folder / chain.hours[1] / "entries.ndjson").open("wb") as entries:
        entries.truncate(1 << 28)
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (120 << 20,) * 2);"
        "from daypass.digests.chain import verify_chain as v;"
        "print(v(sys.argv[1], open(sys.argv[2]).read()).findings)"
    )
    key = str(folder.parent / "key.pem")
    environment = {"PYTHONPATH": "cli", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        ["python3", "-c", program, folder, key], env=environment, capture_output=True, text=True
    )
    assert "entries.ndjson" in ran.stdout, ran.stderr


def test_the_documents_lines_verify_with_standard_tools(chain, folder):
    (folder.parent / "public-key.pem").write_text(chain.pem)
    page = read_file("docs/digests.md")
    verifying, looking = (
        next(text for text in SHELL.findall(page) if part in text)
        for part in ("sha256sum --check", "grep --files")
    )

    def run(lines):
        ran = subprocess.run(["bash", "-c", lines], cwd=folder, capture_output=True, text=True)
        return ran.stdout

    assert run(verifying) == ""
    assert run(looking).split() == [
        "2026-11-24T11/digest.txt",
        head_of(chain),
        "2026-11-24T18/digest.txt",
    ]
    entries = folder / "2026-11-24T16/entries.ndjson"
    shutil.copy(folder / "2026-11-24T14/digest.sig", folder / "2026-11-24T13")
    entries.write_bytes(entries.read_bytes()[:-1])
    shutil.rmtree(folder / "2026-11-24T17")
    lines = run(verifying).splitlines()
    assert [line for line in lines if " is not " in line] == [
        "2026-11-24T13/ is not signed",
        "2026-11-24T16/ is not as in its digest",
        "2026-11-24T18/ is not as in its digest",
    ]
