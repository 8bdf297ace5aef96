"""Evidence: the bucket of the digests, and the key that signs them."""
