"""Shared by the tests of look-ups: a scene whose client lets Daypass look up events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from chalicelib.domain.evidence.reconciliation.look_ups import EventLookUp, SessionActions
from chalicelib.domain.evidence.sentences import describe_entry
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.trail import Entry
from chalicelib.usecases.evidence.event_look_up import look_up_events
from tests.builders import ROLE_ARN, Scene, a_scene
from tests.fakes import FIRM, SECOND, World

CLIENT = ROLE_ARN.split(":")[4]


@dataclass(slots=True)
class LookingUp:
    """A scene with CloudTrail's events of acme-prod's role."""

    scene: Scene = field(default_factory=a_scene)
    failures: list[Exception] = field(default_factory=list)
    ids: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.world.cloudtrail[ROLE_ARN] = []

    @property
    def world(self) -> World:
        return self.scene.world

    def vend(self) -> str:
        """Vend a session, and return its name."""
        self.scene.vend()
        return self.world.issued[-1][1]

    def happens(self, **event: Any) -> None:
        self.world.cloudtrail[ROLE_ARN].append(
            {
                "eventTime": rfc3339(self.world.clock + SECOND),
                "awsRegion": "eu-central-1",
                "eventID": f"e{next(self.ids)}",
                "recipientAccountId": CLIENT,
                "requestParameters": None,
                **event,
            }
        )

    def opens(self, name: str, account: str = FIRM.account_id, **changes: Any) -> None:
        """Record the event of an AssumeRole."""
        event = {
            "eventSource": "sts.amazonaws.com",
            "eventName": "AssumeRole",
            "userIdentity": {"principalId": "AROAFIRM:daypass", "accountId": account},
            "requestParameters": {"roleArn": ROLE_ARN, "roleSessionName": name},
            "requestID": "fake-request",
        }
        self.happens(**event | changes)

    def does(self, name: str, action: str, **changes: Any) -> None:
        """Record the event of a session's request."""
        service, _, operation = action.partition(":")
        identity = {
            "principalId": f"AROACLIENT:{name}",
            "accountId": CLIENT,
            "sessionContext": {"sessionIssuer": {"arn": ROLE_ARN}},
        }
        self.happens(
            eventSource=f"{service}.amazonaws.com",
            eventName=operation,
            userIdentity=identity,
            **changes,
        )

    def run(self, time_left: Callable[[], float] = lambda: 720.0) -> int:
        return look_up_events(
            self.scene.ports, time_left=time_left, report_failure=self.failures.append
        )

    def run_later(self, time_left: Callable[[], float] = lambda: 720.0, **by: float) -> int:
        self.world.later(**by or {"hours": 5})
        return self.run(time_left)

    def entries(self, outcome: str = "done") -> list[Entry]:
        return [
            entry
            for entry in self.world.entries
            if entry.action == "events.look-up"
            and entry.outcome == outcome
            and entry.engagement == "acme-prod"
        ]

    def texts(self) -> list[str]:
        """Return the results in words."""
        results = [*self.entries(), *self.entries("failed")]
        return [describe_entry(entry).text for entry in results]

    def alerts(self) -> list[tuple[str, ...]]:
        """Return the alerts of each notification about a look-up."""
        notifications = [build_notification(entry) for entry in self.entries()]
        return [each.alerts for each in notifications if each is not None]

    def actions(self, name: str) -> SessionActions | None:
        return self.scene.get(SessionActions, "acme-prod", name.split(".")[1])

    def stored(self) -> EventLookUp | None:
        return self.scene.get(EventLookUp, "acme-prod", "readonly")
