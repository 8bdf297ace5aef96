"""Use cases: what Daypass does. They import the domain only."""
