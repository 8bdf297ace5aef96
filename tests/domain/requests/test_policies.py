"""An approval policy in sentences."""

from tests.builders import an_approval_policy
from tests.golden import hold_against_file

NO_ONE = {"leads": False, "people": 0}
POLICIES = (
    NO_ONE,
    NO_ONE | {"notify_client_of_emergencies": True, "sensitive": True},
    {},
    {"people": 2},
    {"leads": False, "members": {"bob"}},
    {"leads": False, "members": {"bob", "carol"}, "people": 2},
    {"leads": False, "members": {"bob", "carol", "dan"}, "people": 2},
    {"members": {"bob"}, "people": 2},
    NO_ONE | {"client": True},
    {"client": True, "sensitive": True, "first_approver": "bob", "longest": 900},
    {"ticket_pattern": "OPS-#", "notify_client_of_emergencies": True, "answer_within": 86400},
    {"ticket_pattern": "OPS-#", "ticket_url": "https://t.example/{ticket}"},
)


def test_a_policy_is_said_in_the_files_sentences():
    texts = []
    for changes in POLICIES:
        fields = {
            name: frozenset(value) if isinstance(value, set) else value
            for name, value in changes.items()
        }
        shown = ", ".join(
            f"{name}={sorted(value) if isinstance(value, set) else value!r}"
            for name, value in sorted(changes.items())
        )
        texts.append("\n".join([f"=== {shown}", *an_approval_policy(**fields).lines]))
    hold_against_file("requests/policy-lines.txt", "\n".join(texts))
