"""The schedule that notifies people."""
