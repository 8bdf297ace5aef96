"""`make doctor`: check whether Daypass can be deployed here."""

from __future__ import annotations

import sys

from operating.console import exit_status, say
from operating.doctor.checks import run_checks


def main() -> None:
    """Run the checks, and print the conclusion if none blocks a deployment."""
    run_checks()
    say("Daypass can be deployed here.")


if __name__ == "__main__":
    sys.exit(exit_status(main))
