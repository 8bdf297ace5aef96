"""Associations of AWS WAF's web ACLs in CloudFormation stacks."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import waf
from ministack.services.cloudformation import provisioners


def apply() -> None:
    """Add the resource type AWS::WAFv2::WebACLAssociation, through AWS WAF's own API."""
    provisioners._RESOURCE_HANDLERS["AWS::WAFv2::WebACLAssociation"] = {
        "create": _create,
        "delete": _delete,
    }


def _create(_logical_id: str, properties: dict[str, Any], _stack_name: str) -> Any:
    status, _, body = waf._associate_web_acl(properties)
    if status != 200:
        raise ValueError(json.loads(body).get("message", body.decode()))
    return f"{properties['WebACLArn']}|{properties['ResourceArn']}", {}


def _delete(_physical_id: str, properties: dict[str, Any]) -> None:
    waf._disassociate_web_acl(properties)
