"""Apply every small change to the vend path and the adapters, and require a test to fail.

`make mutants` runs all of TARGETS, `make mutants PATHS="usecases/vending adapters/vending/sts.py"`
only those. It fails if a mutant survives that `survivors.txt` does not excuse.
"""

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

WORKERS = 2
TIMEOUT = 120  # seconds; a mutant that times out counts as found
MEMORY_LIMIT = 4_000_000  # KiB of address space; so does a mutant that exceeds it
_LIMITED = ["sh", "-c", f'ulimit -v {MEMORY_LIMIT} 2>/dev/null; exec "$@"', "sh"]


def main() -> int:
    paths = [path for path in TARGETS if path.startswith(tuple(sys.argv[1:]) or "")]
    if not paths:
        print(f"no target in {' or '.join(sys.argv[1:])}", file=sys.stderr)
        return 2
    work = [(path, mutant) for path in paths for mutant in mutants(_source(path))]
    print(f"{len(work)} mutants of {len(paths)} files; {WORKERS} run at a time", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        copies: queue.Queue[Path] = queue.Queue()
        for number in range(WORKERS):
            copies.put(_copy(Path(folder) / str(number)))
        for path in {tuple(TARGETS[path]): path for path in paths}.values():
            _must_pass_unchanged(copies.queue[0], path)
        survivors, began = [], time.monotonic()

        def run(job: tuple[str, Mutant]) -> tuple[str, Mutant, bool]:
            copy = copies.get()
            try:
                return *job, _survives(copy, *job)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(WORKERS) as pool:
            for number, (path, mutant, survived) in enumerate(pool.map(run, work), start=1):
                if survived:
                    survivors.append(f"{path} {mutant.name}")
                    print(f"  survives: {path} {mutant.name}", flush=True)
                if number % 20 == 0 or number == len(work):
                    spent = time.monotonic() - began
                    print(f"  {number} of {len(work)}, {spent:.0f} s", flush=True)
    return _report(paths, len(work), survivors)


def _report(paths: list[str], tried: int, survivors: list[str]) -> int:
    """Print the results, and return the exit status."""
    excuses = {name for name in excused() if name.partition(" ")[0] in paths}
    not_excused = [survivor for survivor in survivors if survivor not in excuses]
    print(f"{tried} mutants; a test found {tried - len(survivors)}, and {len(survivors)} survive.")
    excused_count = len(survivors) - len(not_excused)
    print(f"tests/mutants/survivors.txt excuses {excused_count} of the survivors.")
    stale = sorted(excuses - set(survivors))
    for name in stale:
        print(f"A test finds this mutant now; remove it from survivors.txt: {name}")
    for name in not_excused:
        print(f"not excused: {name}")
    return 1 if not_excused or stale else 0


def _source(path: str) -> str:
    return (ROOT / "chalicelib" / path).read_text(encoding="utf-8")


def _copy(to: Path) -> Path:
    """Copy the tracked files, and link this checkout's virtual environments."""
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
        raise SystemExit(f"these tests fail without a mutant: pytest {' '.join(TARGETS[path])}")


def _survives(copy: Path, path: str, mutant: Mutant) -> bool:
    file = copy / "chalicelib" / path
    file.write_text(mutant.source, encoding="utf-8")
    try:
        return _passes(copy, path)
    finally:
        file.write_text(_source(path), encoding="utf-8")


def _passes(copy: Path, path: str) -> bool:
    """Return whether all tests of this file pass in time. Kill every process that they started."""
    # No bytecode: Python identifies it by second and size, which two mutants can share.
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
            return process.wait(TIMEOUT) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
