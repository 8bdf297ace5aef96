"""Compare the trail with the events in a client's CloudTrail. The command has the same rule."""
