"""Output for a person at a terminal, and the input that a person types."""
