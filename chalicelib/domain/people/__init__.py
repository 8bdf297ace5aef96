"""Our people: members, leads, their tokens, and whether a token is good."""
