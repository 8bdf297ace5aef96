"""Daypass on one machine: a local AWS, a sample firm and its clients, the API. Never deployed."""
