"""Write the e-mails to the approvers and contacts at a client.

An e-mail has no text that the person who asks has typed, because mail programs turn such text into
links. The page shows the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from chalicelib.domain.engagements.client_approvers import LINK_LIFE, ClientApprover
from chalicelib.domain.firm import Firm
from chalicelib.domain.notifications.notification import POSSIBLY_SENT_BEFORE
from chalicelib.domain.people.members import Member
from chalicelib.domain.text import clean_text, count_of
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Secret, Value

LONGEST_SUBJECT = 150
"""The most characters of a subject. Mail programs show fewer."""


class MailFacts(Value, frozen=True, kw_only=True):
    """The facts that an e-mail tells of."""

    action: Action
    firm: Firm
    client: str
    account_id: str
    by: str = ""
    """The name of the person who acted."""
    member: str = ""
    """The name of the member whose request or emergency it is."""
    role: str = ""
    span: str = ""
    """The requested or approved time, such as `for 2 hours from its first use`."""
    answer_until: str = ""
    """When the request expires, or until when the client can refuse to have its pause lifted."""
    approver: ClientApprover | None = None
    """The approver or contact who was named, confirmed or revoked, or who gets a new link."""
    counts: str = ""
    """From when the approver's right counts, such as `counts from …`. Empty for a contact."""
    deciders: str = ""
    """The names of the client's approvers."""

    @property
    def firm_name(self) -> str:
        return self.firm.name or f"the company with AWS account {self.firm.account_id}"

    @property
    def account(self) -> str:
        return f"{self.client}'s AWS account {self.account_id}"

    @property
    def access(self) -> str:
        """Return the requested access, such as `the role deploy in Acme's AWS account …`."""
        return f"the role {self.role} in {self.account}"


class Mail(Value, frozen=True, kw_only=True):
    """An e-mail to one person."""

    to: str
    subject: str
    text: Secret[str]
    """The text, which has the secret link to an approver's page."""


def name_with_id(person: Member | ClientApprover) -> str:
    """Return the person's name, with the ID: names can be chosen so that they look alike."""
    return f"{clean_text(person.name, 80)} ({person.id})"


_Lines = Callable[[MailFacts, ClientApprover], tuple[str, str]]
"""Returns the subject and the first paragraph."""


def _request(facts: MailFacts, recipient: ClientApprover) -> tuple[str, str]:
    asks = f"{facts.member} of {facts.firm_name} asks for {facts.access}, {facts.span}."
    if recipient.is_contact:
        subject = f"{facts.member} asks for access to {facts.account}"
        deciders = facts.deciders or "no one at the moment"
        return subject, (
            f"{asks} You need not do anything: {deciders} can decide on it until"
            f" {facts.answer_until}."
        )
    return f"Please decide: {facts.member} asks for access to {facts.account}", (
        f"{asks} They get no access unless you approve. Please approve, shorten or deny the request"
        f" on your page, until {facts.answer_until}. After that it expires. The page has the reason"
        " for the request, and what the role may do."
    )


def _approval(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    return f"Approved: access to {facts.account} for {facts.member}", (
        f"{facts.by} approved the request of {facts.member} for {facts.access}. The access is open"
        f" {facts.span}."
    )


def _denial(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    return f"Denied: access to {facts.account} for {facts.member}", (
        f"{facts.by} denied the request of {facts.member} for {facts.access}. Nothing was opened."
    )


def _withdrawal(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    return f"Withdrawn: {facts.member} no longer asks for access to {facts.account}", (
        f"{facts.member} of {facts.firm_name} withdrew the request for {facts.access}. You need not"
        " decide on it."
    )


def _revocation(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    return f"Ended: access to {facts.account} for {facts.member}", (
        f"{facts.by} ended the access of {facts.member} to {facts.access}, which a request had"
        " opened. Sessions from before may live on, for at most an hour."
    )


def _emergency(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    return f"Emergency: {facts.member} has opened access to {facts.account}", (
        f"{facts.member} of {facts.firm_name} opened {facts.access} in an emergency, without an"
        f" approval, {facts.span}. A lead has to write a review of it. If you know of no emergency,"
        " ask now."
    )


def _naming(facts: MailFacts, recipient: ClientApprover) -> tuple[str, str]:
    person = facts.approver
    if person is None or person.id != recipient.id:
        subject = f"A new approver or contact for access to {facts.account}"
        refusal = ""
        if person is not None and person.may_approve and not recipient.is_contact:
            refusal = " Do you not know them? Then refuse them on your page."
        return subject, _about_others(facts, "named", "as") + refusal
    if recipient.is_contact:
        return f"You hear of access to {facts.account} from now on", (
            f"{facts.firm_name} named you as a contact for {facts.account}. Whenever someone asks"
            " for access that your company has to approve, Daypass sends you an e-mail, and another"
            " when it is decided. You need not do anything."
        )
    return f"You approve access to {facts.account} from now on", (
        f"{facts.firm_name} named you as an approver for {facts.account}. Whenever someone asks for"
        " access that your company has to approve, Daypass sends you an e-mail, and you decide on"
        " your page. Requests that wait already are on your page. You need no account for it. Your"
        f" approval {_of_oneself(facts.counts)}. You can deny requests already."
    )


def _of_oneself(counts: str) -> str:
    """Return from when the recipient counts, in words to them."""
    return counts.replace("confirmed them", "confirmed you")


def _confirmation(facts: MailFacts, recipient: ClientApprover) -> tuple[str, str]:
    person = facts.approver
    if person is not None and person.id == recipient.id:
        return f"{facts.by} confirmed you as an approver for {facts.account}", (
            f"{facts.by} confirmed you on their page. Your approval {_of_oneself(facts.counts)}."
        )
    name = "an approver" if person is None else f"{name_with_id(person)}, {person.email},"
    return f"An approver for access to {facts.account} was confirmed", (
        f"{facts.by} confirmed {name} as an approver for {facts.account}, who {facts.counts}. If"
        " that is not what your company wants, remove them on your page."
    )


def _removal(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    subject = f"An approver or contact for access to {facts.account} was removed"
    return subject, _about_others(facts, "removed", "who was")


def _pause_lift_request(facts: MailFacts, recipient: ClientApprover) -> tuple[str, str]:
    refuse = "press “Keep the pause” on your page"
    if recipient.is_contact:
        refuse = f"ask {facts.deciders or 'an approver'} to press “Keep the pause” on their page"
    return f"Please check: {facts.by} asks to lift the pause of {facts.account}", (
        f"All access to {facts.account} is paused. {facts.by} asks to lift the pause without its"
        f" code. If your company wants the pause to stay, {refuse}, until {facts.answer_until}. Or"
        " pause the access again on the page where it was paused. If no one does, another lead can"
        " lift the pause after that."
    )


def _pause_lift(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    return f"The pause of {facts.account} is lifted", (
        f"{facts.by} and another lead lifted the pause of all access to {facts.account}, without"
        " its code. Your company was asked, and did not refuse within 24 hours. You can pause the"
        " access again at any time."
    )


def _about_others(facts: MailFacts, verb: str, link: str) -> str:
    """Return a paragraph about another person at the client who was named or removed."""
    person = facts.approver
    if person is None:
        return f"{facts.firm_name} {verb} someone for {facts.account}."
    right = "a contact, who decides nothing," if person.is_contact else "an approver"
    counts = f" Their approval {facts.counts}." if facts.counts else ""
    return (
        f"{facts.by} {verb} {name_with_id(person)}, {person.email}, {link} {right}"
        f" for {facts.account}.{counts} If that is not what your company wants, say so at once."
    )


def _link(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    return f"Your page for access to {facts.account}", (
        f"{facts.firm_name} asked Daypass to send you a new link to your page for {facts.account}."
        " There you decide on requests for access."
    )


def _requirement(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    return f"From now on, no access to {facts.account} without your company's approval", (
        f"{facts.by} requires an approval for all access to {facts.account}, emergencies included."
        " Only an approver at your company can allow access without it again."
    )


def _lifting(facts: MailFacts, _: ClientApprover) -> tuple[str, str]:
    return f"Access to {facts.account} no longer always needs your company's approval", (
        f"{facts.by} lifted the rule that all access to {facts.account} needs your company's"
        f" approval. The rules that {facts.firm_name} set for its requests stay in force."
    )


_TABLE: Mapping[Action, _Lines] = {
    Action.REQUEST_CREATE: _request,
    Action.REQUEST_APPROVE: _approval,
    Action.REQUEST_DENY: _denial,
    Action.REQUEST_WITHDRAW: _withdrawal,
    Action.REQUEST_REVOKE: _revocation,
    Action.EMERGENCY_BEGIN: _emergency,
    Action.APPROVER_CREATE: _naming,
    Action.APPROVER_CONFIRM: _confirmation,
    Action.APPROVER_REVOKE: _removal,
    Action.APPROVER_LINK_CREATE: _link,
    Action.CLIENT_APPROVAL_REQUIRE: _requirement,
    Action.CLIENT_APPROVAL_LIFT: _lifting,
    Action.PAUSE_LIFT_REQUEST: _pause_lift_request,
    Action.PAUSE_LIFT: _pause_lift,
}


class MailSection(Value, frozen=True, kw_only=True):
    """The part of an e-mail about one engagement."""

    recipient: ClientApprover
    events: tuple[tuple[MailFacts, int], ...]
    """The facts of each event, with the number of further events of its kind."""
    url: Secret[str] = ""
    """The secret link to the recipient's page. Empty for a contact."""
    is_proposal: bool = False
    """True for a former approver, who can refuse someone on the page of their link."""


def write_mail(
    sections: Sequence[MailSection], *, left_out: int = 0, may_have_arrived: bool
) -> Mail:
    """Return the e-mail to the recipient of these sections: about the one event that it has, or
    about all of them in one line each. `left_out` counts the events that Daypass had no room for.
    `may_have_arrived` adds a note that the e-mail may be a repetition."""
    first = sections[0]
    facts, more = first.events[0]
    if len(sections) == len(first.events) == 1 and not more:
        subject, text = _TABLE[facts.action](facts, first.recipient)
        paragraphs = [text[:1].upper() + text[1:], _show_page(first)]
    else:
        subject, paragraphs = _bundle(sections)
    question = f"Questions? Ask {facts.firm_name}"
    if facts.firm.contact:
        question += f": {facts.firm.contact}"
    elif facts.firm.name:
        question += f" (AWS account {facts.firm.account_id})"
    paragraphs = [
        f"Dear {clean_text(first.recipient.name, 80)},",
        *paragraphs,
        f"The link is for you alone and works for {LINK_LIFE.days} days: anyone who has it can"
        " decide in your name. So do not forward this e-mail."
        if any(section.url for section in sections)
        else "",
        f"Daypass had no room for {count_of(left_out, 'further event')}." if left_out else "",
        POSSIBLY_SENT_BEFORE if may_have_arrived else "",
        question,
    ]
    return Mail(
        to=first.recipient.email,
        subject=clean_text(subject, LONGEST_SUBJECT),
        text="\n\n".join(filter(None, paragraphs)) + "\n",
    )


def _show_page(section: MailSection) -> str:
    return f"Your page:\n{section.url}" if section.url else ""


def _bundle(sections: Sequence[MailSection]) -> tuple[str, list[str]]:
    """Return the subject and the paragraphs of an e-mail about several events."""
    number = sum(1 + more for section in sections for _, more in section.events)
    others = len(sections) - 1
    account = sections[0].events[0][0].account
    subject = f"{count_of(number, 'event')} about access to {account}"
    if others:
        subject += f", and to {count_of(others, 'other account')}"
    reason = (
        "Much has happened within an hour. So that you do not get an e-mail for each event, this"
        " one has all of them."
    )
    paragraphs = [reason]
    for section in sections:
        lines = dict.fromkeys(_describe(facts, more, section) for facts, more in section.events)
        paragraphs.append("\n".join([f"{section.events[0][0].account}:", *lines]))
        paragraphs.append(_show_page(section))
    return subject, paragraphs


def _describe(facts: MailFacts, more: int, section: MailSection) -> str:
    """Return the line of one event."""
    subject, _ = _TABLE[facts.action](facts, section.recipient)
    further = f" (and {more} more of this kind)" if more else ""
    return f"- {clean_text(subject, LONGEST_SUBJECT)}{further}"
