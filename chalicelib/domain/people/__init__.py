"""Members, leads, their tokens, and authentication by token."""
