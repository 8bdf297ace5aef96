"""What looks after the deployed API by asking it."""
