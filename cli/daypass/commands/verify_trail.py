"""Verify the trail's files and digests, without a login and without a network."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable

from daypass.command import JSON, Command, argument
from daypass.digests.chain import ChainReport, verify_chain
from daypass.errors import LocalProblem, NotProven
from daypass.machine.files import file_problem
from daypass.terminal.output import count_of, print_json, print_table, progress

_MOST_SHOWN = 50


def _hash(text: str) -> str:
    """Return the hash if it is a SHA-256, which may be copied with capitals."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text, re.ASCII):
        raise ArgumentTypeError("use a SHA-256 hash: 64 hexadecimal digits")
    return text.lower()


def _verify_trail(arguments: Namespace) -> int:
    pem = _read_key(arguments.key)
    with progress("Verifying the trail") as show:
        report = _verify(arguments, pem, lambda hour: show(f"Verifying the trail: {hour}"))
    count = len(report.findings)
    if arguments.json:
        shown = report._replace(findings=[])._asdict()
        findings = [finding._asdict() for finding in report.findings]
        print_json({"is_whole": not count, **shown, "findings": findings})
    elif count:
        rows = [
            ("/".join(filter(None, (finding.hour, finding.file))), finding.kind, finding.text)
            for finding in report.findings[:_MOST_SHOWN]
        ]
        print_table(("WHERE", "WHAT", "WHY"), rows)
    else:
        _print_proof(report, arguments.head)
    if count:
        more = f" The table shows {_MOST_SHOWN}; --json has all." if count > _MOST_SHOWN else ""
        raise NotProven(
            f"The trail differs from what Daypass signed: {count_of(count, 'finding')}.{more}"
        )
    return 0


def _verify(arguments: Namespace, pem: str, step: Callable[[str], None]) -> ChainReport:
    head, previous = arguments.head or "", arguments.previous or ""
    try:
        return verify_chain(arguments.folder, pem, head=head, previous=previous, step=step)
    except OSError as error:
        raise file_problem("read", str(error.filename or arguments.folder), error) from None


def _read_key(path: str) -> str:
    try:
        with open(path, encoding="ascii") as opened:
            return opened.read(4096)
    except OSError as error:
        raise file_problem("read", path, error) from None
    except UnicodeDecodeError:
        raise LocalProblem(f"{path} is not a public key in PEM.") from None


def _print_proof(report: ChainReport, head: str) -> None:
    """Say what the files prove, and what they do not."""
    print(
        f"The trail is whole: {count_of(report.hours, 'hour')} from {report.first_hour} until the"
        f" end of {report.last_hour} (UTC), {count_of(report.entries, 'entry')},"
        f" {report.late:,} recorded late."
    )
    print(f"Head: {report.head}")
    if not head:
        print(
            "This does not show whether later hours were cut off, or the whole trail was"
            " rewritten. Only a digest's hash that you noted at the time can show that: --head"
            " HASH."
        )


COMMANDS = (
    Command(
        "verify-trail",
        "Verify signed files of the trail, without a login",
        _verify_trail,
        (
            argument("folder", metavar="FOLDER", help="a copy of the digests' bucket"),
            argument(
                "--key",
                metavar="FILE",
                required=True,
                help="the public key in PEM format. Get it from a different source than the files",
            ),
            argument(
                "--head",
                metavar="HASH",
                type=_hash,
                help="the SHA-256 that you noted for a digest, which the files must contain",
            ),
            argument(
                "--previous",
                metavar="HASH",
                type=_hash,
                help="the SHA-256 of the preceding digest, if the files do not begin with the"
                " first digest",
            ),
            JSON,
        ),
        description="It reports everything that was changed, removed, inserted, reordered or cut"
        " off since Daypass signed the files. docs/digests.md explains what this proves.",
    ),
)
