"""Routes about the trail."""
