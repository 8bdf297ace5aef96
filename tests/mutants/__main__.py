"""Change the vend path and the adapters in every small way, and see whether a test minds.

`make mutants` tries all of TARGETS, `make mutants PATHS="usecases/vending adapters/vending/sts.py"`
some. A mutant that no test minds and that `survivors.txt` does not excuse makes it fail.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from tests.mutants.mutations import Mutant, mutants
from tests.mutants.targets import ROOT, TARGETS, excused

SIDE_BY_SIDE = 2
LONGEST = 120  # seconds; a mutant that never ends is one that a test minds
MOST_MEMORY = 4_000_000  # KiB of addresses: so is one that never stops collecting
_LIMITED = ["sh", "-c", f'ulimit -v {MOST_MEMORY} 2>/dev/null; exec "$@"', "sh"]


def main() -> int:
    paths = [path for path in TARGETS if path.startswith(tuple(sys.argv[1:]) or "")]
    if not paths:
        print(f"no target is in {' or '.join(sys.argv[1:])}", file=sys.stderr)
        return 2
    work = [(path, mutant) for path in paths for mutant in mutants(_source(path))]
    print(f"{len(work)} mutants of {len(paths)} files, {SIDE_BY_SIDE} at a time", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(SIDE_BY_SIDE):
            copies.put(_copy(Path(folder) / str(number)))
        for path in {tuple(TARGETS[path]): path for path in paths}.values():
            _must_pass_unchanged(copies.queue[0], path)
        survivors, began = [], time.monotonic()

        def tried(job: tuple[str, Mutant]) -> tuple[str, Mutant, bool]:
            copy = copies.get()
            try:
                return *job, _survives(copy, *job)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for number, (path, item, survived) in enumerate(pool.map(tried, work), start=1):
                if survived:
                    survivors.append(f"{path} {item.name}")
                    print(f"  survives: {path} {item.name}", flush=True)
                if number % 20 == 0 or number == len(work):
                    spent = time.monotonic() - began
                    print(f"  {number} of {len(work)}, {spent:.0f} s", flush=True)
    return _verdict(paths, len(work), survivors)


def _verdict(wanted: list[str], tried: int, survivors: list[str]) -> int:
    lines = {line for line in excused() if line.partition(" ")[0] in wanted}
    fresh = [survivor for survivor in survivors if survivor not in lines]
    print(f"{tried} tried, {tried - len(survivors)} found by a test, {len(survivors)} survive,")
    print(f"of which {len(survivors) - len(fresh)} are excused in tests/mutants/survivors.txt")
    for stale in sorted(lines - set(survivors)):
        print(f"no survivor any more, so take it out: {stale}")
    for item in fresh:
        print(f"not excused: {item}")
    return 1 if fresh or lines - set(survivors) else 0


def _source(path: str) -> str:
    return (ROOT / "chalicelib" / path).read_text(encoding="utf-8")


def _copy(to: Path) -> Path:
    """The tracked files, with the environments that this checkout has."""
    process = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    for name in process.stdout.splitlines():
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)
    for name in (".venv", ".venv-aws"):
        (to / name).symlink_to((ROOT / name).resolve())
    return to


def _must_pass_unchanged(copy: Path, path: str) -> None:
    if not _passes(copy, path):
        raise SystemExit(f"these fail without any change: pytest {' '.join(TARGETS[path])}")


def _survives(copy: Path, path: str, mutant: Mutant) -> bool:
    file = copy / "chalicelib" / path
    file.write_text(mutant.source, encoding="utf-8")
    try:
        return _passes(copy, path)
    finally:
        file.write_text(_source(path), encoding="utf-8")


def _passes(copy: Path, path: str) -> bool:
    """Whether all tests of this file pass in time; what they started ends with them."""
    # No bytecode: it is told apart by its second and its size, and two mutants can have both alike.
    command = [
        sys.executable,
        "-B",
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
    ]
    with subprocess.Popen(
        [*_LIMITED, *command, *TARGETS[path]],
        cwd=copy,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(LONGEST) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
