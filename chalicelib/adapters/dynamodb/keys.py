"""Define the keys of both tables, and convert items and trail entries to and from attributes.

To vend is to issue a session to a member. A vend's intent is the trail entry from
before Daypass asks AWS STS, and its outcome is the entry from after that. A stop is a stored
revocation. Other entries, such as refusals, belong to no vend with an intent.

state    pk                    sk                   list                 list_sk
member   MEMBER#alice          MEMBER               MEMBERS              alice
token    MEMBER#alice          TOKEN#<sha-256>      GOTWITH#<sha-256>    <token's id>
enrolment  MEMBER#alice        ENROLMENT
identity  IDENTITY#<sha-256>   IDENTITY
engagement  ENGAGEMENT#acme-prod  ENGAGEMENT        ENGAGEMENTS          acme-prod
role     ENGAGEMENT#acme-prod  ROLE#readonly        ROLES                acme-prod#readonly
grant    ENGAGEMENT#acme-prod  GRANT#alice          GRANTS#alice         acme-prod
setup    ENGAGEMENT#acme-prod  SETUP#readonly
cut-off  CUTOFF#acme-prod      CUTOFF#readonly      CUTOFFS              acme-prod#readonly
link     LINK#<sha-256>        LINK                 LINKS#acme-prod      <moment>#<link ID>
pause codes  PAUSECODES#<link's sha-256>  PAUSECODES   a count of codes; deleted after a day
access link  ACCESSLINK#<sha-256>  ACCESSLINK       deleted after it has expired
leads    LEADS                 LEADS
sweep    SWEEP                 SWEEP
many     MANYSESSIONS          MANYSESSIONS         members with too many sessions at the last run
run      JOBRUN#sweep          JOBRUN               the last start and the last end of a job
notified  NOTIFIED#slack       NOTIFIED             the progress of a notification channel
mailbox  MAILBOX#jo@acme.example  MAILBOX           MAILBOXES            <next mail>#jo@acme.example
external ID  EXTERNALID#<ID>   EXTERNALID
code     BINDINGCODE#<sha-256>  BINDINGCODE         a Slack user's linking code; deleted after a day
task     TASK#<sha-256>        TASK                 a pending Slack action; deleted after a day
seen     SEEN#<sha-256>        SEEN                 a request from Slack; deleted after a day
stop     STOPS#<the item's pk>  <the item's sk>     STOPS                <moment>#<entry id>
block    BLOCK#                BLOCK                BLOCKS               <moment>#<entry id>
block    BLOCK#acme-prod       BLOCK                BLOCKS               <moment>#<entry id>
last request  LASTREQUEST#alice  LASTREQUEST
request  REQUEST#alice         REQUEST#<request ID>  REQUESTS            <expiry>#<request ID>
approved grant  APPROVEDGRANT#acme-prod  APPROVEDGRANT#alice#deploy#1  APPROVEDGRANTS#alice
given approval  GIVENAPPROVAL#bob  GIVENAPPROVAL#<request ID>          deleted after the access
approval policy  APPROVALPOLICY#acme-prod  APPROVALPOLICY#deploy
client approver  CLIENTAPPROVER#acme-prod  CLIENTAPPROVER#jo
approver link  APPROVERLINK#<sha-256>  APPROVERLINK  deleted after it has expired
emergency  EMERGENCY#acme-prod   EMERGENCY#alice    the count of a member's emergencies
emergency lock  MEMBER#alice   EMERGENCYLOCK
event look-up  EVENTLOOKUP#acme-prod  EVENTLOOKUP#readonly   the last look-up of CloudTrail's events
session actions  SESSIONACTIONS#acme-prod  SESSIONACTIONS#<vend's id>   deleted after 90 days
digest head  DIGESTHEAD        DIGESTHEAD           the newest digest of the trail
overview  OVERVIEW             OVERVIEW             deleted after 100 days, as the next two
unused   OVERVIEWUNUSED        OVERVIEWUNUSED       the grants that were unused for 30 days
uses     OVERVIEWUSES#2026-11-24  OVERVIEWUSES      each grant's last use on the day
web link  WEBLINK#<sha-256>    WEBLINK              a sign-in link; deleted after a day
web session  WEBSESSION#<sha-256>  WEBSESSION       a browser's session; deleted after it has ended
used form  USEDFORM#<session's sha-256>  USEDFORM#<form ID>   deleted with the session

trail    pk                    sk
intent   VENDS#alice           <moment>#<entry id>
outcome  VENDS#alice           <moment>#<entry id>#outcome     of the intent
end      VENDS#alice           <moment>#<entry id>#end         the member gave the session back
end      VENDS#alice           <moment>#<entry id>#revoke      a lead revoked the session
other    ENGAGEMENT#acme-prod  <moment>#<entry id>
other    FIRM                  <moment>#<entry id>             about no engagement

         day                   engagement   actor   subject
a vend   2026-11-24            acme-prod
#revoke  2026-11-24            acme-prod    lena    REVOKED-SESSIONS
other    2026-11-24                         lena    alice

The request for a vend contains the keys of all items that the vend reads: token, member,
engagement, role and grant, and the access link if there is one. So one BatchGetItem reads them,
with their stops and with the two blocks, of everything and of the engagement. A stop is in the list
STOPS until its revocation is finished, and a block is in BLOCKS while steps of it are left.

An engagement's grants share a partition, and so do a member's vends. So a revocation finds
everything that it ends with consistent reads, and a member who vends constantly slows down no one
else. An outcome's key is derived from its intent's key, so a vend has at most one outcome. The
first writer wins. The same holds for the end of its session, by its member and by a lead. Vends are
in partitions of their own, so that refusals cannot bury them.

The fields of an item or entry are stored as one map, the body. Reading raises
`msgspec.ValidationError` if a required field is missing. A field with a default may be missing, so
that a later version, which adds a field, can read the items of this one.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS

TableKey = tuple[str, str]

PARTITION_OWNERS = frozenset({"member", "engagement"})
"""If an item's first key field is one of these, the item is in that member's or engagement's
partition."""
OWN_PARTITIONS = frozenset(
    {
        "approval-policy",
        "approved-grant",
        "client-approver",
        "cut-off",
        "emergency",
        "event-look-up",
        "last-request",
        "request",
        "session-actions",
    }
)
"""The kinds that are in partitions of their own all the same. So a function that may write them may
write nothing else of the engagement or of the member. A flaw in the client's approval page, for
example, cannot make anyone a lead or give anyone a grant. And a function that may write roles
cannot name a client's approver."""
SPECIAL_LIST_NAMES = {"mailbox": "MAILBOXES", "token": "GOTWITH"}
"""The list names that are not the kind's plural, by kind. A token is listed by the enrolment that
it was got with."""
# The partition of trail entries that are about no engagement.
FIRM_PARTITION = "FIRM"
# Characters that sort before and after all others in keys.
SORTS_FIRST, SORTS_LAST = "!", "~"
REVOKED_SESSIONS = "REVOKED-SESSIONS"
"""The subject, in the index, of an entry that a lead revoked a single session. No member has this
ID. `Notify` finds these entries with it: their sort keys have the time at which the session began,
and not that of the revocation."""
VEND_SUFFIXES = {
    Action.VEND: "#outcome",
    Action.SESSION_END: "#end",
    Action.SESSION_REVOKE: "#revoke",
}
"""The endings of the sort keys of entries that belong to an intent, by the entry's action. An
intent's own key has no such ending."""


def table_key(kind: type[Item], *values: str) -> TableKey:
    """Return the table key of the item with these values in its key fields. Raise TypeError for a
    kind that is not stored, or a wrong number of values."""
    if kind is Stop:
        stopped_kind, *stopped_key = values
        return stop_key(table_key(STOPPABLE_KINDS[stopped_kind], *stopped_key))
    name = _key_name(kind)
    if len(values) != len(kind.KEY_FIELDS):
        raise TypeError(f"a {kind.__name__} has the key fields {kind.KEY_FIELDS}")
    if not values:
        return name, name
    first, *rest = values
    return partition_key(kind, first), "#".join((name, *rest))


def table_key_of(item: Item) -> TableKey:
    """Return the key of this item in the state table."""
    return table_key(type(item), *item.key)


def partition_key(kind: type[Item], first: str) -> str:
    """Return the partition key for items of the kind whose first key field has this value."""
    owner = kind.KEY_FIELDS[0]
    is_shared = owner in PARTITION_OWNERS and kind.STORED_AS not in OWN_PARTITIONS
    return f"{owner.upper() if is_shared else _key_name(kind)}#{first}"


def sort_key_prefix(kind: type[Item]) -> str:
    """Return the prefix of the kind's sort keys in a shared partition."""
    return f"{_key_name(kind)}#"


def list_name(kind: type[Item], group: str = "") -> str:
    """Return the key of a list in the index: of all items of the kind or, if the kind is listed by
    a field, of the items with this value (`group`) in it. An empty value counts as none."""
    name = SPECIAL_LIST_NAMES.get(kind.STORED_AS, f"{_key_name(kind)}S")
    return f"{name}#{group}" if group else name


def stop_key(item_key: TableKey) -> TableKey:
    """Return the key of the stop (the stored revocation) of the item with this key."""
    pk, sk = item_key
    return f"STOPS#{pk}", sk


def vends_partition(member: str) -> str:
    """Return the partition key of the member's vends on the trail."""
    return f"VENDS#{member}"


def other_entries_partition(engagement: str) -> str:
    """Return the partition key of the entries about this engagement that belong to no vend. If
    `engagement` is empty, return that of the entries about no engagement."""
    return f"ENGAGEMENT#{engagement}" if engagement else FIRM_PARTITION


def _key_name(kind: type[Item]) -> str:
    """Return the kind's name as it stands in keys. Raise TypeError for a kind that is not
    stored."""
    if not hasattr(kind, "STORED_AS"):
        raise TypeError(f"{kind.__name__} is not a stored kind of item")
    return kind.STORED_AS.upper().replace("-", "")


T = TypeVar("T", bound=Value)


def build_item_attributes(item: Item) -> dict[str, Any]:
    """Return all attributes to write for an item, including its keys. An attribute that is None is
    not written, so an item without `list` and `list_sk` is not in the index."""
    pk, sk = table_key_of(item)
    # LISTED_BY is None if the kind has no list, and "" if one list has all items. Otherwise there
    # is one list for each value of this field.
    list_field = item.LISTED_BY
    # An item whose `list_key` is empty is in no list.
    list_key = item.list_key if list_field is not None else ""
    list_value = getattr(item, list_field) if list_field and list_key else ""
    body = build_body(item)
    version = body.pop("version")
    return {
        "pk": pk,
        "sk": sk,
        "type": item.STORED_AS,
        "version": version,
        "list": list_name(type(item), list_value) if list_key else None,
        "list_sk": list_key or None,
        "gone_after": int(item.gone_after.timestamp()) if item.gone_after else None,
        "body": body,
    }


def build_entry_attributes(entry: Entry, *, intent: Entry | None = None) -> dict[str, Any]:
    """Return all attributes to write for a trail entry, including its key. Leave out empty ones, so
    that an entry without an engagement, for example, is not in the index of engagements.

    `intent` is the entry written before AWS STS is asked for a session. If there is one, `entry` is
    written afterwards: the vend's outcome, or the end of its session. Its key is derived from the
    intent's key.
    """
    sort_key = intent.position + VEND_SUFFIXES[entry.action] if intent else entry.position
    if entry.vend:
        attributes: dict[str, Any] = {
            "pk": vends_partition(entry.subject or entry.actor),
            "engagement": entry.engagement,
            # The partition has the member's own entries. If a lead ended the session, the entry
            # must be found by the lead's ID, too.
            "actor": entry.actor if entry.subject else "",
            "subject": REVOKED_SESSIONS if entry.action is Action.SESSION_REVOKE else "",
        }
    else:
        attributes = {"pk": other_entries_partition(entry.engagement)}
        attributes |= {"actor": entry.actor, "subject": entry.subject}
    body = {name: value for name, value in msgspec.to_builtins(entry).items() if value}
    day = sort_key[:10]  # a sort key begins with the time, and so with the date YYYY-MM-DD
    attributes |= {"sk": sort_key, "day": day, "body": body}
    return {name: value for name, value in attributes.items() if value}


def build_body(value: Value) -> dict[str, Any]:
    """Return the value's fields as JSON values, without None."""
    body: dict[str, Any] = msgspec.to_builtins(value, order="deterministic")
    return {name: _replace_tuples(value) for name, value in body.items() if value is not None}


def _replace_tuples(value: Any) -> Any:
    """Return the value with lists instead of tuples, which pynamodb does not support."""
    if isinstance(value, tuple):
        return [_replace_tuples(element) for element in value]
    if isinstance(value, dict):
        return {
            name: _replace_tuples(element) for name, element in value.items() if element is not None
        }
    return value


def parse_body(kind: type[T], body: dict[str, Any]) -> T:
    """Return the value of this kind whose fields are in the body."""
    return msgspec.convert(body, kind)
