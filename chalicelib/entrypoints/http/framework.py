"""Name what Daypass uses of its web framework, Chalice. No other module imports it, so another
framework could take its place (docs/decisions/0100-chalice-behind-one-module.md)."""

from chalice.app import Blueprint, Chalice, Rate, Request, Response

__all__ = ["Blueprint", "Chalice", "Rate", "Request", "Response"]
