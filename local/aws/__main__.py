"""`python -m local.aws`: serve the local AWS until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile

from local.aws import environment, sockets
from local.ports import build_port_in_use_message, parse_port


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, and return 0. Return 1 if the port is in use."""
    options = _build_parser().parse_args(arguments)
    try:
        listener = sockets.open_socket(options.port)
    except OSError as error:
        print(f"Daypass: {build_port_in_use_message(options.port, error)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="daypass-local-aws-") as scratch:
        tempfile.tempdir = scratch  # functions write there too
        # ministack reads its settings at import: set them first.
        environment.replace(
            os.environ,
            port=listener.getsockname()[1],
            scratch=scratch,
            account=options.account,
        )
        # Silence the warning that an optional package for KMS is missing: nothing signs with KMS.
        logging.getLogger("kms").setLevel(logging.ERROR)
        # Silence SAM's warning about metrics that it does not publish.
        logging.getLogger("samtranslator").setLevel(logging.ERROR)
        from local.aws import server

        server.run(
            listener,
            with_fixes=not options.without_fixes,
            function_python=options.function_python,
            until_stdin_closes=options.until_stdin_closes,
        )
    return 0


def _build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line's options."""
    parser = argparse.ArgumentParser(prog="python -m local.aws", description=__doc__)
    parser.add_argument(
        "--port", type=parse_port, default=4566, help="0: any free port (default: 4566)"
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="also stop when stdin ends, as it does when the parent process ends",
    )
    parser.add_argument(
        "--account",
        default="000000000000",
        help="the account of the deployed APIs, because a request to them has no credentials that"
        " name an account (default: 000000000000)",
    )
    parser.add_argument(
        "--function-python",
        metavar="PYTHON",
        help="the Python that runs all deployed functions (default: for each function, the version"
        " that it declares)",
    )
    parser.add_argument(
        "--without-fixes",
        action="store_true",
        help="run ministack, the emulator of AWS, without this project's fixes, to see which of"
        " them it still needs",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
