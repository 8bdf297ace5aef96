"""Domain values with defaults, so that a test states only the fields it is about."""

import inspect
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.digest_head import DigestHead
from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    EmergencyLock,
    EmergencyRecord,
    GivenApproval,
)
from chalicelib.domain.engagements.client_approvers import ApproverLink, ClientApprover
from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement, Grant
from chalicelib.domain.engagements.roles import Override, Role
from chalicelib.domain.evidence.reconciliation.look_ups import (
    RecordedRequest,
    RequestCount,
    SessionActions,
)
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications.recorded import RaisedAlert
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import PermissionSet, RoleSetup
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.people.enrolments import Enrol, Enrolment, build_code_text
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.members import Caller, Kind, Leads, Member
from chalicelib.domain.people.sign_in import LINK_LIFE as WEB_LINK_LIFE
from chalicelib.domain.people.sign_in import LONGEST, UsedForm, WebLink, WebSession
from chalicelib.domain.people.tokens import PresentedToken, Token, build_token_text, parse_token
from chalicelib.domain.requests.client_decisions import ClientDecision, Decision, DecisionForm
from chalicelib.domain.requests.policies import ApprovalPolicy, Naming
from chalicelib.domain.requests.requests import AccessRequest, LastRequest, new_request_id
from chalicelib.domain.slack.bindings import binding_hash
from chalicelib.domain.trail import CLIENT, Action, Entry, Outcome
from chalicelib.domain.values import I, Item, ItemKey
from chalicelib.domain.vending.access import AccessFacts, SessionRequest
from chalicelib.domain.vending.access_links import LINK_LIFE, AccessLink
from chalicelib.domain.vending.blocks import Block, Lock, begin_block
from chalicelib.domain.vending.cut_off.cut_offs import CutOff, CutOffStatus, RoleCutOffs
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import Check, Result, Results
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.people.enrol import Enrolled, enrol
from chalicelib.usecases.people.members import create_enrolment
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.requests.decide import decide_on_page
from chalicelib.usecases.vending.vend import vend
from tests.fakes import NOON, FakeRole, World

T = TypeVar("T")
READONLY = SessionRequest(role="readonly")
BEFORE = NOON - timedelta(days=30)
AFTER = NOON + timedelta(days=30)
EXTERNAL_ID = "daypass-abcdefghijklmnopqrstuvwxyz234567"
SESSION_NAME = "alice.7f3k2m"  # a session name in the form that a vend gives it
ROLE_ARN = "arn:aws:iam::987654321098:role/ContractorRole"


def _with(made: type[T], changes: dict[str, Any], /, **defaults: Any) -> T:
    return made(**(defaults | changes))


def a_member(id: str = "alice", **changes: Any) -> Member:
    return _with(
        Member,
        changes,
        id=id,
        name=id.title(),
        kind=Kind.MEMBER,
        created_at=BEFORE,
        tokens_from=BEFORE,
    )


def leads(*ids: str, **changes: Any) -> tuple[Item, ...]:
    """Return leads beside lena, each with a token."""
    members = [a_member(lead, kind=Kind.LEAD, **changes) for lead in ids]
    listed = Leads(members=frozenset({"lena", *ids}), version=2)
    return *members, *map(a_token, ids), listed


@cache
def token_text_of(member: str) -> str:
    """Return the text of the member's `a_token`; each member has one."""
    return build_token_text(member, member.encode().ljust(32, b"."))


@cache
def presented_by(member: str = "alice") -> PresentedToken:
    token = parse_token(token_text_of(member))
    assert token is not None
    return token


def a_token(member: str = "alice", **changes: Any) -> Token:
    return _with(
        Token,
        changes,
        member=member,
        label="laptop",
        created_at=BEFORE,
        expires_at=AFTER,
        hash=presented_by(member).hash,
    )


def code_text_of(member: str) -> str:
    """Return the text of the member's `an_enrolment`."""
    return build_code_text(member, member.encode().ljust(32, b"."))


def an_enrolment(member: str = "alice", **changes: Any) -> Enrolment:
    return _with(
        Enrolment,
        changes,
        member=member,
        hash=hash_of(code_text_of(member)),
        made_by="lena",
        made_with=a_token("lena").id,
        created_at=BEFORE,
        expires_at=AFTER,
    )


def an_engagement(id: str = "acme-prod", **changes: Any) -> Engagement:
    rule = {"client_approval_since": NOON} if changes.get("requires_client_approval") else {}
    return _with(
        Engagement,
        changes,
        id=id,
        client="Acme",
        account_id="987654321098",
        external_id=EXTERNAL_ID,
        starts_at=BEFORE,
        ends_at=AFTER,
        created_at=BEFORE,
        **rule,
    )


def a_verification(**changes: Any) -> Verification:
    return _with(
        Verification,
        changes,
        checked_at=BEFORE,
        full_check_at=BEFORE,
        role_arn=ROLE_ARN,
        external_id=EXTERNAL_ID,
        results=results(),
    )


def results(
    *failed: str, without: Sequence[str] = (Check.PREVIOUS_ID, Check.RETIRED_ID)
) -> Results:
    """Return a passed result for every check, except the failed and the omitted ones."""
    made = dict.fromkeys(Check, Result.PASSED)
    made |= {Check(check): Result.FAILED for check in failed}
    return {check: result for check, result in made.items() if check not in without}


def a_probe(role_arn: str, external_id: str | None, **changes: Any) -> Probe:
    fields = {"session_name": SESSION_NAME} | changes
    return Probe(role_arn=role_arn, external_id=external_id, **fields)


def an_override(**changes: Any) -> Override:
    return _with(
        Override, changes, until=AFTER, by="lena", why="the client is on it", role_arn=ROLE_ARN
    )


def a_role(name: str = "readonly", **changes: Any) -> Role:
    return _with(
        Role,
        changes,
        name=name,
        engagement="acme-prod",
        arn=ROLE_ARN,
        max_session=3600,
        requires_reason=False,
        allows_chaining=False,
        created_at=BEFORE,
        verification=a_verification(),
    )


def an_asked_for(role: str = "readonly", **changes: Any) -> RoleSetup:
    """Return a requested role: by default the article's."""
    return _with(
        RoleSetup, changes, role=role, engagement="acme-prod", permissions=PermissionSet.READ_BASICS
    )


def a_grant(member: str = "alice", **changes: Any) -> Grant:
    return _with(
        Grant,
        changes,
        member=member,
        engagement="acme-prod",
        roles=frozenset({"readonly"}),
        starts_at=BEFORE,
        ends_at=AFTER,
        granted_by="lena",
        created_at=BEFORE,
    )


def a_request_id(member: str = "alice", number: int = 0) -> str:
    """Return the ID of a request that the member made at noon."""
    return new_request_id(member, NOON, lambda size: number.to_bytes(size, "big"))


def a_request(member: str = "alice", **changes: Any) -> AccessRequest:
    """Return the member's pending request for an hour of `readonly` at acme-prod, with its first
    use."""
    span = {} if "ends_at" in changes else {"duration": 3600}
    return _with(
        AccessRequest,
        changes,
        member=member,
        id=a_request_id(member),
        engagement="acme-prod",
        role="readonly",
        reason="INC-7",
        created_at=NOON,
        expires_at=NOON + timedelta(hours=1),
        stops=("", "", "", ""),
        **span,
    )


def an_approved_grant(member: str = "alice", **changes: Any) -> ApprovedGrant:
    """Return access to `readonly` at acme-prod that an approved request opened: from noon, for two
    hours. It lifts the condition of `a_grant_on_request`."""
    return _with(
        ApprovedGrant,
        changes,
        member=member,
        engagement="acme-prod",
        role="readonly",
        number="1",
        request=a_request_id(member),
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=2),
        created_at=NOON,
        stops=("", "", "", ""),
    )


def a_grant_on_request(member: str = "alice", **changes: Any) -> Grant:
    """Return a grant that gives access to `readonly` only with an approved grant."""
    return a_grant(member, **({"on_request": frozenset({"readonly"})} | changes))


def a_given_approval(approver: str = "bob", **changes: Any) -> GivenApproval:
    """Return the record that this approver helped to open `an_approved_grant`."""
    return _with(
        GivenApproval,
        changes,
        approver=approver,
        request=a_request_id(),
        engagement="acme-prod",
        member="alice",
        role="readonly",
        number="1",
        ends_at=NOON + timedelta(hours=2),
    )


def a_last_request(member: str = "alice", **changes: Any) -> LastRequest:
    return _with(LastRequest, changes, member=member, request=a_request_id(member))


def an_approval_policy(role: str = "", **changes: Any) -> ApprovalPolicy:
    """Return acme-prod's policy: one lead approves. Its approvers got their right a month ago."""
    namings = tuple(Naming(member=each, at=BEFORE) for each in sorted(changes.get("members", ())))
    return _with(
        ApprovalPolicy,
        changes,
        role=role,
        engagement="acme-prod",
        leads=True,
        people=1,
        leads_set_at=BEFORE,
        namings=namings,
    )


def a_client_approver(id: str = "jo", **changes: Any) -> ClientApprover:
    return _with(
        ClientApprover,
        changes,
        id=id,
        engagement="acme-prod",
        name="Jo Doe",
        email="jo@acme.example",
        named_by="lena",
        named_at=BEFORE,
    )


APPROVER_TEXT = "c2345672" * 6 + "jojo"


def an_approver_link(text: str = APPROVER_TEXT, **changes: Any) -> ApproverLink:
    return _with(
        ApproverLink,
        changes,
        hash=hash_of(text),
        engagement="acme-prod",
        approver="jo",
        named_at=changes.get("created_at", BEFORE),
        created_at=BEFORE,
        expires_at=AFTER,
    )


def decide_at_client(
    ports: Ports,
    link: str,
    request: str,
    decision: str = "approve",
    *,
    address: str = "",
    **form: Any,
) -> None:
    """Press a button of the page that this link opens. A duration is in seconds."""
    seconds = form.pop("duration", None)
    form |= {} if seconds is None else {"minutes": seconds // 60}
    form |= {"end": form.pop("ends_at")} if "ends_at" in form else {}
    filled = DecisionForm(decision=Decision(decision), request=request, **form)
    decide_on_page(ports, ClientDecision(link=link, address=address, form=filled))


def an_emergency_record(member: str = "alice", **changes: Any) -> EmergencyRecord:
    return _with(
        EmergencyRecord, changes, member=member, engagement="acme-prod", count=1, last_at=NOON
    )


def an_emergency_lock(member: str = "alice", **changes: Any) -> EmergencyLock:
    """Return the lock of a member whose emergency no lead has reviewed."""
    return _with(EmergencyLock, changes, member=member, request=a_request_id(member))


def some_facts(**changes: Any) -> AccessFacts:
    """Return facts in which alice has a token and a grant for acme-prod's verified role
    `readonly`."""
    return _with(
        AccessFacts,
        changes,
        token=a_token(),
        member=a_member(),
        engagement=an_engagement(),
        role=a_role(),
        grant=a_grant(),
    )


LINK_TEXT = "a2345672" * 6 + "acme"


def a_link(text: str = LINK_TEXT, **changes: Any) -> SetupLink:
    return _with(
        SetupLink,
        changes,
        hash=hash_of(text),
        engagement="acme-prod",
        created_by="lena",
        created_at=BEFORE,
        expires_at=AFTER,
    )


def a_binding(member: str = "alice", **changes: Any) -> Token:
    """Return the token of the member's Slack user, which has no text."""
    fields = {
        "hash": hash_of(f"{member} in Slack"),
        "label": "Slack",
        "issuer": "slack:T0FIRM",
        "subject": f"U0{member.upper()}",
    }
    return a_token(member, **(fields | changes))


def bound(member: str = "alice") -> tuple[Token, Identity]:
    """Return the stored items of the member's Slack user, such as `UALICE` of the firm's
    workspace."""
    user = f"U{member.upper()}"
    token = a_binding(member, issuer="slack:T0EXAMPLE", subject=user, label=f"Slack user {user}")
    identity_hash = binding_hash("T0EXAMPLE", user)
    return token, Identity(hash=identity_hash, member=member, token=token.hash)


LIFT_CODE = "abcd-efgh-ijkl-mnop"
ACCESS_TEXT = "b2345672" * 6 + "once"
ASKED_IN = "slack:T0FIRM/C0ACME/U0ALICE"


def an_access_link(text: str = ACCESS_TEXT, **changes: Any) -> AccessLink:
    """Return a link that alice just requested in Slack, for `readonly` at acme-prod."""
    return _with(
        AccessLink,
        changes,
        hash=hash_of(text),
        member="alice",
        token=a_binding().hash,
        engagement="acme-prod",
        role="readonly",
        duration=None,
        reason="",
        asked_in=ASKED_IN,
        created_at=NOON,
        expires_at=NOON + LINK_LIFE,
    )


WEB_LINK_TEXT = "w2345672" * 6 + "once"
COOKIE_TEXT = "w2345672" * 6 + "kept"


def a_web_link(member: str = "lena", text: str = WEB_LINK_TEXT, **changes: Any) -> WebLink:
    """Return a sign-in link that the member has just created."""
    return _with(
        WebLink,
        changes,
        hash=hash_of(text),
        member=member,
        created_at=NOON,
        expires_at=NOON + WEB_LINK_LIFE,
        token=a_token(member).hash,
    )


def a_web_session(member: str = "lena", text: str = COOKIE_TEXT, **changes: Any) -> WebSession:
    """Return the session of a browser in which the member has just signed in."""
    return _with(
        WebSession,
        changes,
        hash=hash_of(text),
        member=member,
        created_at=NOON,
        last_used_at=NOON,
        expires_at=NOON + LONGEST,
        token=a_token(member).hash,
    )


def a_used_form() -> UsedForm:
    """Return a form that `a_web_session` has used."""
    session = a_web_session()
    return UsedForm(session=session.hash, form="f0" * 16, expires_at=session.expires_at)


def a_digest_head(**changes: Any) -> DigestHead:
    """Return the newest digest, of the hour until eleven o'clock."""
    hour = NOON - timedelta(hours=2)
    return _with(DigestHead, changes, first_hour=hour, hour=hour, hash="5e" * 32, sealed_at=NOON)


def some_session_actions(**changes: Any) -> SessionActions:
    """Return the requests of alice's session `5e55104e5e55104e` at acme-prod."""
    request = RecordedRequest(at=NOON, action="s3:ListBuckets", region="eu-central-1", error="")
    denied = RequestCount(action="iam:CreateUser", error="AccessDenied", number=1)
    return _with(
        SessionActions,
        changes,
        engagement="acme-prod",
        session="5e55104e" * 2,
        role="readonly",
        session_name=f"alice.{'5e55104e' * 2}",
        looked_up_at=NOON,
        regions=("eu-central-1", "us-east-1"),
        is_whole=True,
        total=4,
        counts=(RequestCount(action="s3:ListBuckets", error="", number=3), denied),
        requests=(request,),
    )


def an_intent(member: str = "alice", vend: str = "5e55104e" * 2, **changes: Any) -> Entry:
    """Return the intent of a vend of `readonly` at acme-prod to the member, at noon."""
    return _with(
        Entry,
        changes,
        id=vend,
        vend=vend,
        actor=member,
        at=NOON,
        action=Action.VEND,
        outcome=Outcome.INTENDED,
        token=a_token(member).id,
        engagement="acme-prod",
        role="readonly",
        details={
            "deadline": rfc3339(AFTER),
            "duration": "3600",
            "role_arn": ROLE_ARN,
            "session_name": f"{member}.{vend}",
        },
    )


def presented_in_slack(member: str = "alice", link: AccessLink | None = None) -> PresentedToken:
    """Return the Slack user's token; with a link, as the link's bearer presents it."""
    return PresentedToken(member, a_binding(member).hash, link=link.hash if link else "")


def facts_by_link(**changes: Any) -> AccessFacts:
    """Return the facts of `some_facts` while alice redeems her access link."""
    return _with(some_facts, changes, token=a_binding(), link=an_access_link(used_at=NOON))


def a_block(scope: str = "", **changes: Any) -> Block:
    """Return a freeze that lena began, or with an engagement's ID the client's pause of it."""
    began = Entry(
        id="0123456789abcdef",
        at=NOON,
        actor=CLIENT if scope else "lena",
        action=Action.PAUSE_BEGIN if scope else Action.FREEZE_BEGIN,
        outcome=Outcome.DONE,
        engagement=scope,
    )
    lock = Lock(code_hash=hash_of(LIFT_CODE), at=NOON, link="link")
    fields = {"is_recorded": True, "locks": (lock,) if scope else ()}
    block = begin_block(None, began, scope=scope, reason="" if scope else "stolen laptop")
    return replace(block, **(fields | changes))


def a_cut_off(**changes: Any) -> CutOff:
    """Return a requested cut-off of everyone's sessions, which expire in an hour."""
    return _with(
        CutOff,
        changes,
        id="0123456789abcdef",
        issued_until=NOON,
        requested_at=NOON,
        requested_by="lena",
        needed_until=NOON + timedelta(hours=1),
    )


def a_seen_cut_off(**changes: Any) -> CutOff:
    return _with(a_cut_off, changes, status=CutOffStatus.SEEN, written_at=NOON, seen_at=NOON)


def role_cut_offs(*cut_offs: CutOff, **changes: Any) -> RoleCutOffs:
    """Return the cut-offs for acme-prod's role `readonly`, which has a brake."""
    return _with(
        RoleCutOffs,
        changes,
        engagement="acme-prod",
        role="readonly",
        role_arn=ROLE_ARN,
        method=CutOffMethod.BRAKE,
        cut_offs=cut_offs,
    )


class Scene(Struct, frozen=True):
    """A world in which alice may vend `readonly` at acme-prod, lena is a lead and ada an
    auditor."""

    world: World
    ports: Ports

    def origin(self, member: str = "alice") -> RequestOrigin:
        return RequestOrigin(presented_by(member), "203.0.113.7")

    def caller(self, member: str = "lena") -> Caller:
        """Return the member as an authenticated caller."""
        token, stored_member = self.ports.state.token_and_member(presented_by(member))
        assert token is not None
        assert stored_member is not None
        return Caller(stored_member, token, "203.0.113.7")

    def in_slack(self, member: str = "alice") -> RequestOrigin:
        """Return the origin of a request by the member's Slack user."""
        return RequestOrigin(presented_in_slack(member), ASKED_IN)

    def stored(self, kind: type[I], *key: str) -> I:
        """Return the item with this key, with its stop applied. The item must exist."""
        item = self.ports.state.get(kind, *key)
        assert item is not None
        return item

    @property
    def engagement(self) -> Engagement:
        """Return acme-prod as it is stored."""
        return self.stored(Engagement, "acme-prod")

    def enrolled(self, member: str = "alice") -> Enrolled:
        """Have lena create an enrolment code, and redeem it for another token."""
        enrolment = create_enrolment(self.ports, self.caller(), member)
        return enrol(
            self.ports, Enrol(code=enrolment.code, label="desktop"), address="198.51.100.9"
        )

    def do(
        self, use_case: Callable[..., T], *arguments: Any, by: str = "lena", **options: Any
    ) -> T:
        """Call the use case as this member, and return its result. Give a reason where it needs
        one and no test reads it."""
        reason = {"why": "w"} if _needs_reason(use_case) else {}
        return use_case(self.ports, self.caller(by), *arguments, **(reason | options))

    def vend(
        self,
        member: str = "alice",
        engagement: str = "acme-prod",
        request: SessionRequest = READONLY,
        **changes: Any,
    ) -> VendedSession:
        """Have the member vend a session, with these changes to the request."""
        return vend(self.ports, self.origin(member), engagement, replace(request, **changes))

    def add(self, *items: Item) -> None:
        self.world.add(*items)

    def later(self, **by: float) -> None:
        self.world.later(**by)

    def just_before(self, step: str, act: Callable[[], Any], *, nth: int = 1) -> None:
        self.world.just_before(step, act, nth=nth)

    def fails_at(self, step: str, error: BaseException) -> None:
        self.world.fails_at(step, error)

    def get(self, kind: type[I], *key: str) -> I | None:
        """Return the stored item."""
        return self.ports.state.get(kind, *key)

    def find(self, kind: type[I], *, where: Callable[[Any], bool] = lambda _: True) -> list[Any]:
        return self.world.find(kind, where=where)

    @property
    def clock(self) -> datetime:
        return self.world.clock

    @property
    def items(self) -> dict[tuple[type[Item], ItemKey], Item]:
        return self.world.items

    @property
    def steps(self) -> list[str]:
        return self.world.steps

    @property
    def entries(self) -> list[Entry]:
        return self.world.entries

    @property
    def alerts(self) -> list[RaisedAlert]:
        return self.world.alerts

    @property
    def last_entry(self) -> Entry:
        return self.world.entries[-1]

    def story(self) -> list[str]:
        """Return the action, outcome and reason of each trail entry."""
        entries = self.world.entries
        return [f"{entry.action} {entry.outcome} {entry.reason}".strip() for entry in entries]


def doing(use_case: Callable[..., Any], *arguments: Any, **options: Any) -> Callable[[Scene], Any]:
    """Return what calls the use case in a scene, as `Scene.do` does."""
    return lambda scene: scene.do(use_case, *arguments, **options)


@cache
def _needs_reason(use_case: Callable[..., Any]) -> bool:
    parameter = inspect.signature(use_case).parameters.get("why")
    return parameter is not None and parameter.default is parameter.empty


def a_scene(*items: Item) -> Scene:
    """Return a scene with a grant for alice on acme-prod, and one for bob on globex, and with these
    items besides or instead.

    lena is a lead, ada an auditor, and sam is suspended. alice has a code for another token.
    Daypass requested acme-prod's role from the client; globex's existed already.
    """
    world = World()
    people = {
        "alice": a_member("alice"),
        "bob": a_member("bob"),
        "lena": a_member("lena", kind=Kind.LEAD),
        "ada": a_member("ada", kind=Kind.AUDITOR),
        "sam": a_member("sam", suspended_at=NOON - timedelta(days=1)),
    }
    globex_id = EXTERNAL_ID.replace("abc", "xyz")
    globex_arn = "arn:aws:iam::876543210987:role/ConsultantRole"
    world.add(
        *people.values(),
        *(a_token(member) for member in people),
        an_enrolment("alice"),
        Leads(members=frozenset({"lena"})),
        an_engagement(),
        a_link(),
        a_role(),
        an_asked_for(),
        a_grant("alice"),
        a_grant("sam"),
        an_engagement("globex", client="Globex", account_id="876543210987", external_id=globex_id),
        a_role(
            engagement="globex",
            arn=globex_arn,
            verification=a_verification(role_arn=globex_arn, external_id=globex_id),
        ),
        a_grant("bob", engagement="globex"),
    )
    world.roles[ROLE_ARN] = FakeRole(EXTERNAL_ID)
    world.roles[globex_arn] = FakeRole(globex_id)
    world.add(*items)
    return Scene(world, world.ports())
