"""The throttling limits of an API Gateway stage and its methods."""

from __future__ import annotations

from typing import Any

from ministack.services import apigateway_v1

_ALL = "*"


def apply() -> None:
    """Apply a method's own limit. All methods without one share the stage's default limit.

    "MethodSetting" (AWS::ApiGateway::Stage) writes a path's slashes as ~1. Without the fix, no
    request matches such a setting. AWS does not document whether the default is one token bucket
    for all methods or one for each. One for all is the stricter reading.
    """
    check = apigateway_v1._check_throttle

    def check_own_or_shared(
        stage: Any, api_id: str, stage_name: str, path: str, method: str, key: Any
    ) -> Any:
        encoded = path.replace("/", "~1")
        if f"/{encoded}/{method}" not in (stage.get("methodSettings") or {}):
            encoded, method = _ALL, _ALL
        return check(stage, api_id, stage_name, encoded, method, key)

    apigateway_v1._check_throttle = check_own_or_shared
