"""Daypass: a serverless credential broker for consulting teams."""
