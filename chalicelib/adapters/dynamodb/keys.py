"""Where each item lives: the keys of both tables, all in this file.

state    pk                    sk                   list                 list_sk
member   MEMBER#alice          MEMBER               MEMBERS              alice
token    MEMBER#alice          TOKEN#<sha-256>      GOTWITH#<sha-256>    <token's id>
enrolment  MEMBER#alice        ENROLMENT
identity  IDENTITY#<sha-256>   IDENTITY
engagement  ENGAGEMENT#acme-prod  ENGAGEMENT        ENGAGEMENTS          acme-prod
role     ENGAGEMENT#acme-prod  ROLE#readonly        ROLES                acme-prod#readonly
grant    ENGAGEMENT#acme-prod  GRANT#alice          GRANTS#alice         acme-prod
setup    ENGAGEMENT#acme-prod  SETUP#readonly
link     LINK#<sha-256>        LINK                 LINKS#acme-prod      <moment>#<link id>
access link  ACCESSLINK#<sha-256>  ACCESSLINK                           removed when it is of no use
leads    LEADS                 LEADS
sweep    SWEEP                 SWEEP
many     MANYSESSIONS          MANYSESSIONS         who had too many sessions at the last look
notified  NOTIFIED#slack       NOTIFIED             what people have been told, by that way
external ID  EXTERNALID#<id>   EXTERNALID
code     BINDINGCODE#<sha-256>  BINDINGCODE         what a Slack user was shown: gone after a day
task     TASK#<sha-256>        TASK                 what is asked or done in Slack: so is that
seen     SEEN#<sha-256>        SEEN                 a request of Slack's: so is that
stop     STOPS#<the item's pk>  <the item's sk>     STOPS                <moment>#<entry id>

trail    pk                    sk
intent   VENDS#alice           <moment>#<entry id>
outcome  VENDS#alice           <moment>#<entry id>#outcome     of the intent
other    ENGAGEMENT#acme-prod  <moment>#<entry id>
other    FIRM                  <moment>#<entry id>             about no engagement

         day                   engagement   actor   subject
a vend   2026-11-24            acme-prod
other    2026-11-24                         lena    alice

A vend knows the keys of all five items that decide it before it has read any of them, and that of
the access link if it comes by one, so one BatchGetItem reads them all, and the stop of each. A stop
is in the list until nothing of its revocation is left to be done. An engagement's grants and a
member's vends are in one partition each: a revocation finds all that it ends with consistent reads,
and a member who vends without end is in nobody else's way. What came of a vend has one place, made
of its intent's, and whoever comes first writes it. Vends that reached their intent are apart from
all else, so that nobody can bury them under refusals.
"""

from __future__ import annotations

from chalicelib.domain.stops import Stop
from chalicelib.domain.values import Item
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS

Key = tuple[str, str]

OWNERS = frozenset({"member", "engagement"})
"""Items whose first key field is one of these are in that member's or engagement's partition."""
LISTS = {"token": "GOTWITH"}
"""The names of lists that are not their kind's, in the plural."""
FIRM = "FIRM"
# They sort before and after all that a key goes on with.
FIRST, LAST = "!", "~"
OUTCOME = "#outcome"


def key(kind: type[Item], *names: str) -> Key:
    """Return the key of the item with these values of its key fields. TypeError for what is not
    stored, and for too few or too many."""
    if kind is Stop:
        item, *names_of_item = names
        return stop(key(STOPPABLE_KINDS[item], *names_of_item))
    word = _word(kind)
    if len(names) != len(kind.KEY_FIELDS):
        raise TypeError(f"a {kind.__name__} has the key fields {kind.KEY_FIELDS}")
    if not names:
        return word, word
    first, *rest = names
    return partition(kind, first), "#".join((word, *rest))


def key_of(item: Item) -> Key:
    """Return the item's own key in the state table."""
    return key(type(item), *item.key)


def partition(kind: type[Item], first: str) -> str:
    """Return the partition of the kind's items whose first key field has this value."""
    owner = kind.KEY_FIELDS[0]
    return f"{owner.upper() if owner in OWNERS else _word(kind)}#{first}"


def prefix(kind: type[Item]) -> str:
    """Return what the sort keys of the kind's items begin with in a partition with others."""
    return f"{_word(kind)}#"


def listed(kind: type[Item], of: str = "") -> str:
    """Return the name of the kind's list in the index, or of that for this value."""
    name = LISTS.get(kind.STORED_AS, f"{_word(kind)}S")
    return f"{name}#{of}" if kind.LISTED_BY else name


def stop(item: Key) -> Key:
    """Return the key of the stop of the item with this key."""
    pk, sk = item
    return f"STOPS#{pk}", sk


def vends(member: str) -> str:
    return f"VENDS#{member}"


def others(engagement: str) -> str:
    return f"ENGAGEMENT#{engagement}" if engagement else FIRM


def _word(kind: type[Item]) -> str:
    if not hasattr(kind, "STORED_AS"):
        raise TypeError(f"nothing says where a {kind.__name__} lives")
    return kind.STORED_AS.upper().replace("-", "")
