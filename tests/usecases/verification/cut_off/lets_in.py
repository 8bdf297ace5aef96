"""Statements in a cut-off role's trust policy that let in others than Daypass in its one way."""

from typing import Any

from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, build_cut_off_trust_policy
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


LIKE_AGENT, LIKE_PERSON = (
    {"StringLike": {"sts:RoleSessionName": f"*{name}"}} for name in (".agent", f".{'?' * 16}")
)
WITH_IDENTITY = {"Null": {"sts:SourceIdentity": "false"}}
LETS_IN: dict[str, list[dict[str, Any]]] = {
    "any agent": also(**LIKE_AGENT),
    "any agent with a source identity": also(**LIKE_AGENT, **WITH_IDENTITY),
    "any agent with tags": also(**LIKE_AGENT, Null={"aws:TagKeys": "false"}),
    "any person": also(**LIKE_PERSON),
    "anyone with a source identity": also(**WITH_IDENTITY),
    "anyone with a source identity and no tags": also(
        Null={"sts:SourceIdentity": "false", "aws:TagKeys": "true"}
    ),
    "anyone with the engagement's tag": also(Null={"aws:RequestTag/DaypassEngagement": "false"}),
    "any external ID, for agents": also(
        StringLike={"sts:RoleSessionName": "*.agent", "sts:ExternalId": "*"}
    ),
    "an external ID that begins like the right one, for agents": also(
        StringLike={"sts:RoleSessionName": "*.agent", "sts:ExternalId": f"{CUT_OFF_ID}*"}
    ),
    "members with their external ID": also(StringEquals={"sts:ExternalId": EXTERNAL_ID}),
    "agents with members' external ID": also(
        **LIKE_AGENT, StringEquals={"sts:ExternalId": EXTERNAL_ID}
    ),
    "members with their external ID and a source identity": also(
        **WITH_IDENTITY, StringEquals={"sts:ExternalId": EXTERNAL_ID}
    ),
    "agents with the right external ID": also(**LIKE_AGENT, StringEquals=ID),
    "a source identity with the right external ID": also(**WITH_IDENTITY, StringEquals=ID),
    "a name that ends like the right one": only(
        StringEquals=ID, StringLike={"sts:RoleSessionName": "*-cut-off"}
    ),
    "a name with parts of the right one": only(
        StringEquals=ID, StringLike={"sts:RoleSessionName": "d*pass*cut-off"}
    ),
    "a name with another last character": only(
        StringEquals=ID, StringLike={"sts:RoleSessionName": "daypass-cut-of?"}
    ),
    **{
        f"an external ID with a ? at {at}": only(
            StringEquals=NAME,
            StringLike={"sts:ExternalId": f"{CUT_OFF_ID[:at]}?{CUT_OFF_ID[at + 1 :]}"},
        )
        for at in (0, len(CUT_OFF_ID) // 2, len(CUT_OFF_ID) - 1)
    },
    "an external ID that ends like the right one": only(
        StringEquals=NAME, StringLike={"sts:ExternalId": f"*{CUT_OFF_ID[4:]}"}
    ),
}
