"""Vending: credentials from AWS STS."""
