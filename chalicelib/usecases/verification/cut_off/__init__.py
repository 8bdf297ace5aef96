"""Check whether a cut-off, which ends live sessions of a role, would work."""
