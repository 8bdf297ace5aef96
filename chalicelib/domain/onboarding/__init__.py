"""How a client lets us in: what they are asked to create, and the link to where they read it."""
