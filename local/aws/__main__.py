"""`python -m local.aws`: serve the local AWS until told to stop."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile

from local.aws import environment, listening
from local.ports import port, taken


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, then give 0; or tell that the port is taken, and give 1."""
    options = _parser().parse_args(arguments)
    try:
        listener = listening.open_socket(options.port)
    except OSError as error:
        print(
            f"Daypass: {taken(options.port, error)}",
            file=sys.stderr,
        )
        return 1
    with tempfile.TemporaryDirectory(prefix="daypass-local-aws-") as scratch:
        tempfile.tempdir = scratch  # that of functions too, which is gone with it
        # ministack reads its settings while it is imported: settle them, then import.
        environment.settle(
            os.environ,
            port=listener.getsockname()[1],
            scratch=scratch,
            account=options.account,
        )
        # It warns that KMS lacks an optional package. Nothing here signs with KMS.
        logging.getLogger("kms").setLevel(logging.ERROR)
        # The translator of SAM's templates warns of metrics that it was not told to publish.
        logging.getLogger("samtranslator").setLevel(logging.ERROR)
        from local.aws import server

        server.run(
            listener,
            mended=not options.unmended,
            function_python=options.function_python,
            until_stdin_closes=options.until_stdin_closes,
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.aws", description=__doc__)
    parser.add_argument(
        "--port", type=port, default=4566, help="0 picks a free one (default: 4566)"
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="also stop when stdin reaches its end, so that a killed parent leaves nothing behind",
    )
    parser.add_argument(
        "--account",
        default="000000000000",
        help="whose APIs answer requests without credentials (default: 000000000000)",
    )
    parser.add_argument(
        "--function-python",
        metavar="PYTHON",
        help="what the functions deployed here run on (default: the version that each declares)",
    )
    parser.add_argument(
        "--unmended",
        action="store_true",
        help="run ministack as it comes, to see which mends are still needed",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
