"""Describe a cut-off for people: its progress in a sentence, and the policy and the commands for
the client's administrator where Daypass cannot end the sessions itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import asdict, replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.moments import CLOCK_MARGIN, exact_text, last_moment_text, rfc3339
from chalicelib.domain.policies.brake import (
    build_canary_denial,
    build_denial,
    list_member_patterns,
)
from chalicelib.domain.policies.documents import Document, document, pretty
from chalicelib.domain.vending.cut_off.brake_version import WIDENED, is_widened
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOff,
    CutOffProblem,
    CutOffStatus,
    RoleCutOffs,
)

MAX_NAMES_BY_HAND = 10
"""The most sessions that a policy for the client's administrator names. IAM's limit for all inline
policies of a role leaves little room. Beyond that, it ends all sessions of the member."""

NOT_REACHED = "A cut-off does not affect EKS tokens or open connections."
"""The limits of a cut-off, in short. See docs/revocation.md."""
_BY_CLIENT = "The client's administrator can end them now, with this policy."
PROBLEM_TEXTS: Mapping[CutOffProblem, str] = {
    CutOffProblem.CLIENT_MUST_WRITE: "The client has not let Daypass end sessions.",
    CutOffProblem.WHOLE_ROLE_ONLY: "The client lets Daypass end only all sessions of the role.",
    CutOffProblem.OTHER_ROLE: "The sessions are of the IAM role that this role had before.",
    CutOffProblem.CUT_OFF_ROLE_REFUSED: "AWS refused to let Daypass assume the cut-off role. The"
    " role may be missing.",
    CutOffProblem.NOT_PERMITTED: "AWS refused the change: the cut-off role is not allowed to make"
    " it.",
    CutOffProblem.BRAKE_MISSING: "The role's brake, a permissions boundary, does not exist.",
    CutOffProblem.TOO_MANY_VERSIONS: "The brake already has five versions, as many as IAM allows,"
    " and Daypass could not delete one.",
    CutOffProblem.TOO_MANY_POLICIES: "The role already has as many policies as IAM allows.",
    CutOffProblem.AWS_UNREACHABLE: "AWS did not answer, or throttled Daypass.",
    CutOffProblem.NOT_IN_FORCE: "The policy is in place, but AWS has not denied Daypass's test"
    " session yet.",
    CutOffProblem.CANARY_REFUSED: "AWS refused the session with which Daypass tests whether the"
    " cut-off works.",
}


class CutOffView(CutOff):
    """A cut-off as responses show it: the request to end live sessions of one role from within the
    client's account."""

    engagement: str
    """The engagement's ID."""
    role: str
    """The role's name in Daypass."""
    role_name: str
    """The name of the IAM role whose sessions end."""
    method: CutOffMethod
    message: str
    """The progress in a few sentences."""
    policy: str
    """The policy that ends the sessions, for the client's administrator. Empty if they need not
    act."""
    commands: str
    """The AWS CLI commands for the client's administrator. Empty if they need not act."""

    @property
    def is_by_client(self) -> bool:
        """Return whether the client's administrator has to act for the sessions to end."""
        return bool(self.policy)

    @property
    def problem_text(self) -> str:
        """Return the cut-off's problem in a sentence; empty if it has none."""
        return PROBLEM_TEXTS[self.problem] if self.problem else ""


def build_cut_off_view(stored: RoleCutOffs, cut_off: CutOff, now: datetime) -> CutOffView:
    """Return the cut-off as responses show it now."""
    if cut_off.is_over(now):
        cut_off = replace(cut_off, status=CutOffStatus.OVER)
    policy = pretty(_build_policy(cut_off)) if _needs_client(cut_off) else ""
    return CutOffView(
        **asdict(cut_off),
        engagement=stored.engagement,
        role=stored.role,
        role_name=(cut_off.role_arn or stored.role_arn).rpartition("/")[2],
        method=stored.method,
        message=_build_message(stored, cut_off, now),
        policy=policy,
        commands=_build_commands(stored, cut_off) if policy else "",
    )


def list_pending_cut_offs(stored: Iterable[RoleCutOffs], now: datetime) -> tuple[CutOffView, ...]:
    """Return the cut-offs that Daypass has not seen work and that can still end a session. Those
    that wait for the client's administrator come first."""
    pending = [
        build_cut_off_view(each, cut_off, now)
        for each in stored
        for cut_off in each.cut_offs
        if cut_off.is_pending(now)
    ]
    return tuple(sorted(pending, key=lambda view: not view.is_by_client))


def _needs_client(cut_off: CutOff) -> bool:
    is_done = cut_off.status in (CutOffStatus.SEEN, CutOffStatus.OVER)
    return cut_off.problem is not None and not is_done


def describe_sessions(cut_off: CutOff) -> str:
    """Return the sessions that the cut-off ends, such as "alice's sessions issued up to …", or the
    only one, such as "the session alice.5feceb66ffc86f38"."""
    if len(cut_off.sessions) == 1:
        return f"the session {cut_off.sessions[0]}"
    if cut_off.sessions:
        names = " and ".join(cut_off.sessions) if len(cut_off.sessions) == 2 else ""
        return f"the sessions {names}" if names else f"{len(cut_off.sessions)} sessions"
    owner = cut_off.member or "everyone"
    return f"{owner}'s sessions issued up to {exact_text(cut_off.issued_until)}"


def _build_message(stored: RoleCutOffs, cut_off: CutOff, now: datetime) -> str:
    """Return the progress of the cut-off in a few sentences, and what the client has to do."""
    sessions = f"{stored.engagement}/{stored.role}: {describe_sessions(cut_off)}"
    they, are, have = ("It", "is", "has") if len(cut_off.sessions) == 1 else ("They", "are", "have")
    # `needed_until` includes the margin for clocks. Show the time that the revocation's answer had.
    last_moment = last_moment_text(cut_off.needed_until - CLOCK_MARGIN)
    until = f" {they} may stay active until {last_moment}."
    seen = f", at {cut_off.seen_at:%H:%M:%S} UTC" if cut_off.seen_at else ""
    match cut_off.status:
        case CutOffStatus.OVER:
            text = f"{sessions} {have} expired."
            if cut_off.seen_at is None:
                text += " Daypass could not confirm the cut-off."
        case CutOffStatus.SEEN:
            text = (
                f"{sessions} {are} cut off. Daypass saw AWS deny its test session because of the"
                f" policy{seen}. The cut-off can take longer to reach other AWS Regions."
            )
        case CutOffStatus.WRITTEN:
            text = (
                f"{stored.engagement}/{stored.role}: AWS accepted the policy that ends"
                f" {describe_sessions(cut_off)}. AWS has not denied Daypass's test session"
                f" yet.{until}"
            )
        case CutOffStatus.REQUESTED:
            text = f"{sessions} {are} not cut off yet.{until}"
    if _needs_client(cut_off) and cut_off.problem is not None:
        text += f" {PROBLEM_TEXTS[cut_off.problem]} {_BY_CLIENT}"
    # WIDENED says that the brake had no room for all names, so that it ends everyone's sessions.
    is_in_brake = cut_off.status in (CutOffStatus.WRITTEN, CutOffStatus.SEEN)
    if is_in_brake and stored.method is CutOffMethod.BRAKE and is_widened(stored, now):
        text += f" {WIDENED}"
    if stored.method is CutOffMethod.DENY_ALL and cut_off.written_at is not None:
        text += " The role stays shut until the client's administrator detaches AWSDenyAll."
    return text


def _build_policy(cut_off: CutOff) -> Document:
    """Return an inline policy for the role that ends the cut-off's sessions. It also denies the
    canary with the cut-off's ID, with which Daypass sees that the policy works."""
    if cut_off.sessions and len(cut_off.sessions) <= MAX_NAMES_BY_HAND:
        denial = build_denial(cut_off.patterns, None)
    else:
        patterns = list_member_patterns(cut_off.member) if cut_off.member else ()
        denial = build_denial(patterns, cut_off.issued_until)
    return document(denial, build_canary_denial(cut_off.id))


def _build_commands(stored: RoleCutOffs, cut_off: CutOff) -> str:
    """Return the AWS CLI commands that add the policy and, later, delete it. The second command is
    a comment, so that pasting all lines at once does not delete the policy."""
    role_name = (cut_off.role_arn or stored.role_arn).rpartition("/")[2]
    # A role's name may begin with a hyphen.
    target = f"--role-name={role_name} --policy-name=DaypassCutOff-{cut_off.id}"
    policy = json.dumps(_build_policy(cut_off), separators=(",", ":"))
    return (
        f"aws iam put-role-policy {target} --policy-document='{policy}'\n"
        f"# after {rfc3339(cut_off.needed_until.replace(microsecond=0))}, delete the policy:\n"
        f"# aws iam delete-role-policy {target}"
    )
