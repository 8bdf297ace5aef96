"""The wording of trail entries, by subject."""
