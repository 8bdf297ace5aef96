"""Checks of the deployed API from outside."""
