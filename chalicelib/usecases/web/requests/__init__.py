"""Read the pages about requests, the access review and one's own access."""
