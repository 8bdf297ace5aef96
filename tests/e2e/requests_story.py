"""Helpers of the stories about access requests: the command, and the trail."""

from __future__ import annotations

import subprocess
from pathlib import Path

from local.sample_data import Api
from tests.cli.typed import Output


def run_daypass(folder: Path, person: str, *words: str) -> Output:
    """Run the command as this person, from the zipapp that the broker served."""
    process = subprocess.run(
        [folder / "bin" / person, "daypass", *words],
        env={"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": str(folder / person), "TZ": "UTC"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Output(process.returncode, process.stdout, process.stderr)


def summarise(lead: Api, engagement: str, request: str) -> set[tuple[str, str, str]]:
    """Return the actor, action and outcome of each trail entry about the request, and about the
    sessions that it opened."""
    entries = lead("GET", f"/v1/trail?engagement={engagement}&limit=100")["entries"]
    own = [entry for entry in entries if entry["details"].get("request") == request]
    vends = {entry["vend"] for entry in own} - {""}
    return {
        (entry["actor"], entry["action"], entry["outcome"])
        for entry in entries
        if entry in own or entry["vend"] in vends
    }
