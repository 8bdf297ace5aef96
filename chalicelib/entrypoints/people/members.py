"""Serve the routes for members, enrolment codes and API tokens to leads. Serve all members the
routes for their own tokens."""

from __future__ import annotations

from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.people.tokens import ChangeToken, Token
from chalicelib.domain.trail import Action
from chalicelib.domain.values import RowCursor, Value, sent_fields
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import Table, render_answer
from chalicelib.entrypoints.http.routing import (
    MemberPath,
    MemberTokenPath,
    OwnTokenPath,
    ReasonBody,
    everyone,
    leads,
    readers,
    with_machines,
)
from chalicelib.usecases.people import members, tokens
from chalicelib.usecases.people.lead_changes import LeadChanges, read_lead_changes
from chalicelib.usecases.people.members import MemberRow, ShownEnrolment
from chalicelib.usecases.people.tokens import NewToken, TokenFilters, TokenRow
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import SearchFilters


class MemberList(Value, kw_only=False):
    """A page of members."""

    members: tuple[MemberRow, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/members")
def list_members(ports: Ports, lead: Caller, query: SearchFilters) -> MemberList | Table | Response:
    """List all members, including suspended ones"""
    return render_answer(members.MEMBERS, ports, lead, query, MemberList)


@leads.get("/v1/members/{member}")
def show_member(ports: Ports, path: MemberPath) -> Member:
    """Show a member"""
    return members.find_member(ports, path.member)


@readers.get("/v1/members/{member}/lead-changes")
def list_lead_changes(ports: Ports, path: MemberPath) -> LeadChanges:
    """List what a member set up as a lead in the last 90 days, as far as it still works"""
    return read_lead_changes(ports, path.member)


@leads.get("/v1/members/{member}/enrolment")
def show_enrolment(ports: Ports, path: MemberPath) -> ShownEnrolment:
    """Show a member's last enrolment code and its status, without its text"""
    return members.read_enrolment(ports, path.member)


@leads.post("/v1/members/{member}/enrolment/revoke", Action.ENROLMENT_REVOKE)
def revoke_enrolment(ports: Ports, lead: Caller, path: MemberPath, body: ReasonBody) -> Enrolment:
    """Revoke an enrolment code, so that it can no longer be exchanged for a token"""
    return members.revoke_enrolment(ports, lead, path.member, why=body.why)


class TokenList(Value, kw_only=False):
    """A page of tokens."""

    tokens: tuple[TokenRow, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


@leads.get("/v1/members/{member}/tokens")
def list_tokens(
    ports: Ports, lead: Caller, path: MemberPath, query: SearchFilters
) -> TokenList | Table | Response:
    """List a member's tokens, including invalid ones"""
    filters = TokenFilters(member=path.member, **sent_fields(query))
    return render_answer(tokens.TOKENS, ports, lead, filters, TokenList)


@leads.get("/v1/members/{member}/tokens/{token}")
def show_token(ports: Ports, path: MemberTokenPath) -> TokenRow:
    """Show one of a member's tokens, without its text"""
    return tokens.read_token(ports, **sent_fields(path))


class Me(Value, kw_only=False):
    """Your member record, and the token of this request."""

    member: Member
    token: Token


@with_machines.get("/v1/me")
def show_me(caller: Caller) -> Me:
    """Show your member record and the token of this request"""
    return Me(caller.member, caller.token)


@everyone.get("/v1/me/tokens")
def list_my_tokens(
    ports: Ports, caller: Caller, query: SearchFilters
) -> TokenList | Table | Response:
    """List your tokens, including invalid ones"""
    filters = TokenFilters(member=caller.member.id, **sent_fields(query))
    return render_answer(tokens.TOKENS, ports, caller, filters, TokenList)


@everyone.post("/v1/me/tokens/rotate", Action.TOKEN_ROTATE, status=201)
def rotate_my_token(ports: Ports, caller: Caller) -> NewToken:
    """Replace the token of this request with a new one"""
    return tokens.rotate_token(ports, caller)


@everyone.get("/v1/me/tokens/{token}")
def show_my_token(ports: Ports, caller: Caller, path: OwnTokenPath) -> TokenRow:
    """Show one of your tokens, without its text"""
    return tokens.read_token(ports, caller.member.id, path.token)


@everyone.patch("/v1/me/tokens/{token}", Action.TOKEN_CHANGE)
def change_my_token(ports: Ports, caller: Caller, path: OwnTokenPath, body: ChangeToken) -> Token:
    """Change one of your tokens, such as its label"""
    return tokens.change_token(ports, caller, path.token, body)


@everyone.post("/v1/me/tokens/{token}/revoke", Action.TOKEN_REVOKE)
def revoke_my_token(
    ports: Ports, caller: Caller, path: OwnTokenPath, body: ReasonBody
) -> Revocation:
    """Revoke one of your tokens"""
    return tokens.revoke_token(ports, caller, caller.member.id, path.token, why=body.why)
