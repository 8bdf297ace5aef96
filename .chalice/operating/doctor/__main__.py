"""`make doctor`."""

from __future__ import annotations

import sys

from operating.doctor.examining import examine
from operating.telling import Stop, exit_status, say


def main() -> None:
    if examine() is None:
        raise Stop("That is to be mended first. Nothing was changed.")
    say("Nothing stands in the way of a deployment.")


if __name__ == "__main__":
    sys.exit(exit_status(main))
