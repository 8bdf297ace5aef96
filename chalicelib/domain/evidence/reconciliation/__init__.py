"""Compare the trail with the events of a client's CloudTrail. The command has the same rule."""
