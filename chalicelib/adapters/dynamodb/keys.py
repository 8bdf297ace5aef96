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

from datetime import datetime

from chalicelib.domain.things import Thing

Key = tuple[str, str]


class Place(Thing, frozen=True):
    """Where an item lives: `listed` is a list's name, and the item's key in it."""

    type: str
    key: Key
    listed: Key | None = None
    gone_after: datetime | None = None
    """DynamoDB removes it some time after that, a few days at most: for what is of no use then."""


MEMBERS = "MEMBERS"
ENGAGEMENTS = "ENGAGEMENTS"
ROLES = "ROLES"
LEADS: Key = ("LEADS", "LEADS")
SWEEP: Key = ("SWEEP", "SWEEP")
MANY_SESSIONS: Key = ("MANYSESSIONS", "MANYSESSIONS")
TOKEN_PREFIX = "TOKEN#"
GRANT_PREFIX = "GRANT#"
ROLE_PREFIX = "ROLE#"
FIRM = "FIRM"
STOPS = "STOPS"
# They sort before and after all that a key goes on with.
FIRST, LAST = "!", "~"
OUTCOME = "#outcome"


def member(id: str) -> Key:
    return f"MEMBER#{id}", "MEMBER"


def token(member: str, hash: str) -> Key:
    return f"MEMBER#{member}", TOKEN_PREFIX + hash


def enrolment(member: str) -> Key:
    return f"MEMBER#{member}", "ENROLMENT"


def identity(hash: str) -> Key:
    return f"IDENTITY#{hash}", "IDENTITY"


def engagement(id: str) -> Key:
    return f"ENGAGEMENT#{id}", "ENGAGEMENT"


def role(engagement: str, name: str) -> Key:
    return f"ENGAGEMENT#{engagement}", ROLE_PREFIX + name


def grant(engagement: str, member: str) -> Key:
    return f"ENGAGEMENT#{engagement}", GRANT_PREFIX + member


def got_with(code: str) -> str:
    return f"GOTWITH#{code}"


def setup(engagement: str, role: str) -> Key:
    return f"ENGAGEMENT#{engagement}", f"SETUP#{role}"


def link(hash: str) -> Key:
    return f"LINK#{hash}", "LINK"


def links(engagement: str) -> str:
    return f"LINKS#{engagement}"


def access_link(hash: str) -> Key:
    return f"ACCESSLINK#{hash}", "ACCESSLINK"


def notified(via: str) -> Key:
    return f"NOTIFIED#{via}", "NOTIFIED"


def binding_code(hash: str) -> Key:
    return f"BINDINGCODE#{hash}", "BINDINGCODE"


def task(hash: str) -> Key:
    return f"TASK#{hash}", "TASK"


def seen(hash: str) -> Key:
    return f"SEEN#{hash}", "SEEN"


def stop(item: Key) -> Key:
    """Return the key of the stop of the item with this key."""
    pk, sk = item
    return f"{STOPS}#{pk}", sk


def external_id(id: str) -> Key:
    return f"EXTERNALID#{id}", "EXTERNALID"


def grants_to(member: str) -> str:
    return f"GRANTS#{member}"


def vends(member: str) -> str:
    return f"VENDS#{member}"


def others(engagement: str) -> str:
    return f"ENGAGEMENT#{engagement}" if engagement else FIRM
