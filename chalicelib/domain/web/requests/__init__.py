"""The content of the pages about requests and one's own access."""
