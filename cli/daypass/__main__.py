"""Start the command. A `creds` that the cache can answer loads one module and nothing else."""

from __future__ import annotations

import io
import os
import sys

if not __package__:  # python …/daypass, as the profiles of `daypass configure` start it
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


_CANNOT_WRITE = 6
"""The exit code of LocalProblem. Its module is not loaded here, so that `creds` starts faster."""


def main() -> None:
    """Run the command, and exit with its code."""
    try:
        _prepare_streams()
        code = _run(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130  # the shells' code for Ctrl-C
    except OSError as error:
        # The reader of a pipe has gone, as after `daypass trail | head`, or a disk is full.
        code = 0 if isinstance(error, BrokenPipeError) else _CANNOT_WRITE
        if code:
            sys.stderr.write(f"Daypass: The output cannot be written: {error.strerror}.\n")
        # Python flushes what is left at exit, and would fail again. Let it write to the null
        # device.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _prepare_streams() -> None:
    """Open the null device for each standard stream that is closed.

    Otherwise the next file or socket would get the stream's number, and print(file=None) writes
    to stdout what belongs on stderr. Also let stdin and stdout replace the characters that the
    terminal's encoding does not have. Python escapes them on stderr already.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            stream = open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, stream)
    for standard in (sys.stdin, sys.stdout):
        if isinstance(standard, io.TextIOWrapper):
            standard.reconfigure(errors="replace")


def _run(arguments: list[str]) -> int:
    """Run the command that the arguments name, by the shortest way. Return its exit code."""
    if arguments == ["prompt"]:
        from daypass.prompt import show_prompt

        return show_prompt()
    if arguments[:1] == ["creds"]:
        from daypass.cached import serve_from_cache

        code = serve_from_cache(arguments[1:])
        if code is None:  # the cache has no fresh session
            from daypass.fresh import serve_from_broker

            code = serve_from_broker(arguments[1:])
        if code is not None:
            return code
    # Everything else, and `creds` with arguments that the shortcuts do not handle.
    from daypass.command_line import run

    return run(arguments)


if __name__ == "__main__":
    main()
