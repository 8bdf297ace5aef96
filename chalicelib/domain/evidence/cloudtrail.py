"""Build the searches with which a client finds in CloudTrail what sessions did.

They search by the sessions' names. A session in the AWS console has other access keys than the ones
that Daypass issued ("CloudTrail userIdentity element", CloudTrail User Guide).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from shlex import quote

from chalicelib.domain.values import Value

MAX_NAMES_LENGTH = 9_500
"""The most characters of names in one Logs Insights query, which has 10,000 ("StartQuery")."""


_INSIGHTS_FIELDS = (
    "fields eventTime, awsRegion, eventSource, eventName, errorCode, userIdentity.arn"
)


class CloudTrailSearch(Value):
    """A way for the client to find what the sessions did."""

    name: str
    text: str
    """The events that it finds, and where to run it."""
    command: str
    """The commands of a shell, or the query."""


def build_searches(session_names: Sequence[str]) -> tuple[CloudTrailSearch, ...]:
    """Return the searches for these sessions: one for each place where a client may have events."""
    if not session_names:
        return ()
    return (
        CloudTrailSearch(
            name="AWS CLI commands",
            text="CloudTrail's event history covers the last 90 days in each Region, without data"
            " events. AWS allows two requests per second:",
            command=_build_lookup(session_names),
        ),
        CloudTrailSearch(
            name="Athena query",
            text="If a trail stores more in Amazon S3, use Athena, with the table that CloudTrail"
            " creates:",
            command=_build_athena_query(session_names),
        ),
        *_build_insights_searches(session_names),
    )


def _build_lookup(session_names: Sequence[str]) -> str:
    """Return shell commands that search CloudTrail's event history in each region, because each
    region has a history of its own."""
    regions = "aws ec2 describe-regions --query 'Regions[].RegionName' --output text"
    return "\n".join(
        (
            f"for region in $({regions}); do",
            f"  for name in {' '.join(map(quote, session_names))}; do",
            '    aws cloudtrail lookup-events --region "$region" \\',
            '      --lookup-attributes "AttributeKey=Username,AttributeValue=$name" \\',
            "      --query 'Events[].[EventTime,EventSource,EventName,Username]' --output text",
            "  done",
            "done",
        )
    )


def _build_athena_query(session_names: Sequence[str]) -> str:
    """Return a query of the table that CloudTrail's console creates for Athena. The reader replaces
    CLOUDTRAIL_TABLE with the table's name."""
    values = ", ".join("'" + name.replace("'", "''") + "'" for name in session_names)
    return "\n".join(
        (
            "SELECT eventtime, awsregion, eventsource, eventname, errorcode, useridentity.arn",
            "FROM CLOUDTRAIL_TABLE",
            f"WHERE split_part(useridentity.principalid, ':', 2) IN ({values})",
            "ORDER BY eventtime",
        )
    )


def _build_insights_searches(session_names: Sequence[str]) -> Iterator[CloudTrailSearch]:
    """Yield queries for a trail that sends its events to CloudWatch Logs: one, or several if one
    would be too long."""
    groups = list(_group_by_length(f'"{name}"' for name in session_names))
    for number, names in enumerate(groups, 1):
        of_all = f" {number} of {len(groups)}" if len(groups) > 1 else ""
        yield CloudTrailSearch(
            name=f"CloudWatch Logs Insights query{of_all}",
            text="If a trail sends its events to CloudWatch Logs, use Logs Insights. Choose the"
            f" trail's log group and the days{of_all and ', and run each query'}:"
            if number == 1
            else "",
            command="\n".join(
                (
                    _INSIGHTS_FIELDS,
                    '| parse userIdentity.principalId "*:*" as roleId, sessionName',
                    f"| filter sessionName in [{', '.join(names)}]",
                    "| sort eventTime asc",
                )
            ),
        )


def _group_by_length(texts: Iterable[str]) -> Iterator[list[str]]:
    """Yield the texts in groups that are short enough for one query."""
    group: list[str] = []
    length = 0
    for text in texts:
        length += len(text) + len(", ")
        if length > MAX_NAMES_LENGTH:
            yield group
            group, length = [], len(text) + len(", ")
        group.append(text)
    yield group
