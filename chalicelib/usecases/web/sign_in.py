"""Sign a member in to the web console with a one-time link, and out again."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.errors import (
    AccessDenied,
    Conflict,
    FactsChanged,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.people.authentication import AuthenticationFailure, Caller, authenticate
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, build_operation
from chalicelib.domain.values import Secret, Value, next_version
from chalicelib.domain.web.sessions import (
    LINK_LIFE,
    LONGEST,
    STORE_USE_AFTER,
    WebLink,
    WebSession,
)
from chalicelib.usecases.admission import Target, build_refusal, build_refusal_error
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import (
    SystemActor,
    as_system_actor,
    record,
    retry_on_conflict,
    write,
    write_operation,
)


class NewWebLink(Value, frozen=True):
    """A new link, and the secret text of its URL. Only a hash of the text is stored."""

    link: WebLink
    text: Secret[str]


class NewWebSession(Value, frozen=True):
    """A new browser session, and the secret text of its cookie."""

    session: WebSession
    text: Secret[str]


def create_web_link(ports: Ports, caller: Caller) -> NewWebLink:
    """Return a new link that signs the caller in to the web console, once and within a minute.

    Raise AccessDenied for a Slack binding, which no browser may act with.
    """
    if caller.token.is_binding:
        raise AccessDenied(Reason.WEB_NEEDS_TOKEN)
    (text, secret_hash), now = IN_URL.new_secret(ports.random), ports.now()
    link = WebLink(
        hash=secret_hash,
        member=caller.member.id,
        token=caller.token.hash,
        created_at=now,
        expires_at=now + LINK_LIFE,
        identity_expires_at=caller.identity_expires_at,
    )
    write(ports, caller, Action.WEB_LINK_CREATE, (None, link))
    return NewWebLink(link, text)


def find_web_link(ports: Ports, link_text: str) -> tuple[WebLink, Caller]:
    """Return the link, and the member that it would sign in now. Do not use the link.

    Raise NotFound for a link that does not work, and Unauthenticated or AccessDenied if its token
    or member no longer works.
    """
    link = _find_link(ports, link_text)
    if link is None or not link.is_valid(ports.now()):
        raise NotFound(Reason.WEB_LINK_REFUSED)
    return link, _authenticate(ports, link.presented)


def use_web_link(ports: Ports, link_text: str, *, address: str) -> NewWebSession:
    """Use the link, and return a new browser session of its member.

    The link's use, the session and the trail entry are one transaction. Raise NotFound for a link
    that does not work; if Daypass knows the link, the trail records the first such try. Raise
    Unauthenticated or AccessDenied if the link's token or member no longer works.
    """
    link = _find_link(ports, link_text)
    if link is None:
        raise NotFound(Reason.WEB_LINK_REFUSED)
    caller = replace(_authenticate(ports, link.presented), address=address)
    if not link.is_valid(ports.now()):
        raise _record_refusal(ports, caller, link)
    text, session = _build_session(ports, caller)
    used = link.mark_used(ports.now())
    try:
        details = {"web_link": link.id}
        write(ports, caller, Action.WEB_SIGN_IN, (None, session), (link, used), details=details)
    except Conflict:  # another request used the link, or the member changed
        raise _record_refusal(ports, caller, link) from None
    return NewWebSession(session, text)


def sign_in_with_token(
    ports: Ports,
    presented: PresentedToken,
    *,
    address: str,
    provider: str,
    authenticated_at: datetime | None,
) -> NewWebSession:
    """Return a new browser session for the token of an identity, which `provider` has confirmed.
    `authenticated_at` is when the person last signed in there, if known.

    Raise Unauthenticated or AccessDenied if the token or its member does not work.
    """
    caller = replace(_authenticate(ports, presented), address=address)
    text, session = _build_session(ports, caller)
    session = replace(session, authenticated_at=authenticated_at)
    details = {"provider": provider}
    write(ports, caller, Action.WEB_SIGN_IN, (None, session), details=details)
    return NewWebSession(session, text)


def find_web_session(ports: Ports, cookie: str, *, stores_use: bool) -> WebSession:
    """Return the browser session of this cookie. With `stores_use`, store its use once a minute.
    Without it, the request does not extend the session.

    The caller has to authenticate the session's token. Raise Unauthenticated if the session is
    unknown or over.
    """
    secret_hash = IN_URL.hash_of(cookie)
    session = ports.state.get(WebSession, secret_hash) if secret_hash else None
    now = ports.now()
    if session is None or not session.is_open(now):
        raise Unauthenticated(Reason.WEB_SESSION_OVER)
    return _store_use(ports, session, now) if stores_use else session


def sign_out(ports: Ports, caller: Caller, session: WebSession) -> None:
    """End the browser session. Signing out again changes nothing."""
    record(ports, caller, build_operation(Action.WEB_SIGN_OUT, (session, session), details={}))
    current: WebSession | None = session
    while current is not None and current.revoked_at is None:
        try:
            ports.state.save(next_version(current, revoked_at=ports.now()))
            return
        except FactsChanged:  # another tab stored its use
            current = ports.state.get(WebSession, session.hash)


def _store_use(ports: Ports, session: WebSession, now: datetime) -> WebSession:
    """Store that the session is used now, if the stored time is a minute old. A failure ends the
    session sooner, and does no other harm."""
    if now < session.last_used_at + STORE_USE_AFTER:
        return session
    with suppress(FactsChanged, Unavailable):
        used = next_version(session, last_used_at=now)
        ports.state.save(used)
        return used
    return session


def _find_link(ports: Ports, link_text: str) -> WebLink | None:
    secret_hash = IN_URL.hash_of(link_text)
    return ports.state.get(WebLink, secret_hash) if secret_hash else None


def _build_session(ports: Ports, caller: Caller) -> tuple[str, WebSession]:
    """Return the text of a new cookie, and its session. The session ends with the token at the
    latest: no identity token, which creates no other token, lets its holder in for longer."""
    (text, secret_hash), now = IN_URL.new_secret(ports.random), ports.now()
    session = WebSession(
        hash=secret_hash,
        member=caller.member.id,
        token=caller.token.hash,
        created_at=now,
        last_used_at=now,
        expires_at=min(
            now + LONGEST,
            caller.token.expires_at,
            caller.identity_expires_at or caller.token.expires_at,
        ),
    )
    return text, session


def _authenticate(ports: Ports, presented: PresentedToken) -> Caller:
    token, member = ports.state.token_and_member(presented)
    caller = authenticate(token, member, presented, ports.now())
    if isinstance(caller, AuthenticationFailure):
        raise build_refusal_error(caller.reason)
    return caller


def _record_refusal(ports: Ports, caller: Caller, link: WebLink) -> NotFound:
    """Record that someone tried a link that no longer works, once for each link, and return the
    error to raise."""
    reason, target = Reason.WEB_LINK_REFUSED, Target(details={"web_link": link.id})
    refusal = build_refusal(Action.WEB_SIGN_IN, reason, target)

    def attempt(by: SystemActor) -> None:
        current = ports.state.get(WebLink, link.hash)
        if current is not None and current.refused_at is None:
            refused = next_version(current, refused_at=ports.now())
            write_operation(ports, by, refusal, [refused])

    retry_on_conflict(ports, as_system_actor(caller), attempt)
    return NotFound(reason)
