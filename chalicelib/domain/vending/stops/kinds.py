"""Declare everything that a lead can stop, once for the API, the console, the command, Slack and
docs/revocation.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import fields

from chalicelib.domain.engagements.client_approvers import ApproverId
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import missing_field
from chalicelib.domain.identifiers import (
    EngagementId,
    LinkId,
    MemberId,
    RequestId,
    RoleName,
    SessionId,
    TokenId,
)
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.stops import Stoppable
from chalicelib.domain.text import ClientName, isolate
from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.values import Request, Value, build_type, sent_fields


class StopNames(Request):
    """The names of what a lead stops. Each stop takes those that it needs."""

    member: MemberId = ""
    engagement: EngagementId = ""
    role: RoleName = ""
    token: TokenId = ""
    session: SessionId = ""
    request: RequestId = ""
    client: ClientName = ""
    approver: ApproverId = ""
    link: LinkId = ""


def build_names_type(name: str, names: Iterable[str], base: type[Request] = Request) -> Any:
    """Return a type of this name for a request with these fields of StopNames, all required."""
    types = {field.name: field.type for field in fields(StopNames)}
    return build_type(name, {each: types[each] for each in names}, base)


class ActionKind(Value):
    """Something that a lead does, in words. A text in braces is one of the target's names."""

    name: str
    """The name in URLs, such as `revoke-grant`."""
    command: str = ""
    """The words of `daypass`, such as `revoke grant MEMBER ENGAGEMENT`. Empty if no command does
    it, or one with options of its own."""
    route: str = ""
    """The path of the API's route. A name that it lacks is in the body. Empty if the route
    is declared on its own."""
    heading: str
    """The heading before the target. Its first word is the button."""
    target: str = ""
    """The target as a heading shows it. It names everything that the action needs."""
    action: Action

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names that it needs, in the order of StopNames."""
        needed = re.findall(r"{(\w+)}", self.target)
        return tuple(name for name in StopNames.__struct_fields__ if name in needed)

    @property
    def button(self) -> str:
        return self.heading.partition(" ")[0]

    def require_names(self, names: StopNames) -> dict[str, str]:
        """Return the names that it needs. Raise InvalidRequest if one is missing."""
        needed = {name: getattr(names, name) for name in self.names}
        for name, value in needed.items():
            if not value:
                raise missing_field(name)
        return needed

    def build_title(self, names: Mapping[str, str]) -> str:
        """Return the heading with the target, such as `Revoke a grant: bob in acme-prod`."""
        return ": ".join(filter(None, (self.heading, format_names(self.target, names))))


class StopKind(ActionKind):
    """One kind of stop."""

    item: type[Stoppable] | None = None
    """The stored item that the stop ends, if the target names one."""
    label: str
    """The thing, such as `one grant`. This and the next three are a row of docs/revocation.md."""
    new_sessions: str
    """The new sessions that Daypass still gives."""
    live_sessions: str
    """The live sessions that end, if the client allows cut-offs."""
    undo: str
    """How to undo it. Empty if nothing can be undone."""
    undone_by: str = ""
    """The action that undoes it, for the same target. Empty if no action does."""
    effect: str
    """The effect, as a sentence after "This"."""
    limits: tuple[str, ...] = ()
    """The effects that it does not have."""
    ends_requests: bool = True
    """True if it also ends the requests and the approved access that stand on its target."""
    is_whole_role: bool = False
    """True if it is about all sessions of its roles."""
    cuts_off: bool = True
    """False if it ends no live session."""
    has_page: bool = False
    """True if its result is a page of the console that can be opened and refreshed at any time."""


class StopTarget(Value):
    """The target of a stop, and so the sessions that the stop is about. An empty name excludes
    none."""

    kind: StopKind
    names: StopNames
    tokens: frozenset[str] = frozenset()
    """The IDs of the tokens that requested the sessions. If empty, the token does not matter."""

    @classmethod
    def build(cls, kind: StopKind, names: StopNames) -> StopTarget:
        """Return the target, with only the names that the stop needs. Raise InvalidRequest if one
        is missing."""
        needed = kind.require_names(names)
        tokens = frozenset(filter(None, (needed.get("token"),)))
        return cls(kind=kind, names=StopNames(**needed), tokens=tokens)

    @property
    def member(self) -> str:
        """Return the member whose sessions the stop is about. Empty text stands for everyone."""
        return self.names.member or self.names.request.partition(".")[0]

    @property
    def title(self) -> str:
        return self.kind.build_title(sent_fields(self.names))

    def format(self, template: str) -> str:
        """Return the template with the target's names in place of its fields."""
        return format_names(template, sent_fields(self.names))

    def covers(self, engagement: str, role: str, member: str) -> bool:
        """Return whether the stop is about access to this role for this member."""
        return (
            self.names.engagement in ("", engagement)
            and self.names.role in ("", role)
            and self.member in ("", member)
        )

    def includes(self, intent: Entry) -> bool:
        """Return whether the stop is about the session of the vend with this intent. For a client,
        this is true of every engagement: the caller has to read which ones are the client's."""
        return (
            self.covers(intent.engagement, intent.role, intent.actor)
            and (not self.tokens or intent.token in self.tokens)
            and self.names.session in ("", intent.vend)
            and self.names.request in ("", intent.details.get("request"))
        )


def format_names(template: str, names: Mapping[str, str]) -> str:
    """Return the template with the names in place of its fields."""
    return template.format(
        **{name: isolate(text) if name == "client" else text for name, text in names.items()}
    )


STOPS: Mapping[str, StopKind] = {
    kind.name: kind
    for kind in (
        StopKind(
            name="revoke-session",
            command="revoke session SESSION",
            route="/v1/members/{member}/sessions/{session}/revoke",
            heading="Revoke a session",
            target="{member}.{session}",
            action=Action.SESSION_REVOKE,
            item=Member,
            label="one session",
            new_sessions="not affected",
            live_sessions="this session",
            undo="",
            effect="ends the session {member}.{session}, if the client allows Daypass to end"
            " sessions",
            limits=("The member can still get new sessions.",),
            ends_requests=False,
        ),
        StopKind(
            name="revoke-token",
            command="revoke token MEMBER TOKEN",
            route="/v1/members/{member}/tokens/{token}/revoke",
            heading="Revoke a token",
            target="{token} of {member}",
            action=Action.TOKEN_REVOKE,
            item=Token,
            label="a token (a lost laptop)",
            new_sessions="none with this token",
            live_sessions="those that this token requested",
            undo="create a new enrolment code",
            effect="revokes {member}'s token {token}. Any computer that uses the token is logged"
            " out",
            limits=(
                (
                    "The member's other tokens keep working. Sessions requested with those tokens"
                    " are not affected."
                ),
            ),
            ends_requests=False,
        ),
        StopKind(
            name="revoke-grant",
            command="revoke grant MEMBER ENGAGEMENT",
            route="/v1/engagements/{engagement}/grants/{member}/revoke",
            heading="Revoke a grant",
            target="{member} in {engagement}",
            action=Action.GRANT_REVOKE,
            item=Grant,
            label="one grant",
            new_sessions="none for this member in this engagement",
            live_sessions="this member's in this engagement",
            undo="grant access again",
            effect="revokes {member}'s grant for {engagement}. {member} can no longer start"
            " sessions with this grant",
            limits=("The member keeps their grants for other engagements.",),
        ),
        StopKind(
            name="revoke-request",
            command="revoke request REQUEST",
            route="/v1/requests/{request}/revoke",
            heading="Revoke the access of a request",
            target="{request}",
            action=Action.REQUEST_REVOKE,
            label="the access that a request gave",
            new_sessions="none from this access",
            live_sessions="those from this access",
            undo="the member requests access again",
            effect="permanently revokes the access granted by the request {request}. The"
            " member can no longer get sessions with this access",
            limits=("The member keeps the grant, and any other access to the role.",),
            ends_requests=False,
        ),
        StopKind(
            name="revoke-member",
            command="revoke member MEMBER",
            route="/v1/members/{member}/revoke",
            heading="Suspend a member",
            target="{member}",
            action=Action.MEMBER_REVOKE,
            item=Member,
            label="a member, everywhere",
            new_sessions="none for this member",
            live_sessions="this member's, in every engagement",
            undo="reinstate the member",
            undone_by="reinstate-member",
            effect="suspends {member}. Their tokens and codes are revoked, and they can no"
            " longer get sessions",
            limits=(
                (
                    "Daypass keeps the member's grants. They become active again if a lead"
                    " reinstates the member."
                ),
            ),
            has_page=True,
        ),
        StopKind(
            name="member-leaves",
            command="leave MEMBER",
            route="/v1/members/{member}/leave",
            heading="End everything of a member who leaves",
            target="{member}",
            action=Action.MEMBER_LEAVE,
            item=Member,
            label="a member who leaves",
            new_sessions="none, and their grants are revoked",
            live_sessions="this member's, in every engagement",
            undo="reinstate the member, and grant access again",
            undone_by="reinstate-member",
            effect="permanently suspends {member}. Their tokens, codes and grants are revoked,"
            " and their Slack account is unlinked. They can no longer get sessions",
            has_page=True,
        ),
        StopKind(
            name="revoke-role",
            command="revoke role ENGAGEMENT/ROLE",
            route="/v1/engagements/{engagement}/roles/{role}/revoke",
            heading="Revoke a role",
            target="{engagement}/{role}",
            action=Action.ROLE_END,
            item=Role,
            label="one role",
            new_sessions="none from this role",
            live_sessions="everyone's, of this role",
            undo="create the role again",
            effect=(
                "revokes the role {engagement}/{role}. No one can get new sessions for this role"
            ),
            limits=("The client's IAM role stays. The client can delete it.",),
            is_whole_role=True,
        ),
        StopKind(
            name="revoke-engagement",
            command="revoke engagement ENGAGEMENT",
            route="/v1/engagements/{engagement}/revoke",
            heading="Revoke an engagement",
            target="{engagement}",
            action=Action.ENGAGEMENT_REVOKE,
            item=Engagement,
            label="an engagement",
            new_sessions="none in this engagement",
            live_sessions="everyone's, of its roles",
            undo="reopen the engagement",
            undone_by="reopen-engagement",
            effect="revokes the engagement {engagement}. No one can get new sessions in this"
            " engagement",
            limits=("The client's IAM roles stay. The client can delete them.",),
            is_whole_role=True,
            has_page=True,
        ),
        StopKind(
            name="close-engagement",
            command="close ENGAGEMENT",
            route="/v1/engagements/{engagement}/close",
            heading="Close an engagement",
            target="{engagement}",
            action=Action.ENGAGEMENT_CLOSE,
            item=Engagement,
            label="an engagement whose work is done",
            new_sessions="none in this engagement",
            live_sessions="none: they work until they expire",
            undo="reopen the engagement",
            undone_by="reopen-engagement",
            effect="closes the engagement {engagement}. No one can get new sessions in this"
            " engagement. The client's page explains how to remove the roles",
            limits=("Live sessions continue. To end them too, revoke the engagement instead.",),
            is_whole_role=True,
            cuts_off=False,
        ),
        StopKind(
            name="revoke-client",
            command="revoke client CLIENT",
            route="/v1/clients/revoke",
            heading="Revoke a client",
            target="{client}",
            action=Action.CLIENT_REVOKE,
            label="a client",
            new_sessions="none in the client's engagements",
            live_sessions="everyone's, in these engagements",
            undo="reopen each engagement",
            effect=(
                "revokes every engagement with {client}. No one can get new sessions in these"
                " engagements"
            ),
            limits=("Engagements of clients with a different name are not revoked.",),
            is_whole_role=True,
            has_page=True,
        ),
        StopKind(
            name="freeze",
            command="revoke everything",
            route="/v1/freeze",
            heading="Freeze everything",
            target="",
            action=Action.FREEZE_BEGIN,
            label="everything",
            new_sessions="none, anywhere, after 35 seconds",
            live_sessions="everyone's, in every engagement",
            undo="lift the freeze. This takes two leads",
            undone_by="thaw",
            effect=(
                "freezes Daypass. No one can get sessions for any client until two leads lift"
                " the freeze"
            ),
            limits=(
                "Sessions that were cut off stay cut off after the freeze is lifted.",
                "The freeze suspends no one, and leads can keep working in Daypass.",
                "Requests stay open. Approved access is valid again after the freeze is lifted.",
            ),
            ends_requests=False,
            is_whole_role=True,
            has_page=True,
        ),
    )
}
SUSPENSIONS = ("revoke-member", "member-leaves")
"""The stops that suspend a member."""
