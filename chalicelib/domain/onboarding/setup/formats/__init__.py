"""A role written down in the languages that clients use. All forms say the same role."""
