"""Sign a member in to the web console with a one-time link or at their identity provider, and out
again. Log their command in from a browser in which they have just signed in at the provider."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime

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
from chalicelib.domain.people.enrolments import CommandLogin, Enrol, Enrolment
from chalicelib.domain.people.identities import (
    Identity,
    IdentityToken,
    ProviderSignIn,
    identity_hash,
)
from chalicelib.domain.people.members import AuthenticationFailure, Caller, Kind, authenticate
from chalicelib.domain.people.sign_in import (
    LINK_LIFE,
    LONGEST,
    STORE_USE_AFTER,
    UsedForm,
    WebLink,
    WebSession,
)
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Edit, build_operation
from chalicelib.domain.values import Secret, Value, next_version
from chalicelib.usecases.admission import Target, build_refusal, build_refusal_error
from chalicelib.usecases.people.enrol import bind_identity
from chalicelib.usecases.people.members import NewEnrolment, build_enrolment
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import (
    SystemActor,
    as_system_actor,
    record,
    retry_on_conflict,
    write,
    write_operation,
)

CODE_LIFE = LINK_LIFE
"""How long the code for a waiting command is valid. The command exchanges it at once."""


class NewWebLink(Value, kw_only=False):
    """A new link, and the secret text of its URL. Only a hash of the text is stored."""

    link: WebLink
    text: Secret[str]


class NewWebSession(Value, kw_only=False):
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
    used = link.mark_used(ports.now())
    try:
        return _begin_session(ports, caller, {"web_link": link.id}, (link, used))
    except Conflict:  # another request used the link, or the member changed
        raise _record_refusal(ports, caller, link) from None


def sign_in_with_token(
    ports: Ports,
    presented: PresentedToken,
    *,
    address: str,
    provider: str,
    authenticated_at: datetime,
) -> NewWebSession:
    """Return a new browser session. It belongs to the stored token of an identity, which `provider`
    has just confirmed. `authenticated_at` is when the person last signed in there.

    Raise Unauthenticated or AccessDenied if the token or its member does not work.
    """
    caller = replace(_authenticate(ports, presented), address=address)
    return _begin_session(ports, caller, {"provider": provider}, authenticated_at=authenticated_at)


def find_web_session(ports: Ports, cookie: str, *, stores_use: bool) -> WebSession:
    """Return the browser session of this cookie. With `stores_use`, store its use once a minute.
    Without it, the request does not extend the session. A cookie is a secret of the same format as
    those in URLs (IN_URL).

    The caller has to authenticate the API token that the session belongs to. Raise Unauthenticated
    if the session is unknown or over.
    """
    secret_hash = IN_URL.hash_of(cookie)
    session = ports.state.get(WebSession, secret_hash) if secret_hash else None
    now = ports.now()
    if session is None or not session.is_open(now):
        raise Unauthenticated(Reason.WEB_SESSION_OVER)
    return _store_use(ports, session, now) if stores_use else session


def sign_out(ports: Ports, caller: Caller, session: WebSession) -> None:
    """End the browser session. Signing out again changes nothing."""
    # The entry names the session. The edit changes nothing: the session is stored below, alone.
    record(ports, caller, build_operation(Action.WEB_SIGN_OUT, (session, session), details={}))
    current: WebSession | None = session
    while current is not None and current.revoked_at is None:
        try:
            ports.state.save(next_version(current, revoked_at=ports.now()))
            return
        except FactsChanged:  # another tab stored its use
            current = ports.state.get(WebSession, session.hash)


def use_form_once(ports: Ports, session: WebSession, form: str) -> None:
    """Record that the browser session uses this form. Raise Conflict if the session has used it
    before, even if two requests use it at the same time. Raise Unavailable if DynamoDB does not
    confirm that the use is stored."""
    try:
        ports.state.save(UsedForm(session=session.hash, form=form, expires_at=session.expires_at))
    except FactsChanged:
        raise Conflict(Reason.WEB_FORM_SENT) from None


def _store_use(ports: Ports, session: WebSession, now: datetime) -> WebSession:
    """Store that the session is used now, if the stored time is at least a minute old. If that
    fails, the session only ends sooner."""
    if now < session.last_used_at + STORE_USE_AFTER:
        return session
    with suppress(FactsChanged, Unavailable):
        used = next_version(session, last_used_at=now)
        ports.state.save(used)
        return used
    return session


def _find_link(ports: Ports, link_text: str) -> WebLink | None:
    """Return the stored link, valid or not. Return None if it is unknown or malformed."""
    secret_hash = IN_URL.hash_of(link_text)
    return ports.state.get(WebLink, secret_hash) if secret_hash else None


def _begin_session(
    ports: Ports,
    caller: Caller,
    details: Mapping[str, str],
    *edits: Edit,
    authenticated_at: datetime | None = None,
) -> NewWebSession:
    """Store a new session, with these edits and details, and return it.

    The session ends no later than the token, and no later than the identity token, if one was
    presented. So an identity token gives no access for longer than it is valid itself.
    """
    (text, secret_hash), now = IN_URL.new_secret(ports.random), ports.now()
    session = WebSession(
        hash=secret_hash,
        member=caller.member.id,
        token=caller.token.hash,
        created_at=now,
        last_used_at=now,
        expires_at=min(now + LONGEST, caller.expires_at),
        authenticated_at=authenticated_at,
    )
    write(ports, caller, Action.WEB_SIGN_IN, (None, session), *edits, details=details)
    return NewWebSession(session, text)


def _authenticate(ports: Ports, presented: PresentedToken) -> Caller:
    """Return the caller with this token. Raise Unauthenticated or AccessDenied for an invalid token
    and for a machine: browsers are for people."""
    token, member = ports.state.token_and_member(presented)
    caller = authenticate(token, member, presented, ports.now())
    if isinstance(caller, AuthenticationFailure):
        raise build_refusal_error(caller.reason)
    if caller.member.kind is Kind.MACHINE:
        raise build_refusal_error(Reason.PEOPLE_ONLY)
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


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Assumed if a provider does not say when the person signed in: its old session may have answered,
without a question."""


class BegunSignIn(Value, kw_only=False):
    """The provider's page to open, and the text of the browser's cookie."""

    url: Secret[str]
    cookie: Secret[str]


def begin_sign_in(
    ports: Ports,
    issuer: str,
    *,
    redirect_uri: str,
    login: CommandLogin | None = None,
    enrolment_code: str = "",
) -> BegunSignIn:
    """Return the URL of the provider's sign-in page, and the cookie to set. The cookie holds a
    secret, the command `login` that waits for this sign-in, and `enrolment_code`, which registers a
    new identity. Raise NotFound if this provider is not set up for sign-ins in the browser, and
    Unavailable if the provider does not answer."""
    if issuer not in ports.identity_providers.web_issuers:
        raise NotFound(Reason.NO_SUCH_WEB_PAGE)
    secret, _ = IN_URL.new_secret(ports.random)  # the format of secrets in URLs fits cookies, too
    waiting = (login.challenge, login.port) if login is not None else ("", "")
    # All parts but the secret may be empty. Their patterns (`Challenge`, `EnrolmentCode`) allow no
    # dot.
    cookie = ".".join((secret, *waiting, enrolment_code))
    sign_in = ProviderSignIn(issuer, cookie)
    url = ports.identity_providers.build_sign_in_url(sign_in, redirect_uri)
    return BegunSignIn(url, cookie)


def read_waiting_command(cookie: str) -> dict[str, str]:
    """Return the unverified fields of the command that waits for this browser's sign-in, as
    `begin_sign_in` wrote them into the cookie: challenge and port, after the cookie's secret. They
    are empty if no command waits."""
    return dict(zip(CommandLogin.__struct_fields__, cookie.split(".")[1:], strict=False))


def finish_sign_in(
    ports: Ports,
    cookie: str,
    *,
    state: str,
    issuer: str,
    code: str,
    redirect_uri: str,
    address: str,
) -> NewWebSession:
    """Exchange the provider's code, and return a new browser session of the identity's member.

    `issuer` is the provider that says it has sent the browser back (RFC 9207), or empty. If it is
    not the provider at which this browser began, refuse, so that neither gets the other's code. If
    the browser began with an enrolment code, first register a new identity with that code.

    Raise AccessDenied if this browser did not begin the sign-in, if the provider refuses its own
    code, or if Daypass refuses the enrolment code. Raise Unauthenticated for an identity that
    belongs to no member, and Unavailable if the provider does not answer.
    """
    sign_in = _find_begun_sign_in(ports, cookie, state)
    if issuer not in ("", sign_in.issuer):
        raise AccessDenied(Reason.WEB_SIGN_IN_FAILED)
    verified = ports.identity_providers.redeem_code(sign_in, redirect_uri, code, ports.now())
    if verified.issuer != sign_in.issuer or not hmac.compare_digest(
        verified.nonce.encode(), sign_in.nonce.encode()
    ):
        raise AccessDenied(Reason.WEB_SIGN_IN_FAILED)
    # `begin_sign_in` wrote the cookie, whose last part is the enrolment code, or empty.
    if enrolment_code := cookie.split(".")[-1]:
        _register(ports, verified, enrolment_code, address)
    identity = ports.state.get(Identity, identity_hash(verified.issuer, verified.subject))
    if identity is None:
        raise Unauthenticated(Reason.IDENTITY_UNKNOWN)
    presented = PresentedToken(identity.member, identity.token)
    return sign_in_with_token(
        ports,
        presented,
        address=address,
        provider=verified.issuer,
        # Without a time, the sign-in never counts as recent.
        authenticated_at=verified.authenticated_at or _LONG_AGO,
    )


def _register(ports: Ports, identity: IdentityToken, code: str, address: str) -> None:
    """Register the identity with the enrolment code, unless it belongs to a member already."""
    try:
        bind_identity(ports, identity, Enrol(code=code, label="sign-in"), address=address)
    except Conflict as error:
        if error.reason is not Reason.IDENTITY_TAKEN:
            raise


def _find_begun_sign_in(ports: Ports, cookie: str, state: str) -> ProviderSignIn:
    """Return the sign-in that this browser began. Raise AccessDenied if it began none with this
    state."""
    if IN_URL.hash_of(cookie.partition(".")[0]) is not None:
        for issuer in ports.identity_providers.web_issuers:
            sign_in = ProviderSignIn(issuer, cookie)
            if hmac.compare_digest(sign_in.state.encode(), state.encode()):
                return sign_in
    raise AccessDenied(Reason.WEB_SIGN_IN_FAILED)


def create_login_code(
    ports: Ports, caller: Caller, session: WebSession, login: CommandLogin
) -> NewEnrolment:
    """Return an enrolment code with which this command, and no other, gets a token of the caller's,
    once and within CODE_LIFE. The code replaces the caller's last enrolment code.

    Raise AccessDenied unless the caller has just signed in at their identity provider in this
    browser: a link, or a stolen cookie, must not become a token.
    """
    now = ports.now()
    if session.authenticated_at is None or not session.is_recent(now):
        raise AccessDenied(Reason.PROVIDER_SIGN_IN_NEEDED)
    member = caller.member.id
    new = build_enrolment(
        ports,
        member,
        made_by=caller.actor,
        made_with=caller.token_id,
        previous=ports.state.get(Enrolment, member),
    )
    code = replace(new.enrolment, challenge=login.challenge, expires_at=now + CODE_LIFE)
    # None, because the trail shows a new code. Its version makes it replace the previous one.
    write(ports, caller, Action.ENROLMENT_CREATE, (None, code))
    return NewEnrolment(code, new.code)
