"""What Daypass answers in Slack, in words: never credentials, a token or an external ID."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import end_in_words, in_words
from chalicelib.domain.slack import grammar
from chalicelib.domain.slack.bindings import SlackUser
from chalicelib.domain.slack.grammar import Asked
from chalicelib.domain.slack.messages import (
    Message,
    button,
    buttons,
    code,
    context,
    listed,
    message,
    plain,
    replacing,
    section,
)
from chalicelib.domain.slack.tasks import Task
from chalicelib.domain.vending.sessions import Session
from chalicelib.domain.vending.unverified import problem, what_failed
from chalicelib.entrypoints.slack.link_answers import ON_YOUR_MACHINE, call_as_member
from chalicelib.usecases.engagements.my_engagements import Place
from chalicelib.usecases.slack.looking import Alive, Somebody, Status, Who
from chalicelib.usecases.slack.tasks import Question

# What a question's buttons are called, when Slack tells of one.
DO, LEAVE = "do", "leave"


def help_on(about: str) -> Message:
    """Every command, or those that were asked about with an example."""
    return message("What you can type:", section(listed(grammar.help_on(about))))


def binding_code(text: str, user: SlackUser) -> Message:
    """Return the code, and the line that enters it: not in Slack."""
    says = (
        f"Your code is {code(text)}. Enter it within ten minutes: paste this into"
        f" {ON_YOUR_MACHINE}:"
    )
    line = call_as_member("/v1/me/slack", {"code": text})
    return message(
        "Your code for Daypass",
        section(says),
        section(f"```{line}```"),
        context(
            f"It binds the Slack user {plain(user.user)} to whoever enters it. Never enter a code"
            " that somebody else has sent to you: they would be you in Slack."
        ),
    )


def places(found: Page[Place], now: datetime) -> Message:
    """Where somebody may go."""
    if not found.items:
        return message("You are on no engagement. Ask your lead for a grant.")
    lines = [_place(one, now) for one in found.items]
    if found.cursor:
        lines.append("You are on more. `GET /v1/me/engagements` lists them all.")
    return message("Your engagements", section("*Your engagements*"), section(listed(lines)))


def _place(place: Place, now: datetime) -> str:
    engagement = place.engagement
    roles = ", ".join(_role_of(place, role) for role in place.roles) or "no role"
    named = f"{code(engagement.id)} ({plain(engagement.client, 80)}): {roles}"
    if now < place.starts_at:
        return f"{named}, from {day(place.starts_at)} on"
    if not place.is_open or not place.is_granted:
        return f"{named}, not open now"
    return f"{named}, until {end_in_words(place.ends_at)}"


def _role_of(place: Place, role: Role) -> str:
    """Return the role's name and, in short, why Daypass vends nothing from it now."""
    if not problem(role, place.engagement, place.now):
        return code(role.name)
    failed = role.last_check(place.engagement) is not None
    return f"{code(role.name)} ({'failed its check' if failed else 'not checked yet'})"


def live(found: Alive, now: datetime) -> Message:
    """Somebody's own sessions."""
    if not found.sessions and not found.more:
        return message("You have no session that may be alive.")
    lines = [f"{code(one.engagement)} {code(one.role)}: {left(one, now)}" for one in found.sessions]
    title = "Your sessions that may be alive"
    shown = [section(f"*{title}*")]
    if lines:
        shown.append(section(listed(lines)))
    if found.more:
        which = "There may be more" if lines else "None of the latest, but there may be others"
        shown.append(context(f"{which}. `GET /v1/me/sessions` lists them all."))
    return message(title, *shown)


def who(found: Who) -> Message:
    """Return who may enter an engagement; for leads and auditors also their sessions."""
    place = found.engagement
    alive = [context(_alive(found.alive))] if found.alive else []
    if not found.is_open:
        stands = f"{code(place.id)} is {_standing(place, found.now)}. Nobody may enter it now."
        return message(plain(f"Who may enter {place.id}"), section(stands), *alive)
    title = f"Who may enter {code(place.id)}"
    lines = [_who_may_enter(one, found) for one in found.people]
    return message(
        plain(f"Who may enter {place.id}"),
        section(f"*{title}*"),
        section(listed(lines) if lines else "Nobody may enter it now."),
        *alive,
    )


def _who_may_enter(one: Somebody, found: Who) -> str:
    name, grant = plain(one.member.name, 80), one.grant
    if grant is None or found.alive is None:
        return name
    return (
        f"{name} ({code(one.member.id)}):"
        f" {', '.join(code(role) for role in sorted(grant.roles))}, until"
        f" {end_in_words(min(grant.ends_at, found.engagement.ends_at))};"
        f" {_sessions(one.sessions, found.alive)}"
    )


def status(found: Status) -> Message:
    """How an engagement stands."""
    place, now = found.engagement, found.now
    lines = [f"{code(role.name)}: {_role(found, role)}" for role in found.roles]
    no_role = "It has no role." if found.alive else "Your grant has no role that is in use."
    return message(
        plain(f"How {place.id} stands"),
        section(f"*{code(place.id)}* ({plain(place.client, 80)}), {_standing(place, now)}"),
        section(listed(lines) if lines else no_role),
        *([context(_alive(found.alive))] if found.alive else []),
    )


def _standing(place: Engagement, now: datetime) -> str:
    if place.revoked_at is not None:
        return f"revoked on {day(place.revoked_at)}: nobody gets a new session"
    if place.closed_at is not None:
        return f"closed on {day(place.closed_at)}"
    if now >= place.ends_at:
        return f"over since {day(place.ends_at)}"
    if now < place.starts_at:
        return f"not begun: from {day(place.starts_at)} until {end_in_words(place.ends_at)}"
    rotating = ", its external ID is being rotated" if place.is_rotating else ""
    return f"open until {end_in_words(place.ends_at)}{rotating}"


def _role(status: Status, role: Role) -> str:
    if role.is_overridden(status.now) and role.override is not None:
        by = plain(role.override.by) if status.alive else "a lead"  # members see no more than that
        until = end_in_words(role.override.until)
        return f"overridden by {by} until {until}, whatever its checks say"
    proof = role.last_check(status.engagement)
    if proof is None:
        return "not checked as it stands; nothing is vended from it"
    if not proof.passed:
        failed = f"failed its check of {in_words(proof.checked_at)}. {what_failed(proof)}".strip()
        return f"{failed} Nothing is vended from it, and the leads know."
    passed = f"passed its check of {in_words(proof.checked_at)}"
    end = role.trust_policy
    return f"{passed}. {end.says}" if end is not None and end.needs_update else passed


def begun(asked: Asked) -> Message:
    """Under way: the answer comes by itself."""
    return message(
        f"The roles of {code(asked.engagement)} are being checked. What was seen is told here, in"
        " half a minute or so."
    )


def question(asked: Question) -> Message:
    """What would be done exactly, and two buttons. Nothing has been done."""
    says = exactly(asked)
    return message(
        plain("Shall this be done?"),
        section(says),
        buttons(
            button(_LABELS[asked.task.command], DO, asked.value, style="danger"),
            button("Leave it", LEAVE, asked.value),
        ),
        context("Nothing has been done yet. This question can be answered for ten minutes."),
    )


_LABELS = {
    "revoke member": "Suspend them",
    "revoke engagement": "Revoke it",
    "revoke grant": "Revoke the grant",
    "revoke role": "Revoke the role",
    "grant": "Let them in",
}


def exactly(asked: Question) -> str:
    """The effect: who or what, how many sessions may be alive, and until when."""
    task = asked.task
    what = _what(task, asked)
    if task.command == "grant":
        return what
    why = f"\nWhy: {plain(task.why)}" if task.why else ""
    may_be_alive = asked.alive.last_moment is not None or asked.alive.more
    lives_on = " A revocation ends none of them." if may_be_alive else ""
    return f"{what}\n{_alive(asked.alive)}{lives_on}{why}"


def _what(task: Task, asked: Question) -> str:
    place, role = code(task.engagement), code(task.role)
    member = ""
    if asked.member is not None:
        member = f"{plain(asked.member.name, 80)} ({code(asked.member.id)}, {asked.member.kind})"
    match task.command:
        case "revoke member":
            return f"*Suspend {member}?* Every token and code of theirs is dead for good."
        case "revoke engagement":
            return f"*Revoke the engagement {place}?* Nobody gets a new session there."
        case "revoke grant":
            return f"*Revoke the grant of {member} for {place}?* They get no new session there."
        case "revoke role":
            return f"*Revoke the role {role} of {place}?* Nobody gets a new session of it."
    until = end_in_words(task.until) if task.until else "the engagement ends"
    return f"*Let {member} into {place} in the role {role}, until {until}?*"


def pressed(task: Task) -> Message:
    """How a question stands that somebody has just answered, or had answered before."""
    what = _in_short(task)
    if task.withdrawn_by:
        return replacing(f"{what}: {plain(task.withdrawn_by)} has left it. Nothing was done.")
    if task.ended_at is not None:
        return told(task)
    return replacing(f"{what}: begun by {plain(task.begun_by)}. What came of it is told here.")


def told(task: Task) -> Message:
    """What came of a task, and whose doing it was."""
    says = listed([plain(line, 600) for line in task.says.splitlines()])
    return replacing(f"{_in_short(task)}, by {plain(task.begun_by)}", says)


def _in_short(task: Task) -> str:
    about = " ".join(filter(None, (task.member, task.engagement, task.role)))
    return f"*{task.command}* {code(about)}"


def left(session: Session, now: datetime) -> str:
    """`43 min left, until 19:42 UTC`, and what else there is to know of the session."""
    minutes = int((session.ends_by - now) / timedelta(minutes=1))
    standing = {"live": "", "unknown": ", if AWS issued it", "withheld": ", given to nobody"}
    said = f"{minutes} min left" if minutes > 0 else "less than a minute left"
    return f"{said}, until {session.ends_by.astimezone(UTC):%H:%M} UTC{standing[session.standing]}"


def _sessions(count: int, found: Alive) -> str:
    if not count:
        return "no session among the latest" if found.more else "no session"
    least = "at least " if found.more else ""
    return f"{least}{count} session{'s' if count > 1 else ''} that may be alive"


def _alive(found: Alive) -> str:
    """What is not known is not denied: only the latest vends have been looked at."""
    if found.last_moment is None:
        if not found.more:
            return "No session is alive."
        return (
            "Of the latest sessions none is alive; of those before there may be some. Leads list"
            " them all by `GET /v1/sessions`."
        )
    count, last = len(found.sessions), in_words(found.last_moment)
    if not found.more:
        return f"{count} may be alive, the last until {last}."
    return (
        f"At least {count} may be alive, the last of these until {last}. Leads list them all by"
        " `GET /v1/sessions`."
    )


def day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%-d %B %Y}"
