"""Read what a stop will do, and what it has done."""
