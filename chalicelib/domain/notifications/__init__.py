"""Which recorded events people are notified of, in which words, and what was delivered."""
