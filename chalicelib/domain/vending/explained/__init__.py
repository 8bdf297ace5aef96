"""The parts of an explanation of an access decision."""
