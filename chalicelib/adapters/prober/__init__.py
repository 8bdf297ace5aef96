"""The deployed API as the prober reaches it."""
