"""Read CloudTrail's events from files, one at a time: its own files, the JSON of `lookup-events`,
and a CSV of Athena with COLUMNS. A file of any size takes the same memory."""

from __future__ import annotations

import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from daypass.cloudtrail.records import NOT_AN_EVENT, Event, build_event
from daypass.errors import LocalProblem
from daypass.machine.files import file_problem

COLUMNS = (
    "eventid", "eventtime", "eventsource", "eventname", "awsregion", "requestid",
    "recipientaccountid", "errorcode", "requestparameters", "principalid", "accountid", "issuer",
)  # fmt: skip
"""The columns of a CSV: those of CloudTrail's table in Athena. The last three are of its
`useridentity`."""
_ENDINGS = (".json", ".json.gz", ".csv", ".csv.gz")
_CHUNK = 1 << 16
LONGEST_EVENT = 1 << 21
"""Characters. CloudTrail's events have 256 KB, or 1 MB with all their fields ("CloudTrail record
contents", CloudTrail User Guide)."""
_ARRAY = re.compile(r'"(?:Records|Events)"\s*:\s*\[')
_DECODER = json.JSONDecoder()
_CUT = "is cut off: its end is missing"


class _TruncatedFile(ValueError):
    """The file ends in the middle of an event or a document."""


def list_files(paths: Iterable[str]) -> list[Path]:
    """Return the files among the paths, and the event files in the folders among them. Skip
    CloudTrail's digests. Raise LocalProblem if a path does not exist, or if no file is left."""
    files: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.exists():
            raise LocalProblem(f"There is no file {path}.")
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            is_listed = file.name.endswith(_ENDINGS) and "CloudTrail-Digest" not in str(file)
            if file == path or (is_listed and file.is_file()):
                files[file.resolve()] = None
    if not files:
        raise LocalProblem(f"The folder contains no event files ({', '.join(_ENDINGS)}).")
    return list(files)


def read_events(file: Path) -> Iterator[Event]:
    """Yield the file's events. Raise LocalProblem if the file is cut off, or does not hold
    CloudTrail events."""
    try:
        with file.open("rb") as raw:
            is_compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            content: Any = gzip.GzipFile(fileobj=raw) if is_compressed else raw
            text = TextIOWrapper(content, encoding="utf-8-sig", newline="")
            start = text.read(_CHUNK)
            read = _read_json if start.lstrip()[:1] == "{" else _read_csv
            yield from map(build_event, read(text, start))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise LocalProblem(f"{file} {_CUT}, or it is damaged.") from None
    except (ValueError, csv.Error, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        problem = _CUT if isinstance(error, _TruncatedFile) else NOT_AN_EVENT
        raise LocalProblem(
            f"{file} {problem}. daypass reconcile reads CloudTrail's own files, the JSON of aws"
            " cloudtrail lookup-events, and the CSV of the documented Athena query."
        ) from None
    except OSError as error:
        raise file_problem("read", str(file), error) from None


def _read_json(text: TextIO, start: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of each array in the text. There is one in each document, and `aws` prints
    one document after another into a file."""
    match = _ARRAY.search(start)
    if match is None:
        raise ValueError(NOT_AN_EVENT)
    rest = start[match.end() :]
    while True:
        rest = rest.lstrip(" \t\r\n,")
        if rest[:1] == "]":
            rest = _find_next_array(text, rest[1:])
            if not rest:
                return
            continue
        try:
            value, end = _DECODER.raw_decode(rest)
        except ValueError:  # the object is not complete yet, or not JSON
            value, end = None, 0
        if end:
            yield _open_record(value)
            rest = rest[end:]
            continue
        more = text.read(_CHUNK)
        if not more:
            raise _TruncatedFile
        if len(rest) > LONGEST_EVENT:
            raise ValueError(NOT_AN_EVENT)
        rest += more


def _find_next_array(text: TextIO, rest: str) -> str:
    """Return the text after the start of the next array, or an empty text at the end of the last
    document. Raise _TruncatedFile if the last document has no end."""
    while (match := _ARRAY.search(rest)) is None:
        more = text.read(_CHUNK)
        if not more:
            if rest.rstrip()[-1:] != "}":
                raise _TruncatedFile
            return ""
        # The last chunk may end inside an array's start, which is shorter than 64 characters.
        rest = rest[-64:] + more
    return rest[match.end() :]


def _open_record(value: Any) -> Mapping[str, Any]:
    """Return the event, which `lookup-events` has as a text. Raise ValueError for anything else."""
    if isinstance(value, dict) and isinstance(value.get("CloudTrailEvent"), str):
        value = json.loads(value["CloudTrailEvent"])
    if not isinstance(value, dict):
        raise ValueError(NOT_AN_EVENT)
    return value


def _read_csv(text: TextIO, start: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a CSV as records with the field names of CloudTrail's own files.

    The CSV is the result of the Athena query in docs/reconciling.md. `start` is the text that the
    caller has already read from the file. Raise ValueError if a column is missing. Raise
    _TruncatedFile, a ValueError, if a row has more or fewer values than there are columns.
    """
    csv.field_size_limit(LONGEST_EVENT)
    whole_lines = StringIO(start + text.readline(), newline="")
    rows = csv.DictReader(chain(whole_lines, text), strict=True)
    names = rows.fieldnames or ()
    if not set(COLUMNS) <= set(names):
        raise ValueError(NOT_AN_EVENT)
    for row in rows:
        # DictReader fills in None for missing values, and puts surplus values under the key None.
        if None in row.values() or None in row:
            raise _TruncatedFile
        parameters = row["requestparameters"]
        yield {
            "eventID": row["eventid"],
            "eventTime": row["eventtime"],
            "eventSource": row["eventsource"],
            "eventName": row["eventname"],
            "awsRegion": row["awsregion"],
            "requestID": row["requestid"],
            "recipientAccountId": row["recipientaccountid"],
            "errorCode": row["errorcode"],
            "requestParameters": json.loads(parameters) if parameters else None,
            "userIdentity": {
                "principalId": row["principalid"],
                "accountId": row["accountid"],
                "sessionContext": {"sessionIssuer": {"arn": row["issuer"]}},
            },
        }
