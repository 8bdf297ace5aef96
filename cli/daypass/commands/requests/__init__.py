"""Ask for access, and decide about requests of others."""
