"""The sentences about sessions, access links, blocks and cut-offs."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.cut_off.brake_version import WIDENED
from chalicelib.domain.web.wording.rows import Wording

_AGENT = "[caller=agent| A program that works for {actor} by itself asked for it.]"
_TERMS = (
    f"{_AGENT}[access=read-only| Its permissions were limited to reading.]"
    "[chaining=allowed| It may assume further roles.]"
    "[request,!emergency| The approved request {request} had opened the role.]"
    "[request,emergency| {actor} had opened the role in the emergency {request}.]"
    "[client_approved| The client had approved it.]"
    "[link| It was requested through the access link {link}.]"
)
_CUT_OFF = "the cut-off of {target}"
_OF_SESSIONS = "[!cut_offs| It was a drill: no session was cut off by it.]"

SENTENCES: Mapping[Action, Wording] = {
    Action.VEND: Wording(
        doing="have a session in {target}",
        others={
            Outcome.INTENDED: "{by} requested a session in {target}[, for {duration:duration}]."
            " Daypass was about to ask AWS for it. If no outcome follows, treat the session as"
            f" issued.{_TERMS}",
            Outcome.ISSUED: "{by} got a session in {target}[, as {session_name}][, until"
            f" {{expires_at:time}}].{_TERMS}",
            Outcome.WITHHELD: "{by} got no session in {target}. AWS may have issued one, and"
            " Daypass"
            " did not hand it over.[closed_by| A change or a revocation by {closed_by:actor}"
            " withheld it.]",
            Outcome.FAILED: "{by} got no session in {target}. AWS issued none.",
            Outcome.REFUSED: f"Daypass refused {{actor}} a session in {{target}}.{_AGENT}",
        },
    ),
    Action.SESSION_REVOKE: Wording(
        doing="revoke a session of {member}[ ({session})]",
        done="{by} revoked {owner} session[ {session_name}] in {target}. If it was handed over, it"
        " may be alive until it expires or is cut off.",
    ),
    Action.SESSION_END: Wording(
        doing="give a session back[ ({session})]",
        done="{by} gave the session[ {session_name}] in {target} back. If it was handed over, it"
        " may"
        " be alive until it expires or is cut off.",
    ),
    Action.ACCESS_LINK_CREATE: Wording(
        doing="have an access link to {target}",
        done="{by} got an access link to {target} in Slack[: {link}][, valid until"
        " {expires_at:time}].",
    ),
    Action.ACCESS_LINK_USE: Wording(
        doing="use the access link {link}",
        done="Someone used the access link {link} of {member} to {target}.",
    ),
    Action.ACCESS_LINK_REVOKE: Wording(
        doing="revoke the access link {link}",
        done="{by} revoked the access link {link} of {member} to {target}.",
    ),
    Action.FREEZE_BEGIN: Wording(
        doing="freeze everything",
        done="{by} froze everything: Daypass hands over no session to anyone.",
    ),
    Action.FREEZE_LIST: Wording(
        doing="count the sessions from before the freeze",
        done="Daypass counted the sessions from before the freeze. Those that may have been alive"
        " then: {alive}[, the last until {last_moment:time}].",
    ),
    Action.FREEZE_LIFT_REQUEST: Wording(
        doing="ask to lift the freeze",
        done="{by} asked to lift the freeze. A second lead has to confirm that.",
    ),
    Action.FREEZE_LIFT: Wording(
        doing="lift the freeze",
        done="{by} lifted the freeze[, which {requested_by:actor} had asked for].",
    ),
    Action.PAUSE_BEGIN: Wording(
        doing="pause {engagement}",
        done="{by} paused {engagement}: Daypass hands over no session there."
        "[codes| Codes that hold the pause: {codes}.][sealed| It was pressed too often to end by"
        " codes alone.][refused| This refused the request of {refused:actor} to lift the pause.]",
    ),
    Action.PAUSE_LIFT: Wording(
        doing="lift the pause of {engagement}",
        done="[!codes_left,!requested_by|{by} lifted the pause of {engagement}.]"
        "[requested_by|{by} lifted the pause of {engagement} without its code, which"
        " {requested_by:actor} had asked for.]"
        "[codes_left|{by} entered one of the codes of the pause of {engagement}. Codes that still"
        " hold the pause: {codes_left}.]",
        others={
            Outcome.REFUSED: "Someone with the link {link} to the client's page could not lift the"
            " pause of {engagement}."
        },
    ),
    Action.PAUSE_LIFT_REQUEST: Wording(
        doing="ask to lift the pause of {engagement}",
        done="{by} asked to lift the pause of {engagement} without its code. The client could"
        " refuse until {refuse_until:time}. After that, a second lead has to confirm it.",
    ),
    Action.PAUSE_KEEP: Wording(
        doing="keep the pause of {engagement}",
        done="{by} refused the request of {refused:actor} to lift the pause of {engagement}.",
    ),
    Action.CUT_OFF_REQUEST: Wording(
        doing=f"request {_CUT_OFF}",
        done="{by} requested a cut-off of live sessions of {target}[sessions|: {sessions:names}]"
        "[subject,!sessions|: those of {member}].[issued_until| It is for sessions issued until"
        " {issued_until:time}.][needed_until| The last of them expires at {needed_until:time}.]"
        "[widened| The role has too many cut-offs to name each member, so it is for everyone.]",
    ),
    Action.CUT_OFF_WRITE: Wording(
        doing=f"write {_CUT_OFF}",
        done=f"Daypass wrote {_CUT_OFF} in the client's account.{_OF_SESSIONS}[widened| {WIDENED}]",
        others={
            Outcome.INTENDED: f"Daypass was about to write {_CUT_OFF} in the client's account.",
            Outcome.FAILED: f"Daypass could not write {_CUT_OFF} in the client's account.",
        },
    ),
    Action.CUT_OFF_SEE: Wording(
        doing=f"see {_CUT_OFF} work",
        done="Daypass saw AWS refuse a session of its own in {target} because of the cut-off."
        f"{_OF_SESSIONS}",
        others={
            Outcome.FAILED: "Daypass did not see AWS refuse a session of its own in {target}"
            " because"
            f" of the cut-off.{_OF_SESSIONS}"
        },
    ),
    Action.CUT_OFF_END: Wording(
        doing=f"end {_CUT_OFF}",
        done="Daypass dropped cut-offs of {target}, because their sessions have expired.",
        others={
            Outcome.FAILED: "Daypass dropped cut-offs of {target}, because their sessions have"
            " expired. It had not seen all of them work."
        },
    ),
    Action.CUT_OFF_RELEASE: Wording(
        doing="release the brake of {target}",
        done="Daypass released the brake of {target}, because the sessions have expired.",
        others={
            Outcome.INTENDED: "Daypass was about to release the brake of {target}.",
            Outcome.FAILED: "Daypass could not release the brake of {target}."
            "[given_up| It no longer tries.]",
        },
    ),
}
