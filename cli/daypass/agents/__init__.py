"""Sessions for programs that work for a person by themselves."""
