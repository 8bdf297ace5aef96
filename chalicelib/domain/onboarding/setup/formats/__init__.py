"""The formats of a role's files. All of them create the same role."""
