"""Start the command. A `creds` that the cache can answer loads one module and nothing else."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command, and exit with its code."""
    try:
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130  # the shells' code for Ctrl-C
    except BrokenPipeError:
        # The reader of a pipe has gone, as after `daypass trail | head`. Python would complain at
        # exit when it flushes what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["creds"]:
        from daypass.cached import serve_from_cache

        code = serve_from_cache(arguments[1:])
        if code is not None:
            return code
    from daypass.command_line import run

    return run(arguments)


if __name__ == "__main__":
    main()
