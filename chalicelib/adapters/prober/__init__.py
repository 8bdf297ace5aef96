"""The prober: the API that it asks, and its tokens."""
