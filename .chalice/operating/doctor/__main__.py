"""`make doctor`."""

from __future__ import annotations

import sys

from operating.doctor.examining import examine
from operating.telling import exit_status, say


def main() -> None:
    examine()
    say("Nothing stands in the way of a deployment.")


if __name__ == "__main__":
    sys.exit(exit_status(main))
