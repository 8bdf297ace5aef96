"""Members, their tokens, and what only the operator can do."""
