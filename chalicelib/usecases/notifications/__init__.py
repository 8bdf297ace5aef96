"""Notify people of what is on the trail."""
