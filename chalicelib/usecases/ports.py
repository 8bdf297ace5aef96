"""The ports: interfaces through which use cases reach AWS, the clock and other services.

A port raises `Unavailable` if its service does not answer. It never raises an error of the library
that it uses.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.firm import Firm
from chalicelib.domain.people.identities import IdentityToken, ProviderSignIn
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import I, Item, ItemKey, JobState, Page, T, Value
from chalicelib.domain.vending.access import AccessFacts, Terms
from chalicelib.domain.vending.vends import Credentials
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult

# A vend needs neither, so it does not wait for these imports.
if TYPE_CHECKING:
    from chalicelib.domain.requests.client_decisions import ClientDecision
    from chalicelib.domain.vending.cut_off.cut_offs import CutOffAccess, Denial


MixedKey = tuple[type[Item], ItemKey]
"""An item's kind and its key, such as (Grant, (engagement, member))."""


class KickedFunction(StrEnum):
    """A Lambda function that also runs between its schedule's times, when it has new work."""

    CUT_OFF = "CutOff"
    NOTIFY = "Notify"


class State(Protocol):
    """The stored items. Reads of single items are consistent.

    Each read also reads the item's stop, which is a stored revocation, and applies it
    (`domain.stops`).
    """

    def get(self, kind: type[I], *key: str) -> I | None:
        """Return the item of this kind with this key, such as `get(Role, engagement, role)`, or
        None."""

    def get_many(self, kind: type[I], keys: Iterable[ItemKey]) -> Mapping[ItemKey, I]:
        """Return the existing items with these keys, in the keys' order. The items are not read at
        one common moment. Without keys, read nothing."""

    def get_together(self, keys: Iterable[MixedKey]) -> Mapping[MixedKey, Item]:
        """Return the existing items of several kinds, in one call for each hundred keys. Read the
        result with `pick`. The items are not read at one common moment."""

    def list(
        self, kind: type[I], *, limit: int, cursor: str = "", starts_with: str = "", **by: str
    ) -> Page[I]:
        """Return a page of the items with this value in a field, such as `list(Grant,
        member="alice")`. Without a field, return a page of all items of the kind. Raise TypeError
        if the kind does not declare this list.

        A list by the first key field is sorted by the second key field, and the read is consistent.
        Any other list is sorted by `list_key`, and the read is eventually consistent.
        `starts_with` selects the items whose sort key begins with this text.

        `cursor` is the previous page's, or empty for the first page.
        """

    def list_ignoring_stops(
        self, kind: type[I], *, limit: int, cursor: str = "", starts_with: str = "", **by: str
    ) -> Page[I]:
        """Return the same page as `list`, in one call, but without the items' stops: a revoked item
        may look valid. Read the items or their stops again before you show or decide anything."""

    def list_ids(
        self, kind: type[Item], *, limit: int, cursor: str = "", starts_with: str = ""
    ) -> Page[str]:
        """Return the IDs of the same page of all items of a kind with one key field. DynamoDB
        returns nothing else of the items."""

    def access_facts(self, presented: PresentedToken, engagement: str, role: str) -> AccessFacts:
        """Return all facts that an access decision needs, in one call."""

    def token_and_member(self, presented: PresentedToken) -> tuple[Token | None, Member | None]:
        """Return the token and the member of a request, in one call."""

    def find_grants_since(self, engagement: str, since: datetime) -> Sequence[Grant]:
        """Return the engagement's grants that were valid at that time or later. The read is
        consistent."""

    def change(
        self, items: Sequence[Item], entry: Entry, *, preconditions: Sequence[Item] = ()
    ) -> None:
        """Write the items and the trail entry in one transaction.

        Each item replaces its previous version. An item of version 1 must be new. Raise
        FactsChanged if another version than the previous one is stored, or if an item of
        `preconditions` has changed since it was read.
        """

    def save(self, memory: JobState) -> None:
        """Write one item alone, without a trail entry. It replaces its previous version. Raise
        FactsChanged if another version than the previous one is stored."""

    def apply(self, items: Sequence[Item]) -> None:
        """Write revocations into the revoked items themselves, in one transaction.

        The revocation's entry is on the trail already. Raise FactsChanged if another version of an
        item than the previous one is stored.
        """


class Trail(Protocol):
    """The trail, Daypass's audit log. Entries can be added and read, but never changed or removed.

    A vend, the issuing of one session, has two entries: the intent, written before STS is asked,
    and then the outcome. The end of its session adds an entry.
    """

    def record(self, entry: Entry) -> None:
        """Write the entry. When this function returns, the entry is durable. Writing the same entry
        again changes nothing."""

    def put_outcome(self, intent: Entry, outcome: Entry) -> Entry:
        """Write the vend's outcome, unless the trail has one already. Return the outcome on the
        trail."""

    def put_end(self, intent: Entry, end: Entry) -> Entry:
        """Write the end of the vend's session, unless the trail has one by the same action already.
        Return the end on the trail. A session can have two ends: its member gave it back
        (`session.end`), and a lead revoked it (`session.revoke`)."""

    def vends(self, member: str, since: datetime) -> Iterator[Entry]:
        """Yield the intents of the member's vends since that time, each followed by the other
        entries of its vend. The read is consistent."""

    def page(self, query: TrailQuery) -> Page[Entry]:
        """Return a page of the entries that match the query, newest first.

        The latest entries may still be missing. A page may be empty although further pages have
        entries. If the query asks for vends only, the page ends with an intent.
        """


class Sts(Protocol):
    """Access to clients' roles through AWS STS."""

    def issue(self, terms: Terms, session_name: str) -> Credentials:
        """Assume the role, and return the session's credentials.

        Raise AwsRefused if AWS issued no session, and Unavailable if AWS may have issued one.
        """

    def probe(self, probe: Probe) -> ProbeOutcome:
        """Try to assume the role with a session policy that denies everything, and discard the
        credentials. Return what AWS answered."""

    def probe_account(self, probe: Probe) -> ProbeResult:
        """Do the same as `probe`, and also ask AWS which account the session is in. Return both
        answers."""

    def may_assume(self, role_arn: str) -> bool | None:
        """Return whether the policies of Daypass's own role, the broker role, permit it to assume
        this role. Return None if that is unknown."""


class CutOffRole(Protocol):
    """A session of a cut-off role in a client's account. Each method is one call to IAM.

    Each method raises CutOffFailed if AWS refused the call, and Unavailable if AWS may have
    accepted it.
    """

    def write_version(self, policy_arn: str, text: str) -> str:
        """Create a version of the policy as its default version, and return the version's ID.

        Raise CutOffFailed with TOO_MANY_VERSIONS if the policy has five versions. After
        Unavailable, the policy may have a version whose ID Daypass does not know. IAM numbers the
        versions v1, v2 and so on, so that version can be deleted by the numbers after the last one
        that Daypass knows.
        """

    def delete_version(self, policy_arn: str, version: str) -> None:
        """Delete a version that is not the default version. A version that does not exist is not an
        error. Raise CutOffFailed with TOO_MANY_VERSIONS for the default version."""

    def attach_policy(self, role_name: str, policy_arn: str) -> None:
        """Attach the managed policy to the role. Attaching it again changes nothing."""


class Canary(Protocol):
    """A session of a client's role under a placeholder name, which no one is given.

    Its session policy allows one harmless request.
    """

    def look(self) -> Denial:
        """Send the harmless request, and return the response of AWS.

        A canary that is denied proves something only if the same canary was not denied before the
        cut-off was written: the client's own policies may deny the request as well.
        """


class CutOffs(Protocol):
    """Access to clients' accounts for cut-offs, which end live sessions."""

    def assume(self, access: CutOffAccess) -> CutOffRole:
        """Assume the cut-off role. Raise CutOffFailed with CUT_OFF_ROLE_REFUSED if AWS refuses, and
        Unavailable if it does not answer."""

    def open_canary(self, terms: Terms, session_name: str) -> Canary:
        """Assume the client's role for a canary. Raise CutOffFailed with CANARY_REFUSED if AWS
        refuses, and Unavailable if it does not answer."""


class EventHistory(Protocol):
    """A session of a client's role that can look up CloudTrail's events, and nothing else."""

    @property
    def regions(self) -> Sequence[str]:
        """Return the regions to ask: Daypass's own, where it assumes roles, and the partition's
        main region, which has the events of global services."""

    def look_up(
        self, region: str, attribute: str, value: str, since: datetime, until: datetime
    ) -> Iterator[Sequence[str]]:
        """Yield the pages of the events with this value, newest first, each event as JSON.

        Raise AwsRefused if AWS denies that, and Unavailable if AWS does not answer.
        """


class IdentityProviders(Protocol):
    """The identity providers that the firm trusts."""

    def verify(self, text: str, now: datetime) -> IdentityToken:
        """Verify an identity token that a provider issued.

        Raise Unauthenticated if the token is invalid. Raise Unavailable if the provider's keys
        cannot be fetched, or if the deployment's list of providers is invalid.
        """

    @property
    def issuers(self) -> Sequence[str]:
        """Return the issuers of all of them. Raise Unavailable if the deployment's list is
        invalid."""

    @property
    def web_issuers(self) -> Sequence[str]:
        """Return the issuers with which members can sign in to the web console."""

    def build_sign_in_url(self, sign_in: ProviderSignIn, redirect_uri: str) -> str:
        """Return the URL of the provider's sign-in page. Raise Unavailable if the provider does not
        answer."""

    def redeem_code(
        self, sign_in: ProviderSignIn, redirect_uri: str, code: str, now: datetime
    ) -> IdentityToken:
        """Exchange the code for an identity token, and return it verified.

        Raise AccessDenied if the provider refuses the code, Unauthenticated if its token is
        invalid, and Unavailable if the provider does not answer.
        """


class SideBySide(Protocol):
    """Runs several calls concurrently."""

    def __call__(self, calls: Iterable[Callable[[], T]]) -> Generator[T, None, None]:
        """Make several of the calls at a time. Yield their results, or raise their errors, in the
        order of the calls.

        If the caller stops early, calls that have not begun are not made.
        """


class Templates(Protocol):
    """The Amazon S3 bucket from which the AWS CloudFormation console reads templates."""

    @property
    def region(self) -> str: ...

    def publish(self, name: str, text: str) -> str:
        """Store the template for a day, and return a URL with which it can be read for an hour."""


class Ports(Value):
    """All ports of the use cases."""

    firm: Firm
    state: State
    trail: Trail
    sts: Sts
    cut_offs: CutOffs
    open_event_history: Callable[[Probe], EventHistory]
    """Assumes the role, to look up events. Raises AwsRefused if AWS refuses that, and Unavailable
    if it does not answer."""
    templates: Templates | None
    """None if this deployment has no template bucket."""
    identity_providers: IdentityProviders
    side_by_side: SideBySide
    sign_in_url: Callable[[Credentials], str | None]
    """Returns a secret URL that signs a browser in to the AWS console with the session, for 15
    minutes. Returns None if AWS gives none or does not answer."""
    announce: Callable[[Entry], None]
    """Raises the alerts that a recorded trail entry calls for, and counts the requests that it
    decides. It never raises an error."""
    kick: Callable[[KickedFunction], None]
    """Runs the function now, because it has new work. It never raises an error. If the call is
    lost, the function's schedule runs it within a minute."""
    decide_for_client: Callable[[ClientDecision], None]
    """Has the function ClientDecision carry out the decision of a client's approver, and waits for
    it. It raises the errors of `decide_on_page`, and Unavailable if the result is unknown."""
    can_mail_clients: bool = False
    """True if this deployment has an address from which it sends mail to clients."""
    now: Callable[[], datetime]
    pause: Callable[[int], None]
    """Waits before a retry. The argument is the number of retries so far. The wait is random, and
    its limit grows with that number."""
    random: Callable[[int], bytes]
    """Returns this many random bytes."""


class RequestOrigin(Value, kw_only=False):
    """The credentials and the address of a request, not yet authenticated."""

    presented: PresentedToken
    address: str = ""
