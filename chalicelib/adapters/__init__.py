"""Adapters to AWS and other services. They import the domain only."""
