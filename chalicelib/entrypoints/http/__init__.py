"""The framework of the HTTP API: routes, requests, answers, problems, logs, OpenAPI."""
