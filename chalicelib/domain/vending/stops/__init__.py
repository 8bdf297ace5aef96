"""Everything that a lead can stop, what each stop does, and what it has done."""
