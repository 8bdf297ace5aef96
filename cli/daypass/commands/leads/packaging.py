"""Write an access review as a folder of files, whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from daypass.broker import Broker
from daypass.cached import NO_FOLLOW
from daypass.errors import UnexpectedAnswer, UsageProblem
from daypass.json_object import JsonObject
from daypass.machine.files import explaining
from daypass.machine.logins import connect
from daypass.terminal.output import one_line, progress, warn
from daypass.terminal.times import parse_api_time

PACKAGE = "/v1/review/package"
MOST_PAGES = 20_000
_FILE = re.compile(r"[a-z-]{1,40}\.csv", re.ASCII)
_OTHERS = ("about", "decide", "keep", "end", "reason", "search", "sort", "csv", "json")
"""The arguments of `daypass review` that no package has."""
_README, _MANIFEST, _DIFFERENCES = "README.txt", "manifest.txt", "differences.csv"


def write_package(arguments: Namespace) -> None:
    """Write the package of the review into the folder of --package."""
    if not arguments.package:
        raise UsageProblem("Name the folder for the files, with --package.")
    if any(getattr(arguments, name) for name in _OTHERS):
        raise UsageProblem(
            "A package covers everything in its period. With --package, use only --as-of and"
            " --until."
        )
    folder = os.path.abspath(arguments.package)
    if os.path.lexists(folder) and (os.path.islink(folder) or not _is_empty(folder)):
        raise UsageProblem(f"{arguments.package} already exists. Name a new folder.")
    broker = connect(arguments.broker)
    with _open_folder(folder) as unfinished, progress("Reading the trail") as show:
        sums: JsonObject = {}
        differences = 0
        for number, page in enumerate(_read_pages(broker, arguments), 1):
            show(f"Reading the trail: {number}")
            if page["readme"]:
                readme = f"Broker: {broker.address}\n{page['readme']}"
                _append(unfinished, _README, readme.encode(), sums)
            for file in page["files"]:
                name, rows = file["name"], file["rows"]
                if not _FILE.fullmatch(name):
                    raise UnexpectedAnswer(broker.address, "a package")
                headings = [] if name in sums else [file["headings"]]
                _append(unfinished, name, _format(headings + rows), sums)
                differences += len(rows) if name == _DIFFERENCES else 0
        lines = "".join(f"{sums[name].hexdigest()}  {name}\n" for name in sorted(sums))
        _append(unfinished, _MANIFEST, lines.encode(), {})  # the manifest does not list itself
        # There is at least one page, and all pages have the same period.
        begin, end = (parse_api_time(page[name]) for name in ("as_of", "until"))
    span = f"from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC"
    if differences:
        warn(
            f"{_DIFFERENCES} is not empty. The trail does not explain the differences that it"
            " lists."
        )
    print(one_line(f"Complete, {len(sums)} files, {span}: {arguments.package}"), file=sys.stderr)


def _is_empty(folder: str) -> bool:
    return os.path.isdir(folder) and not os.listdir(folder)


def _read_pages(broker: Broker, arguments: Namespace) -> Iterator[JsonObject]:
    """Yield the pages, at least one. Request further pages with the times that the first page
    names, because `now` is later by then."""
    query = {"as_of": arguments.as_of, "until": arguments.until}
    page = next(broker.read_pages(PACKAGE, "files", **query))
    yield page
    if page["cursor"]:
        exact = {name: page[name] for name in ("as_of", "until", "cursor")}
        yield from broker.read_pages(PACKAGE, "files", most_pages=MOST_PAGES, **exact)


def _format(rows: list[list[str]]) -> bytes:
    """Return the rows as CSV. Daypass has escaped the cells."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _append(folder: str, name: str, content: bytes, sums: JsonObject) -> None:
    """Add the content to the file, and to the file's SHA-256 in `sums`, by name."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | NO_FOLLOW
    with open(os.open(os.path.join(folder, name), flags, 0o600), "ab") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sums.setdefault(name, hashlib.sha256()).update(content)


@contextmanager
def _open_folder(folder: str) -> Iterator[str]:
    """Yield a new folder with a temporary name, which only its owner can read. Afterwards rename it
    to `folder`, or remove it after an error."""
    unfinished = ""
    try:
        with explaining("write", folder):
            parent, name = os.path.split(folder)
            unfinished = tempfile.mkdtemp(".partial", f"{name}.", parent)
            yield unfinished
            if os.path.isdir(folder):  # empty, as the caller checked: rmdir removes no other
                os.rmdir(folder)
            os.rename(unfinished, folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
