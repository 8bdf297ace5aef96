"""Stops in the web console: their exact effects, and their results."""
