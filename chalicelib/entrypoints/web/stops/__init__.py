"""Stops in the web console: their pages and forms."""
