"""Name everything that a lead can stop, and what stopping it does, in the words of
docs/revocation.md. A test compares both, and the `daypass` command's."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.view import NOT_REACHED
from chalicelib.domain.web.stops.targets import StopScope


class StopWords(Value, frozen=True, kw_only=True):
    """The effects of stopping one kind of thing, in words. Its label and the three texts after it
    are those of the first table in docs/revocation.md."""

    title: str
    """The thing as a heading, with the target's names as fields."""
    state: str
    """Its state after the stop, such as `revoked`."""
    label: str
    """The thing, such as `one grant`."""
    new_sessions: str
    """The new sessions that Daypass still gives."""
    live_sessions: str
    """The live sessions that end, if the client allows cut-offs."""
    undo: str
    """How to undo it, with fields such as {reinstate} for actions. Empty: there is nothing to
    undo."""
    effect: str
    """The effect as a sentence after "This", with the target's names as fields."""
    requests: tuple[str, ...]
    """Its effects on requests and on approved access. See docs/requests.md."""
    limits: tuple[str, ...] = ()
    """The effects that it does not have, besides `LIMITS`."""
    is_whole_role: bool = False
    """True if it is about all sessions of its roles."""
    cuts_off: bool = True
    """False if it ends no live session."""


_ENDS_REQUESTS = (
    "Requests that wait under it can no longer be approved.",
    (
        "Access that was approved under it ends for good. Undoing the revocation brings none of it"
        " back."
    ),
)
_ENDS_APPROVALS = (
    "Access of others that this member approved is revoked. Requests that they approved, and that"
    " still wait, need another approval."
)
_KEEPS_REQUESTS = ("Requests and approved access stay as they are.",)
_SHARED_ROLE = (
    "It counts by IAM role. If another engagement uses the same IAM role, the cut-off ends that"
    " engagement's sessions too, and the client's own sessions of the role."
)
STOPS: Mapping[StopScope, StopWords] = {
    StopScope.SESSION: StopWords(
        title="Session {session}",
        state="revoked",
        label="one session",
        new_sessions="not affected",
        live_sessions="this session",
        undo="",
        effect="ends the session {session}, as far as its client allows it. Its member can get"
        " another session",
        requests=_KEEPS_REQUESTS,
        limits=("It does not keep the member from getting another session.",),
    ),
    StopScope.TOKEN: StopWords(
        title="Token {token} of {member}",
        state="revoked",
        label="a token (a lost laptop)",
        new_sessions="none with this token",
        live_sessions="those that this token requested",
        undo="a new code: {invite}",
        effect="revokes the token {token} of {member}: the machine that holds it is logged out",
        requests=_KEEPS_REQUESTS,
        limits=("The member's other tokens work on, and so do the sessions from them.",),
    ),
    StopScope.GRANT: StopWords(
        title="Grant of {member} for {engagement}",
        state="revoked",
        label="one grant",
        new_sessions="none for this member in this engagement",
        live_sessions="this member's in this engagement",
        undo="a new grant",
        effect="revokes the grant of {member} for {engagement}: they get no new session from it",
        requests=_ENDS_REQUESTS,
        limits=("The member's grants for other engagements stay.",),
    ),
    StopScope.REQUEST: StopWords(
        title="Access by the request {request}",
        state="ended",
        label="the access that a request opened",
        new_sessions="none from this access",
        live_sessions="those from this access",
        undo="a new request",
        effect="revokes the access that the request {request} opened: its member gets no new"
        " session from it. Other access of theirs to the role goes on",
        requests=("The access of this request ends for good. Other requests stay.",),
        limits=("The member's grant stays, and so does other access of theirs to the role.",),
    ),
    StopScope.MEMBER: StopWords(
        title="Member {member}",
        state="suspended",
        label="a member, everywhere",
        new_sessions="none for this member",
        live_sessions="this member's, in every engagement",
        undo="{reinstate} the member",
        effect="suspends {member}: their tokens and codes become invalid, and they get no more"
        " sessions",
        requests=(
            *_ENDS_REQUESTS,
            _ENDS_APPROVALS,
        ),
        limits=("The member's grants stay stored, and count again after a reinstatement.",),
    ),
    StopScope.LEAVE: StopWords(
        title="Member {member}",
        state="suspended for good",
        label="a member who leaves",
        new_sessions="none, and their grants end",
        live_sessions="this member's, in every engagement",
        undo="{reinstate} the member, and grant access again",
        effect="suspends {member} for good: it revokes their tokens, codes, Slack user and grants."
        " They get no more sessions",
        requests=(
            *_ENDS_REQUESTS,
            _ENDS_APPROVALS,
        ),
    ),
    StopScope.ROLE: StopWords(
        title="Role {engagement}/{role}",
        state="ended",
        label="one role",
        new_sessions="none from this role",
        live_sessions="everyone's, of this role",
        undo="create the role again",
        effect="ends the role {engagement}/{role}: no one gets a new session from it",
        requests=_ENDS_REQUESTS,
        limits=("The client's IAM role stays. The client can delete it.", _SHARED_ROLE),
        is_whole_role=True,
    ),
    StopScope.ENGAGEMENT: StopWords(
        title="Engagement {engagement}",
        state="revoked",
        label="an engagement",
        new_sessions="none in this engagement",
        live_sessions="everyone's, of its roles",
        undo="{reopen} the engagement",
        effect="revokes the engagement {engagement}: no one gets a new session from it",
        requests=_ENDS_REQUESTS,
        limits=("The client's IAM roles stay. The client can delete them.", _SHARED_ROLE),
        is_whole_role=True,
    ),
    StopScope.CLOSE: StopWords(
        title="Engagement {engagement}",
        state="closed",
        label="an engagement whose work is done",
        new_sessions="none in this engagement",
        live_sessions="not ended: they run to their end",
        undo="{reopen} the engagement",
        effect="closes the engagement {engagement}: no one gets a new session from it, and the"
        " client's page says how to remove the roles",
        requests=_ENDS_REQUESTS,
        limits=("It ends no live session. To end them too, revoke the engagement instead.",),
        is_whole_role=True,
        cuts_off=False,
    ),
    StopScope.CLIENT: StopWords(
        title="Client {client}",
        state="revoked",
        label="a client",
        new_sessions="none in the client's engagements",
        live_sessions="everyone's, in these engagements",
        undo="{reopen} each engagement",
        effect="revokes every engagement with {client}: no one gets a new session from them",
        requests=_ENDS_REQUESTS,
        limits=(
            (
                "Engagements with a client of another name stay, also if the names are similar. The"
                " answer lists similar names."
            ),
            _SHARED_ROLE,
        ),
        is_whole_role=True,
    ),
    StopScope.EVERYTHING: StopWords(
        title="Everything",
        state="frozen",
        label="everything",
        new_sessions="none, anywhere, after 35 seconds",
        live_sessions="everyone's, in every engagement",
        undo="{thaw}: it takes two leads",
        effect="freezes Daypass: no one gets a session of any client, until two leads thaw it",
        requests=(
            "Requests wait, and no approval counts meanwhile.",
            "Approved access gives no session meanwhile, and counts again after the thaw.",
        ),
        limits=(
            "Nothing that was cut off comes back with the thaw.",
            "Nobody is suspended, and this console and the commands work on.",
        ),
        is_whole_role=True,
    ),
}
FORMER_LEAD = "What this lead set up works on. Their page lists it."
"""A further limit of suspending someone who leads or has led."""
LIMITS = (
    (
        "AWS cannot recall a session: without the client's cut-off, it runs to its end, an hour at"
        " most."
    ),
    (
        "It does not reach other credentials that a session created, and it undoes nothing that a"
        " session did."
    ),
)
"""The limits of every stop. See "What revocation cannot do" in docs/revocation.md."""
_ACTIONS = {
    "invite": "“New enrolment code” on the member’s page",
    "reinstate": "Reinstate",
    "reopen": "Reopen",
    "thaw": "Thaw",
}


def undo_text(words: StopWords) -> str:
    """Return how to undo it, with the console's names of the actions; empty if there is nothing to
    undo."""
    return words.undo.format(**_ACTIONS)


def method_effect(method: CutOffMethod, *, is_whole_role: bool) -> str:
    """Return what the cut-off of an engagement with this method does to live sessions."""
    if method is CutOffMethod.BRAKE:
        return f"Daypass denies these sessions everything there. {NOT_REACHED}"
    if method is CutOffMethod.DENY_ALL and is_whole_role:
        return f"Daypass shuts the role. Only the client can lift that. {NOT_REACHED}"
    return "only the client can end them sooner. The answer says how."
