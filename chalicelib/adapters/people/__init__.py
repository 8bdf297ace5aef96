"""People: who an identity provider says that they are."""
