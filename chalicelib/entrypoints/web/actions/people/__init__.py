"""Actions about people, their codes, tokens and grants."""
