"""Parse a profile of ~/.aws/config, to import the role that people have assumed with it.

The parser follows the AWS CLI's rules. It refuses text that AWS's tools read in different ways. A
remark is a sentence on a setting of the profile that Daypass cannot use as it is.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from configparser import Error as ParserError
from configparser import RawConfigParser
from typing import Any

from chalicelib.domain.errors import InvalidRequest, bad_value
from chalicelib.domain.identifiers import EXTERNAL_ID
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.onboarding.role_setup import LONGEST_MAXIMUM
from chalicelib.domain.text import PART_OF_A_TOKEN
from chalicelib.domain.values import Value


class Profile(Value):
    """A profile with a role and an external ID. The role's ARN has not been validated."""

    title: str
    """The profile with its name, for messages."""
    role_arn: str
    external_id: str
    max_session: int
    """The longest session to request, in seconds."""
    remarks: tuple[str, ...]


_Settings = Mapping[str, str]
"""A section's settings. A value that continues on further lines contains line breaks."""


class _Parser(RawConfigParser):
    """The AWS CLI's parser, but strict: nothing may follow a header, except a comment."""

    SECTCRE = re.compile(r"\[\s*(?P<header>[^\[\]\s][^\[\]]*)\]\s*(?:[#;].*)?$")
    # The default takes a time that grows with the square of a line's length.
    OPTCRE = re.compile(r"(?P<option>[^=:]*)(?P<vi>[=:])(?P<value>.*)$")

    def __init__(self) -> None:
        super().__init__(default_section="", inline_comment_prefixes=("#", ";"))


_LINE_END = re.compile(r"\r\n|\r|\n")
_DELIMITER = re.compile(r"[=:]")
_OTHER_SECTIONS = ("sso-session", "services")

_EXTERNAL_ID = re.compile(EXTERNAL_ID, re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,6}", re.ASCII)

_SECRET_NAMES = re.compile(
    r"secret[_-]?access[_-]?key|secret[_-]?key|session[_-]?token|security[_-]?token"
    r"|access[_-]?key[_-]?id|PRIVATE KEY-----",
    re.ASCII | re.IGNORECASE,
)
_SECRET_SETTINGS = ("password", "passwd", "secret", "api_key", "apikey")
_ACCESS_KEY_ID = re.compile(r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}", re.ASCII)
_ARN = re.compile(r"\barn:aws[a-z-]*:[!-~]*", re.ASCII)
_LONG_WORD = re.compile(r"[A-Za-z0-9/+]{40,}", re.ASCII)
_SECRET_KEY_LENGTH = 40
_SHORTEST_SESSION_TOKEN = 100
_LONGEST_MESSAGE = 600  # characters, because a text can have many profiles
# A setting without a value on its own line, if an indented line below it is not a key = value.
_BAD_NESTED_LINE = re.compile(r"\n(?:.*\n)?[^=\n]+(?:\n.*)?", re.DOTALL)


def read_profile(text: str, name: str | None = None) -> Profile:
    """Return the profile with this name, or the only profile with a role_arn if `name` is None.

    Raise InvalidRequest if the text cannot be parsed, has no such profile, or has an external ID
    that AWS would not accept. The error names the line or the profile. Refuse text that looks like
    a secret before parsing it, with an error that does not repeat the text.
    """
    for number, line in enumerate(_split_lines(text), 1):
        if _has_secret(line):
            raise _refusal(
                f"Line {number} contains a secret key or a token, or text that looks like one."
                " Daypass stored nothing. If this was a secret, replace it now, because it has been"
                " sent over the network. Then send only the profile with role_arn. Daypass cannot"
                " import an external ID that looks like a secret."
            )
    profile, settings = _choose_profile(_parse_profiles(text), name)
    title = _format_title(profile)
    for key in ("role_arn", "external_id"):
        if "\n" in settings.get(key, ""):
            raise _refusal(
                f"{title}: a line after {key} is indented further than {key} itself, so AWS's tools"
                f" read that line as part of {key}. Remove the indentation."
            )
    external_id = settings.get("external_id", "")
    if not external_id:
        raise _refusal(
            f"{title} has no external_id. Without one, another client could trick the firm into"
            " using this role. Open a new engagement, which gets an external ID, and send the"
            " client its link."
        )
    if _EXTERNAL_ID.fullmatch(external_id) is None:
        raise _refusal(
            f"{title}: AWS does not accept this external_id. Use 2 to 1224 characters: letters"
            " without accents, digits and _+=,.@:/-, without quotes around them."
        )
    max_session, remarks = _read_length_and_remarks(settings)
    return Profile(
        title=title,
        role_arn=settings["role_arn"],
        external_id=external_id,
        max_session=max_session,
        remarks=remarks,
    )


def _split_lines(text: str) -> list[str]:
    """Return the text's lines, without a byte order mark at the beginning."""
    return _LINE_END.split(text.removeprefix("\ufeff"))


def _has_secret(line: str) -> bool:
    """Return whether the line names a secret, or has text that looks like one."""
    if any(pattern.search(line) for pattern in (_SECRET_NAMES, _ACCESS_KEY_ID, PART_OF_A_TOKEN)):
        return True
    key, *value = _DELIMITER.split(line.lower(), maxsplit=1)
    key = key.strip("#; \t")  # a setting that is commented out can still hold a secret
    if value and " " not in key and any(setting in key for setting in _SECRET_SETTINGS):
        return True
    return any(_looks_random(text) for text in _LONG_WORD.findall(_ARN.sub(" ", line)))


def _looks_random(text: str) -> bool:
    """Return whether the text may be a secret access key or a session token."""
    if len(text) != _SECRET_KEY_LENGTH and len(text) < _SHORTEST_SESSION_TOKEN:
        return False
    return bool(re.search("[a-z]", text) and re.search("[A-Z]", text) and re.search("[0-9]", text))


def _parse_profiles(text: str) -> dict[str, _Settings]:
    """Return the settings of each profile by its name. Raise InvalidRequest for a text that cannot
    be parsed, and for a setting or a profile that repeats an earlier one."""
    parser, wrong_line = _Parser(), 0
    try:
        parser.read_file(_split_lines(text))
    except ParserError as error:
        # Errors of repeated or missing sections have `lineno`. ParsingError has a list of errors,
        # each with its line's number first.
        facts: Any = error
        wrong_line = getattr(facts, "lineno", 0) or facts.errors[0][0]
    # Raise outside the `except`: the parser's error quotes the text, so it must not be the context.
    if wrong_line:
        raise _refusal(
            f"Line {wrong_line} is not a section such as [profile acme], a comment, or a key ="
            " value in a section, or it repeats an earlier line. Correct the line or remove it."
        )
    profiles: dict[str, _Settings] = {}
    for header in parser.sections():
        name, settings = _parse_profile_name(header.strip()), dict(parser.items(header))
        for key, value in settings.items():
            if _BAD_NESTED_LINE.fullmatch(value):
                raise _refusal(
                    f"{_format_title(name)}: a line that is indented under {key[:60]!r} is not a"
                    " key = value. Correct the line or remove it."
                )
        if name in profiles:
            raise _refusal(f"{_format_title(name)} appears twice. Remove one of the two.")
        if name:  # an empty name is that of a section for another purpose
            profiles[name] = settings
    return profiles


def _parse_profile_name(header: str) -> str:
    """Return the profile's name from a section's header. Return an empty text if the section is
    not a profile, such as [services x]. Raise InvalidRequest for another header or name."""
    if header == "DEFAULT":
        raise _refusal(
            "The AWS CLI applies [DEFAULT] to every profile, and other tools apply it to none."
            " Write [default], or remove the section."
        )
    kind, *rest = header.split(maxsplit=1)
    if kind in _OTHER_SECTIONS and rest:
        return ""
    if kind != "profile" or not rest:
        return header  # as in ~/.aws/credentials, and [default] in both
    try:
        parts = shlex.split(rest[0])
    except ValueError:
        parts = []
    if len(parts) != 1 or not parts[0]:
        raise _refusal(
            "AWS's tools do not accept one of these profile names. Quote a name with spaces:"
            ' [profile "acme prod"].'
        )
    return parts[0]


def _choose_profile(profiles: Mapping[str, _Settings], name: str | None) -> tuple[str, _Settings]:
    """Return the name and the settings of the profile to import: the named one, or the only one
    with a role_arn. Raise InvalidRequest if no profile or several profiles qualify."""
    with_role = {key: settings for key, settings in profiles.items() if "role_arn" in settings}
    if not with_role:
        raise _refusal(
            "No profile here has a role_arn. Send a profile like this: [profile acme], then, on"
            " their own lines, role_arn = … and external_id = …"
        )
    if name is None and len(with_role) == 1:
        return next(iter(with_role.items()))
    if name not in with_role:
        titles = "; ".join(map(_format_title, with_role))
        problem = "Several profiles have" if name is None else "No profile with this name has"
        raise bad_value(
            "profile",
            f'{problem} a role_arn. Choose one with "profile": {titles}.'[:_LONGEST_MESSAGE],
            # On pages and in the command, which have no JSON field "profile".
            elsewhere=f"{problem} a role_arn. Choose one of: {titles}."[:_LONGEST_MESSAGE],
        )
    return name, with_role[name]


_REMARKS = {
    "mfa_serial": "The profile has mfa_serial. If the role requires MFA, it refuses Daypass, which"
    " has no MFA device. If so, ask the client to remove that condition from the trust policy.",
    "role_session_name": "Daypass ignores role_session_name, and names each session after its"
    " member. If the role requires a certain session name, ask the client to remove that"
    " condition.",
    "web_identity_token_file": "Daypass ignores web_identity_token_file, and calls sts:AssumeRole,"
    " so the role's trust policy has to allow sts:AssumeRole.",
}


def _read_length_and_remarks(settings: _Settings) -> tuple[int, tuple[str, ...]]:
    """Return the longest session to request, in seconds, and the remarks for the lead on all of the
    profile's settings."""
    remarks = [remark for key, remark in _REMARKS.items() if key in settings]
    longest = LONGEST_SESSION
    duration = settings.get("duration_seconds")
    if duration is not None:
        seconds = int(duration) if _SECONDS.fullmatch(duration) else 0
        # AWS accepts up to 12 hours (LONGEST_MAXIMUM), but one hour (LONGEST_SESSION) with role
        # chaining, which Daypass uses.
        if not SHORTEST_SESSION <= seconds <= LONGEST_MAXIMUM:
            remarks.append(
                "Daypass ignores duration_seconds, because AWS does not accept its value. Sessions"
                " last an hour."
            )
        elif seconds > LONGEST_SESSION:
            remarks.append(
                "duration_seconds is more than an hour, but AWS limits Daypass's sessions to an"
                " hour (role chaining). When a session ends after an hour, tools request another."
            )
        else:
            longest = seconds
    return longest, tuple(remarks)


def _format_title(name: str) -> str:
    """Return the profile with its name, or without it if the name does not fit a message."""
    return f'Profile "{name}"' if len(name) <= 64 and name.isprintable() else "A profile"


def _refusal(detail: str) -> InvalidRequest:
    return bad_value("config", detail)
