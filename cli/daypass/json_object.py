"""The type of a JSON object, such as an answer of Daypass or an entry in the cache."""

from __future__ import annotations

from typing import Any

JsonObject = dict[str, Any]
