"""The stored items of the hourly overview, and the job's rules."""
