"""Write the e-mails to the approvers and contacts at a client.

An e-mail has no text that the person who asks has typed, because mail programs turn such text into
links. The page shows the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.domain.digest_head import DigestHead
from chalicelib.domain.engagements.client_approvers import LINK_LIFE, ClientApprover
from chalicelib.domain.firm import Firm
from chalicelib.domain.moments import utc_text
from chalicelib.domain.notifications.notification import POSSIBLY_SENT_BEFORE
from chalicelib.domain.people.members import Member
from chalicelib.domain.text import capitalise, clean_text, count_of
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Secret, Value

LONGEST_SUBJECT = 150
"""The most characters of a subject. Mail programs show fewer."""
LONGEST_NAME = 80
"""The most characters of a person's or a client's name in an e-mail."""


class MailFacts(Value):
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
    """The requested or approved time, such as `for 2 hours from first use`."""
    answer_until: str = ""
    """When the request expires, or until when the client can refuse to have its pause lifted."""
    approver: ClientApprover | None = None
    """The approver or contact who was named, confirmed or revoked, or who gets a new link."""
    counts: str = ""
    """From when the approver can approve, such as `from …`. Empty for a contact."""
    deciders: str
    """The names of the client's approvers."""

    @property
    def firm_name(self) -> str:
        return self.firm.shown_name

    @property
    def account(self) -> str:
        return f"{self.client}'s AWS account {self.account_id}"

    @property
    def access(self) -> str:
        """Return the requested access, such as `the role deploy in Acme's AWS account …`."""
        return f"the role {self.role} in {self.account}"

    @property
    def person(self) -> str:
        approver = self.approver
        return name_with_id(approver, approver.email) if approver else "someone"

    @property
    def right(self) -> str:
        is_contact = self.approver is not None and self.approver.is_contact
        return "a contact" if is_contact else "an approver"

    @property
    def counting(self) -> str:
        """Return what the approver or contact can do, as a sentence."""
        if not self.counts:
            return "Contacts are notified of requests but cannot decide on them."
        return f"This person can approve requests {self.counts}."

    @property
    def own_counts(self) -> str:
        """Return from when the recipient can approve, in words to them."""
        return self.counts.replace("confirms them", "confirms you")


class Mail(Value):
    """An e-mail to one person."""

    to: str
    subject: str
    text: Secret[str]
    """The text, which has the secret link to an approver's page."""


def name_with_id(person: Member | ClientApprover, *more: str) -> str:
    """Return the person's name, with the ID and what else tells who they are: names can be chosen
    so that they look alike."""
    return f"{clean_text(person.name, LONGEST_NAME)} ({', '.join((person.id, *more))})"


_TEXTS: Mapping[Action, str] = {
    Action.REQUEST_CREATE: (
        "Please decide: {f.member} requests access to {f.account}\n{f.member} from {f.firm_name}"
        " requests {f.access}, {f.span}. The request needs your company's approval. Please approve,"
        " shorten or deny it on your page by {f.answer_until}. After that, the request expires."
        " Your page shows the reason for the request and the role's permissions."
    ),
    Action.REQUEST_APPROVE: (
        "Approved: access to {f.account} for {f.member}\n{f.by} approved a request from {f.member}"
        " for {f.access}. The access lasts {f.span}."
    ),
    Action.REQUEST_DENY: (
        "Denied: access to {f.account} for {f.member}\n{f.by} denied a request from {f.member} for"
        " {f.access}."
    ),
    Action.REQUEST_WITHDRAW: (
        "Withdrawn: request from {f.member} for access to {f.account}\n{f.member} from"
        " {f.firm_name} withdrew the request for {f.access}. You do not need to do anything."
    ),
    Action.REQUEST_REVOKE: (
        "Ended: access to {f.account} for {f.member}\n{f.by} ended the access that {f.member} had"
        " received through a request for {f.access}. Sessions that have already started can"
        " continue for up to an hour."
    ),
    Action.EMERGENCY_BEGIN: (
        "Emergency: {f.member} has access to {f.account}\n{f.member} from {f.firm_name} used"
        " emergency access to {f.access}, without an approval. The access lasts {f.span}. A lead at"
        " {f.firm_name} must confirm the emergency afterwards. If you were not aware of an"
        " emergency, contact {f.firm_name} now."
    ),
    Action.APPROVER_CREATE: (
        "A new approver or contact for {f.account}\n{f.by} added {f.person} as {f.right} for"
        " {f.account}. {f.counting} If your company did not expect this, contact {f.firm_name}"
        " immediately."
    ),
    Action.APPROVER_CONFIRM: (
        "An approver for {f.account} was confirmed\n{f.by} confirmed {f.person} as an approver for"
        " {f.account}. {f.counting} If your company did not expect this, remove the person on your"
        " page."
    ),
    Action.APPROVER_REVOKE: (
        "An approver or contact for {f.account} was removed\n{f.by} removed {f.person} from the"
        " approvers and contacts for {f.account}. If your company did not expect this, contact"
        " {f.firm_name} immediately."
    ),
    Action.APPROVER_LINK_CREATE: (
        "Your page for access to {f.account}\n"
        "{f.firm_name} asked Daypass to send you a new link to your page for {f.account}. On this"
        " page, you approve or deny requests for access."
    ),
    Action.CLIENT_APPROVAL_REQUIRE: (
        "All access to {f.account} now needs your company's approval\n"
        "{f.by} set the rule that all access to {f.account} needs your company's approval, even in"
        " an emergency. Only an approver at your company can lift this rule."
    ),
    Action.CLIENT_APPROVAL_LIFT: (
        "Some access to {f.account} no longer needs your company's approval\n"
        "{f.by} lifted the rule that all access to {f.account} needs your company's approval."
        " From now on, {f.firm_name} decides which requests need your approval. Other access can be"
        " granted without your approval."
    ),
    Action.PAUSE_LIFT_REQUEST: (
        "Please check: {f.by} asks to lift the pause on {f.account}\n"
        "All access to {f.account} is paused. {f.by} asks to lift the pause without its code. To"
        " keep the pause, press “Keep the pause” on your page by {f.answer_until}, or pause the"
        " access again on the page where it was paused. Otherwise, another lead can lift the pause"
        " after that time."
    ),
    Action.PAUSE_LIFT: (
        "The pause on {f.account} was lifted\n"
        "{f.by} and another lead lifted the pause on all access to {f.account} without its code."
        " Your company was asked first and did not refuse within 24 hours. You can pause the access"
        " again at any time."
    ),
}
"""For each event, the subject of an e-mail, and below it the first paragraph. `{f.by}` and the like
stand for the facts' fields."""
_REFUSE = " If you do not know this person, refuse them on your page."
_TO_CONTACTS: Mapping[Action, str] = {
    Action.REQUEST_CREATE: (
        "{f.member} requests access to {f.account}\n{f.member} from {f.firm_name} requests"
        " {f.access}, {f.span}. You do not need to do anything. The approvers at your company can"
        " decide on the request until {f.answer_until}. Current approvers: {f.deciders}."
    ),
    Action.APPROVER_CONFIRM: (
        "An approver for {f.account} was confirmed\n{f.by} confirmed {f.person} as an approver for"
        " {f.account}. {f.counting} If your company did not expect this, ask another approver to"
        " remove the person."
    ),
    Action.PAUSE_LIFT_REQUEST: (
        "Please check: {f.by} asks to lift the pause on {f.account}\n"
        "All access to {f.account} is paused. {f.by} asks to lift the pause without its code. To"
        " keep the pause, ask an approver to press “Keep the pause” on their page by"
        " {f.answer_until}, or pause the access again on the page where it was paused. Otherwise,"
        " another lead can lift the pause after that time. Current approvers: {f.deciders}."
    ),
}
_TO_ONESELF: Mapping[Action, str] = {
    Action.APPROVER_CREATE: (
        "You are now an approver for {f.account}\n{f.firm_name} added you as an approver for"
        " {f.account}. When someone requests access that needs your company's approval, Daypass"
        " sends you an e-mail, and you approve or deny the request on your page. The page lists the"
        " open requests and does not require a login. You can deny requests now, and approve them"
        " {f.own_counts}."
    ),
    Action.APPROVER_CONFIRM: (
        "{f.by} confirmed you as an approver for {f.account}\n"
        "{f.by} confirmed you as an approver. You can approve requests {f.own_counts}."
    ),
}
_NAMED_AS_CONTACT = (
    "You are now a contact for {f.account}\n{f.firm_name} added you as a contact for {f.account}."
    " When someone requests access that needs your company's approval, Daypass sends you an e-mail"
    " about the request and another about the decision. You do not need to do anything."
)


def _fill(facts: MailFacts, recipient: ClientApprover) -> tuple[str, str]:
    """Return the subject and the first paragraph for this recipient."""
    action, person = facts.action, facts.approver
    text, is_naming = _TEXTS[action], action is Action.APPROVER_CREATE
    if person is not None and person.id == recipient.id:
        is_contact = is_naming and recipient.is_contact
        text = _NAMED_AS_CONTACT if is_contact else _TO_ONESELF.get(action, text)
    elif recipient.is_contact:
        text = _TO_CONTACTS.get(action, text)
    elif is_naming and person is not None and person.may_approve:
        text += _REFUSE
    subject, _, paragraph = text.partition("\n")
    return subject.format(f=facts), paragraph.format(f=facts)


class MailSection(Value):
    """The part of an e-mail about one engagement."""

    recipient: ClientApprover
    events: tuple[tuple[MailFacts, int], ...]
    """The facts of each event, with the number of further events of its kind."""
    url: Secret[str] = ""
    """The secret link to the recipient's page. Empty for a contact."""
    only_refuses: bool = False
    """True for a former approver, who can only refuse approvers on the page of their link."""

    @property
    def page(self) -> str:
        return f"Your page:\n{self.url}" if self.url else ""


def write_mail(
    sections: Sequence[MailSection],
    *,
    left_out: int = 0,
    may_have_arrived: bool,
    head: DigestHead | None = None,
) -> Mail:
    """Return the e-mail to the recipient of these sections. It describes a single event in full,
    and several events in one line each. `left_out` counts the events that Daypass had no room for.
    `may_have_arrived` adds a note that the e-mail may be a repetition. `head` is the newest digest
    of the trail, which the recipient then holds."""
    first = sections[0]
    facts, more = first.events[0]
    if len(sections) == len(first.events) == 1 and not more:
        subject, text = _fill(facts, first.recipient)
        paragraphs = [capitalise(text), first.page]
    else:
        subject, paragraphs = _bundle(sections)
    question = f"Questions? Ask {facts.firm_name}"
    if facts.firm.contact:
        question += f": {facts.firm.contact}"
    elif facts.firm.name:
        question += f" (AWS account {facts.firm.account_id})"
    paragraphs = [
        f"Dear {clean_text(first.recipient.name, LONGEST_NAME)},",
        *paragraphs,
        _describe_links(sections),
        f"Updates that are not listed here: {left_out}." if left_out else "",
        POSSIBLY_SENT_BEFORE if may_have_arrived else "",
        question,
        _HEAD.format(until=utc_text(head.until), head=head) if head else "",
    ]
    return Mail(
        to=first.recipient.email,
        subject=clean_text(subject, LONGEST_SUBJECT),
        text="\n\n".join(filter(None, paragraphs)) + "\n",
    )


_HEAD = (
    "Our record of access up to {until} is signed. If you keep this line, you can detect later"
    " changes to that record:\n{head.line}"
)
"""The paragraph with the newest digest of the trail."""


def _describe_links(sections: Sequence[MailSection]) -> str:
    """Return what the links allow. A former approver only refuses. Empty without links."""
    linked = [section for section in sections if section.url]
    if not linked:
        return ""
    verb = "refuse approvers" if all(each.only_refuses for each in linked) else "decide"
    return (
        "Do not forward this e-mail. Anyone who has the link to your page can"
        f" {verb} on your behalf. The link is valid for {LINK_LIFE.days} days."
    )


_WHY_BUNDLED = "There were many updates within an hour, so this e-mail lists them together."


def _bundle(sections: Sequence[MailSection]) -> tuple[str, list[str]]:
    """Return the subject and the paragraphs of an e-mail about several events. An event stands for
    `more` further ones of its kind."""
    number = sum(1 + more for section in sections for _, more in section.events)
    others = len(sections) - 1
    account = sections[0].events[0][0].account
    subject = f"{count_of(number, 'update')} about access to {account}"
    if others:
        subject += f", and to {count_of(others, 'other account')}"
    paragraphs = [_WHY_BUNDLED]
    for section in sections:
        lines = dict.fromkeys(_describe(facts, more, section) for facts, more in section.events)
        paragraphs.append("\n".join([f"{section.events[0][0].account}:", *lines]))
        paragraphs.append(section.page)
    return subject, paragraphs


def _describe(facts: MailFacts, more: int, section: MailSection) -> str:
    """Return the line of one event."""
    subject, _ = _fill(facts, section.recipient)
    further = f" (and {more} more of this kind)" if more else ""
    return f"- {clean_text(subject, LONGEST_SUBJECT)}{further}"
