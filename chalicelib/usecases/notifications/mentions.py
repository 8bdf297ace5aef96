"""Find the users of a channel, such as Slack users, that a message mentions."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.people.authentication import find_token_problem
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.notifications.ports import Channel, RequestNotices
from chalicelib.usecases.people.members import find_active_leads
from chalicelib.usecases.ports import Ports


class Mentions:
    """Finds the users that a channel's messages mention. A channel without users has none."""

    def __init__(self, ports: Ports, channel: Channel, requests: RequestNotices | None) -> None:
        self._ports, self._issuer, self._requests = ports, channel.issuer, requests

    def find_user(self, member: str) -> str:
        """Return the member's user in this channel, such as a Slack user's ID, or ""."""
        has_users = bool(member and self._issuer)
        stored = self._ports.state.get(Member, member) if has_users else None
        return self._find_user_of_member(stored) if stored is not None else ""

    def find_others(self, notification: Notification) -> Sequence[str]:
        """Return the users of every lead for an alert, or of the approvers of a request."""
        if not self._issuer:
            return ()
        if notification.alerts:
            leads = find_active_leads(self._ports, self._ports.state.get(Leads))
            return [*filter(None, map(self._find_user_of_member, leads))]
        if notification.request and self._requests is not None:
            approvers = self._requests.find_approvers(self._ports, notification)
            return [*filter(None, map(self.find_user, approvers))]
        return ()

    def _find_user_of_member(self, member: Member) -> str:
        """Return the channel's user in the member's latest binding, or "". A binding is a token of
        the channel's issuer. For a suspended member, use the last one they had."""
        bindings = [
            token
            for token in list_all(self._ports.state, Token, member=member.id)
            if token.issuer == self._issuer
            and find_token_problem(token, member, self._ports.now())
            in (None, Reason.MEMBER_SUSPENDED)
        ]
        return max(bindings, key=lambda token: token.created_at).subject if bindings else ""
