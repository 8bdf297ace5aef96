"""Verify the signed digests of the trail, with files and a public key only."""
