"""Statements in a cut-off role's trust policy that let in others than Daypass in its one way."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, build_cut_off_trust_policy
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from tests.builders import EXTERNAL_ID
from tests.fakes.trust import BROKER
from tests.usecases.verification.cut_off.braked import CUT_OFF_ID

ROOT = BROKER.replace("role/daypass-broker", "root")
NAME = {"sts:RoleSessionName": CUT_OFF_SESSION_NAME}
ID = {"sts:ExternalId": CUT_OFF_ID}


def also(**conditions: Any) -> list[dict[str, Any]]:
    """Return the statement that Daypass requests, and one that accepts Daypass on these conditions
    instead, with any session attributes."""
    policy = build_cut_off_trust_policy(ROOT, BROKER, CUT_OFF_ID)
    attributes = ["sts:SetSourceIdentity", "sts:TagSession"]
    return [
        *policy["Statement"],
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": conditions},
        {"Effect": "Allow", "Action": attributes},
    ]


def only(**conditions: Any) -> list[dict[str, Any]]:
    (statement,) = build_cut_off_trust_policy(ROOT, BROKER, CUT_OFF_ID)["Statement"]
    return [{**statement, "Condition": conditions}]


ANY_ID, MEMBERS_ID, ANY_NAME = CutOffCheck.NO_ID, CutOffCheck.MEMBER_ID, CutOffCheck.OTHER_NAME
LIKE_AGENT, LIKE_PERSON = (
    {"StringLike": {"sts:RoleSessionName": f"*{name}"}} for name in (".agent", f".{'?' * 16}")
)
WITH_IDENTITY = {"Null": {"sts:SourceIdentity": "false"}}
LETS_IN: dict[str, tuple[list[dict[str, Any]], CutOffCheck]] = {
    "any agent": (also(**LIKE_AGENT), ANY_ID),
    "any agent with a source identity": (also(**LIKE_AGENT, **WITH_IDENTITY), ANY_ID),
    "any agent with tags": (also(**LIKE_AGENT, Null={"aws:TagKeys": "false"}), ANY_ID),
    "any person": (also(**LIKE_PERSON), ANY_ID),
    "anyone with a source identity": (also(**WITH_IDENTITY), ANY_ID),
    "anyone with a source identity and no tags": (
        also(Null={"sts:SourceIdentity": "false", "aws:TagKeys": "true"}), ANY_ID),
    "anyone with the engagement's tag": (
        also(Null={"aws:RequestTag/DaypassEngagement": "false"}), ANY_ID),
    "any external ID, for agents": (
        also(StringLike={"sts:RoleSessionName": "*.agent", "sts:ExternalId": "*"}),
        CutOffCheck.WRONG_ID),
    "an external ID that begins like the right one, for agents": (
        also(StringLike={"sts:RoleSessionName": "*.agent", "sts:ExternalId": f"{CUT_OFF_ID}*"}),
        CutOffCheck.WRONG_ID),
    "members with their external ID": (
        also(StringEquals={"sts:ExternalId": EXTERNAL_ID}), MEMBERS_ID),
    "agents with members' external ID": (
        also(**LIKE_AGENT, StringEquals={"sts:ExternalId": EXTERNAL_ID}), MEMBERS_ID),
    "members with their external ID and a source identity": (
        also(**WITH_IDENTITY, StringEquals={"sts:ExternalId": EXTERNAL_ID}), MEMBERS_ID),
    "agents with the right external ID": (also(**LIKE_AGENT, StringEquals=ID), ANY_NAME),
    "a source identity with the right external ID": (
        also(**WITH_IDENTITY, StringEquals=ID), ANY_NAME),
    "a name that ends like the right one": (
        only(StringEquals=ID, StringLike={"sts:RoleSessionName": "*-cut-off"}), ANY_NAME),
    "a name with parts of the right one": (
        only(StringEquals=ID, StringLike={"sts:RoleSessionName": "d*pass*cut-off"}), ANY_NAME),
    "a name with another last character": (
        only(StringEquals=ID, StringLike={"sts:RoleSessionName": "daypass-cut-of?"}), ANY_NAME),
    **{
        f"an external ID with a ? at {at}": (
            only(StringEquals=NAME, StringLike={
                "sts:ExternalId": f"{CUT_OFF_ID[:at]}?{CUT_OFF_ID[at + 1:]}"}),
            CutOffCheck.WRONG_ID)
        for at in (0, len(CUT_OFF_ID) // 2, len(CUT_OFF_ID) - 1)
    },
    "an external ID that ends like the right one": (
        only(StringEquals=NAME, StringLike={"sts:ExternalId": f"*{CUT_OFF_ID[4:]}"}),
        CutOffCheck.WRONG_ID),
}  # fmt: skip
