"""The binary media types that an imported API defines."""

from __future__ import annotations

from typing import Any

from ministack.services import apigateway_v1

_EXTENSION = "x-amazon-apigateway-binary-media-types"


def apply() -> None:
    """Read an API's binary types from its definition too ("x-amazon-apigateway-binary-media-types
    property", API Gateway Developer Guide). Without the fix, only the template's property counts.
    """
    import_api = apigateway_v1._import_rest_api

    def import_with_types(definition: Any, data: Any, *args: Any, **keywords: Any) -> Any:
        types = definition.get(_EXTENSION) or data.get("binaryMediaTypes", [])
        return import_api(definition, {**data, "binaryMediaTypes": types}, *args, **keywords)

    apigateway_v1._import_rest_api = import_with_types
