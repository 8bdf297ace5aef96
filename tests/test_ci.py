"""The files that GitHub, editors and pre-commit read."""

import os
import re
import subprocess
import tomllib

import package
import yaml

from tests.rows import every
from tests.running import ROOT, read_file

WORKFLOWS = sorted(ROOT.glob(".github/workflows/*"))
CI = ROOT / ".github" / "workflows" / "ci.yml"
PINNED_ACTION = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")
PINNED_IMAGE = re.compile(r"sha256:[0-9a-f]{64}")
DRY_RUN = ("--dry-run", "--no-print-directory")


def load(path):
    return yaml.safe_load(read_file(path))


def jobs(workflow):
    return list(load(workflow)["jobs"].values())


def steps(workflow):
    return [step for job in jobs(workflow) for step in job["steps"]]


def matrix():
    [job] = jobs(CI)
    return job["strategy"]["matrix"]


def supported_pythons():
    """Return the versions from the oldest that pyproject.toml allows to the functions' runtime."""
    project = tomllib.loads(read_file("pyproject.toml"))["project"]
    oldest = re.fullmatch(r">=3\.(\d+)", project["requires-python"])
    assert oldest
    newest = package.RUNTIME.removeprefix("3.")
    return [f"3.{minor}" for minor in range(int(oldest[1]), int(newest) + 1)]


READS = {"contents": "read"}
PERMISSIONS = {
    "ci.yml": {"ci": READS},
    "command.yml": {"command": READS},
    "release.yml": {
        "build": READS,
        "publish": {"attestations": "write", "contents": "write", "id-token": "write"},
        "command": READS | {"id-token": "write"},
    },
}


@every("workflow", WORKFLOWS)
def test_a_workflow_runs_pinned_actions_with_few_permissions_and_ends_by_itself(workflow):
    """Each action has its commit, with the version beside it. No step keeps credentials."""
    text = read_file(workflow)
    actions = re.findall(r"^[ -]*uses: *(.+)$", text, re.MULTILINE)
    used = [step for step in steps(workflow) if "uses" in step]
    assert len(actions) == len(used) > 0
    assert [action for action in actions if not PINNED_ACTION.fullmatch(action)] == []
    assert load(workflow)["permissions"] == {}
    permissions = {name: job["permissions"] for name, job in load(workflow)["jobs"].items()}
    assert permissions == PERMISSIONS[workflow.name]
    checkouts = [step for step in used if step["uses"].startswith("actions/checkout@")]
    assert {step["with"]["persist-credentials"] for step in checkouts} == {False}
    assert "secrets." not in text
    assert all(job["timeout-minutes"] <= 60 for job in jobs(workflow))
    assert load(workflow)["concurrency"]["cancel-in-progress"] is (workflow.name != "release.yml")


def test_no_job_that_runs_the_packages_code_may_publish():
    """A release is built by a job that may only read. Those that publish run no file of it, and
    check nothing out but for uv's checksums."""
    build, publish, command = load(CI.with_name("release.yml"))["jobs"].values()
    assert build["permissions"] == READS
    assert [step["run"] for step in build["steps"] if "make" in step.get("run", "")] != []
    for job in (publish, command):
        commands = " ".join(step.get("run", "") for step in job["steps"])
        assert not re.search(r"\bmake\b|\.chalice|python3 (?!-m venv)", commands)
        assert job["environment"]  # whose rules people set in GitHub


def test_a_release_is_built_twice_in_an_image_of_ci_and_compared():
    build, publish, _ = load(CI.with_name("release.yml"))["jobs"].values()
    assert build["strategy"]["matrix"]["runner"] == matrix()["runner"]
    image = f"python:3.13-trixie@{matrix()['include'][-1]['digest']}"
    assert build["container"]["image"] == image
    runs = [step.get("run", step.get("uses", "")) for step in publish["steps"]]
    steps = ["actions/download-artifact", "diff", "actions/attest-build-provenance", "gh"]
    assert [run.split()[0].partition("@")[0] for run in runs] == steps


def test_the_workflow_calls_what_a_developer_runs():
    assert steps(CI)[-1]["run"] == ".ci/run"
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_workflow_tests_every_python_on_both_processors():
    assert matrix()["python"] == supported_pythons()
    assert [name.endswith("-arm") for name in matrix()["runner"]] == [False, True]


def test_the_command_is_tested_on_other_systems_with_the_oldest_and_the_newest_python():
    [job] = jobs(CI.with_name("command.yml"))
    oldest = tomllib.loads(read_file("cli/pyproject.toml"))["project"]["requires-python"]
    assert job["strategy"]["matrix"]["python"] == [oldest.strip(">="), package.RUNTIME]
    runners = job["strategy"]["matrix"]["runner"]
    assert {runner.partition("-")[0] for runner in runners} == {"windows", "macos"}
    commands = job["steps"][-1]["run"].splitlines()
    assert commands[-1].endswith("tests/cli/anywhere")
    assert "--noconftest" in commands[-1]


def test_every_image_is_pinned_by_its_digest():
    images = {entry["python"]: entry["digest"] for entry in matrix()["include"]}
    assert list(images) == matrix()["python"]
    assert all(PINNED_IMAGE.fullmatch(digest) for digest in images.values())
    assert len(set(images.values())) == len(images)
    [job] = jobs(CI)
    assert job["container"]["image"].endswith("@${{ matrix.digest }}")


def tracked(*patterns):
    names = output_of("git", "ls-files", "-z", *patterns).split("\0")
    return [ROOT / name for name in names if name]


def output_of(*command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_dependabot_updates_every_list_of_packages_and_the_actions():
    folders = {path.parent.relative_to(ROOT).as_posix() for path in tracked("*requirements*.in")}
    updates = load(ROOT / ".github" / "dependabot.yml")["updates"]
    updates = {update["package-ecosystem"]: update for update in updates}
    assert {name.strip("/") or "." for name in updates["uv"]["directories"]} == folders
    assert updates["github-actions"]["directory"] == "/"


def test_the_hook_before_a_commit_runs_the_first_part_of_make_check():
    [repository] = load(ROOT / ".pre-commit-config.yaml")["repos"]
    [hook] = repository["hooks"]
    lint = output_of(*hook["entry"].split(), *DRY_RUN)
    assert "ruff" in lint
    assert output_of("make", "check", *DRY_RUN).startswith(lint)


def is_indented_with_tabs(path):
    """Return whether .editorconfig wants tabs: gofmt writes them, also in the page of clients."""
    return path.name in ("Makefile", "clients.md") or path.suffix == ".go"


def properties(path):
    """Return whether a text file has each property that .editorconfig sets."""
    text = path.read_bytes().decode("utf-8")
    lines = text.split("\n")
    return {
        "end_of_line": "\r" not in text,
        "insert_final_newline": text.endswith("\n") or not text,
        "trim_trailing_whitespace": all(line == line.rstrip(" \t") for line in lines),
        "indent_style": is_indented_with_tabs(path) or not re.search(r"^ *\t", text, re.MULTILINE),
    }


def test_every_file_follows_editorconfig():
    files = [path for path in tracked() if path.suffix != ".png" and path.exists()]
    settings = read_file(".editorconfig")
    assert [name for name in properties(files[0]) if f"\n{name} = " not in settings] == []
    assert [path for path in files if not all(properties(path).values())] == []
