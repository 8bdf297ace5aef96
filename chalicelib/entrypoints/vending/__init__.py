"""Routes that vend and list sessions, and their formats."""
