"""The arguments that several commands for leads share."""

from __future__ import annotations

from daypass.command import argument

GROUP = "For leads and auditors"
ENGAGEMENT = argument("engagement", metavar="ENGAGEMENT", help="such as acme-prod")
ONE_ENGAGEMENT = argument(
    "engagement", nargs="?", default="", metavar="ENGAGEMENT", help="only this engagement"
)
ABOUT = argument(
    "about",
    nargs="?",
    default="",
    metavar="ENGAGEMENT|MEMBER",
    help="only this engagement, or only this member",
)
MEMBER = argument("member", metavar="MEMBER", help="a member's ID, such as bob")
WHY = argument("--reason", "--because", required=True, help="why, for the trail and for the client")
