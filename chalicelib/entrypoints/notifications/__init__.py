"""The schedule of notifications."""
