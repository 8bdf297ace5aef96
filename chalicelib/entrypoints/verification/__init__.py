"""Routes and functions that check a client's roles."""
