"""What a client creates so that we can come in, what it may do, and how to end our access."""
