"""Notify people of trail entries."""
