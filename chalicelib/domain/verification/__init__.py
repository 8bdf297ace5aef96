"""What the probes of a client's role prove, why AWS refuses us, and when to look again."""
