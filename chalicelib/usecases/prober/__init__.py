"""Check the deployed API: requests that it must refuse, and one that it must allow."""
