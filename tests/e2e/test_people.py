"""One terminal acts as each of the sample people, and touches nothing of its user's."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.running import Started, make_run

PEOPLE = ("alice", "bob", "lena", "omar", "ada")


def run(started: Started, commands: str, home: Path) -> str:
    process = subprocess.run(
        ["sh", "-e", "-c", f"{started.paste}\n{commands}"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_each_person_has_a_private_login_which_is_deleted_at_the_end(tmp_path: Path) -> None:
    with make_run() as started:
        for person in PEOPLE:
            login = started.folder / person / "logins.json"
            assert login.stat().st_mode & 0o777 == 0o600
            assert login.parent.stat().st_mode & 0o777 == 0o700
            assert f"({person}, " in run(started, f"{person} daypass whoami", tmp_path)
        assert "(alice, member)" in run(started, "daypass whoami", tmp_path)

        run(started, "daypass configure\nbob daypass configure", tmp_path)
        as_alice = "eval \"$(daypass env acme-prod/readonly)\"\nbob sh -c 'env | cut -d= -f1'"
        assert "AWS_SESSION_TOKEN" not in run(started, as_alice, tmp_path)
        assert os.listdir(tmp_path) == []

        run(started, "lena daypass freeze --because 'a drill' --wait 0 --yes || true", tmp_path)
        thaw = "daypass thaw --because 'it is over' --yes"
        assert "until another lead types" in run(started, f"lena {thaw}", tmp_path)
        assert "The freeze is lifted" in run(started, f"omar {thaw}", tmp_path)

    assert not started.folder.exists()
