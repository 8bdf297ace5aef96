"""Change the vend path and the adapters in every small way, and see whether a test minds.

`make mutants` tries all of TARGETS, `make mutants PATHS="usecases/vending/vend.py"` some. A mutant
that no test minds and that `survivors.txt` does not excuse makes it fail.
"""

from __future__ import annotations

import queue
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.mutations import Mutant, mutants
from tests.mutants.targets import ROOT, TARGETS, excused

SIDE_BY_SIDE = 2
LONGEST = 120  # seconds; a mutant that never ends is one that a test minds


def main() -> int:
    wanted = sys.argv[1:] or list(TARGETS)
    work = [(path, one) for path in wanted for one in mutants(_source(path))]
    print(f"{len(work)} mutants of {len(wanted)} files, {SIDE_BY_SIDE} at a time", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(SIDE_BY_SIDE):
            copies.put(_copy(Path(folder) / str(number)))
        for path in wanted:
            _must_pass_unchanged(copies.queue[0], path)
        survivors, began = [], time.monotonic()

        def tried(job: tuple[str, Mutant]) -> tuple[str, Mutant, bool]:
            copy = copies.get()
            try:
                return *job, _survives(copy, *job)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for number, (path, one, survived) in enumerate(pool.map(tried, work), start=1):
                if survived:
                    survivors.append(f"{path} {one.name}")
                    print(f"  survives: {path} {one.name}", flush=True)
                if number % 20 == 0 or number == len(work):
                    spent = time.monotonic() - began
                    print(f"  {number} of {len(work)}, {spent:.0f} s", flush=True)
    return _verdict(wanted, len(work), survivors)


def _verdict(wanted: list[str], tried: int, survivors: list[str]) -> int:
    known = {line for line in excused() if line.partition(" ")[0] in wanted}
    fresh = [one for one in survivors if one not in known]
    print(f"{tried} tried, {tried - len(survivors)} found by a test, {len(survivors)} survive,")
    print(f"of which {len(survivors) - len(fresh)} are excused in tests/mutants/survivors.txt")
    for stale in sorted(known - set(survivors)):
        print(f"no survivor any more, so take it out: {stale}")
    for one in fresh:
        print(f"not excused: {one}")
    return 1 if fresh or known - set(survivors) else 0


def _source(path: str) -> str:
    return (ROOT / "chalicelib" / path).read_text(encoding="utf-8")


def _copy(to: Path) -> Path:
    """The tracked files, with the environments that this checkout has."""
    told = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, text=True)
    for name in told.stdout.splitlines():
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)
    for name in (".venv", ".venv-aws"):
        (to / name).symlink_to((ROOT / name).resolve())
    return to


def _must_pass_unchanged(copy: Path, path: str) -> None:
    told = _run(copy, path)
    if told.returncode:
        raise SystemExit(f"{told.stdout}\nthe tests of {path} fail without any change")


def _survives(copy: Path, path: str, mutant: Mutant) -> bool:
    file = copy / "chalicelib" / path
    file.write_text(mutant.source, encoding="utf-8")
    try:
        return _passes(copy, path)
    finally:
        file.write_text(_source(path), encoding="utf-8")


def _passes(copy: Path, path: str) -> bool:
    try:
        return not _run(copy, path).returncode
    except subprocess.TimeoutExpired:
        return False


def _run(copy: Path, path: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *TARGETS[path]],
        cwd=copy,
        capture_output=True,
        timeout=LONGEST,
        check=False,
        text=True,
    )


if __name__ == "__main__":
    sys.exit(main())
