"""The proof of a cut-off, drills of it, and canaries, with which Daypass sees that it works."""
