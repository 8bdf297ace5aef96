"""Ask the deployed API for what must be refused, and for what must be given."""
