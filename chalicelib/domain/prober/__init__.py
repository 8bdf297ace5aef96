"""What the prober asks the deployed API for, and what it makes of the answers."""
