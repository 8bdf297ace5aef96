"""Make the hourly overview, and read what it has stored of each day."""
