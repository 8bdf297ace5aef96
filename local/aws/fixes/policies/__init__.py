"""How a policy is read, on whichever side of a request and for whichever service."""
