"""Parse a profile of ~/.aws/config, to import the role that people have assumed with it.

The parser follows the AWS CLI's rules. It refuses text that AWS's tools read in different ways. A
remark is a sentence on a setting of the profile that Daypass cannot use as it is.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from chalicelib.domain.errors import InvalidRequest, bad_value
from chalicelib.domain.identifiers import EXTERNAL_ID
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION
from chalicelib.domain.onboarding.role_setup import LONGEST_MAXIMUM
from chalicelib.domain.text import PART_OF_A_TOKEN
from chalicelib.domain.values import Value


class Profile(Value, frozen=True, kw_only=True):
    """A profile with a role and an external ID. The role's ARN has not been validated."""

    title: str
    """The profile's name and line, for messages."""
    role_arn: str
    external_id: str
    max_session: int
    """The longest session to request, in seconds."""
    remarks: tuple[str, ...]


class _Setting(Struct):
    """A value in a section, with the number of its line."""

    line: int
    value: str
    continued_on: int = 0
    """The first line indented under this setting, or 0."""


class _Section(Struct):
    """The settings under a header such as [profile acme], with the number of the header's line."""

    line: int
    settings: dict[str, _Setting] = field(default_factory=dict)


_LINE_END = re.compile(r"\r\n|\r|\n")
_INLINE_COMMENT = re.compile(r"\s[#;]")
_HEADER = re.compile(r"\[([^\[\]]*)\]\s*(?:[#;].*)?")
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
    profile, section = _choose_profile(_parse_profiles(text), name)
    title = _format_title(profile, section)
    role_arn = _read_setting(title, section, "role_arn")
    external_id = _read_setting(title, section, "external_id")
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
    max_session, remarks = _read_length_and_remarks(section.settings)
    return Profile(
        title=title,
        role_arn=role_arn,
        external_id=external_id,
        max_session=max_session,
        remarks=remarks,
    )


def _split_lines(text: str) -> list[str]:
    """Return the text's lines, without a byte order mark at the beginning."""
    return _LINE_END.split(text.removeprefix("\ufeff"))


def _has_secret(line: str) -> bool:
    """Return whether the line contains a secret or text that looks like one."""
    if any(pattern.search(line) for pattern in (_SECRET_NAMES, _ACCESS_KEY_ID, PART_OF_A_TOKEN)):
        return True
    key, *value = _DELIMITER.split(line.lower(), maxsplit=1)
    key = key.strip("#; \t")  # a setting that is commented out can still hold a secret
    if value and " " not in key and any(setting in key for setting in _SECRET_SETTINGS):
        return True
    return any(_looks_random(text) for text in _LONG_WORD.findall(_ARN.sub(" ", line)))


def _looks_random(text: str) -> bool:
    """Return whether the text has the length and the mixed characters of a random secret."""
    if len(text) != _SECRET_KEY_LENGTH and len(text) < _SHORTEST_SESSION_TOKEN:
        return False
    return bool(re.search("[a-z]", text) and re.search("[A-Z]", text) and re.search("[0-9]", text))


def _parse_profiles(text: str) -> dict[str, _Section]:
    """Return the sections of the profiles by the profiles' names. Raise InvalidRequest, with the
    number of the line, for a line that cannot be parsed or repeats an earlier one."""
    profiles: dict[str, _Section] = {}
    section: _Section | None = None
    setting: _Setting | None = None
    setting_indent = 0
    for number, line, content in _find_content_lines(text):
        indent = len(line) - len(line.lstrip())
        # A line that is indented more than a setting continues the setting's value.
        if setting is not None and indent > setting_indent:
            if not setting.value and "=" not in content:
                raise _refusal(
                    f"Line {number} is indented under the setting on line {setting.line}, but it"
                    " is not a key = value. Correct the line or remove it."
                )
            setting.continued_on = setting.continued_on or number
            continue
        setting_indent = indent
        if content.startswith("["):
            name, section, setting = _parse_profile_name(content, number), _Section(number), None
            if name in profiles:
                raise _refusal(
                    f"{_format_title(name, profiles[name])} appears again on line {number}."
                    " Remove one of the two."
                )
            if name:  # an empty name is that of a section for another purpose
                profiles[name] = section
            continue
        key, *value = _DELIMITER.split(content, maxsplit=1)
        key = key.strip().lower()
        if section is None or not key or not value:
            raise _refusal(
                f"Line {number} is not a [section], a comment, or a key = value in a section."
                " Correct the line or remove it."
            )
        if key in section.settings:
            first_line = section.settings[key].line
            raise _refusal(f"Line {number} repeats the key of line {first_line}. Remove one line.")
        setting = section.settings[key] = _Setting(number, value[0].strip())
    return profiles


def _find_content_lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each line that is more than a comment: its number, the whole line, and its content
    without indentation and comment."""
    for number, line in enumerate(_split_lines(text), 1):
        content = line.strip()
        if content and content[0] not in "#;":
            yield number, line, _INLINE_COMMENT.split(content, maxsplit=1)[0].strip()


def _parse_profile_name(header: str, line: int) -> str:
    """Return the profile's name from a section's header. Return an empty text if the section is
    not a profile, such as [services x]. Raise InvalidRequest for another header or name."""
    match = _HEADER.fullmatch(header)
    inside = match[1].strip() if match else ""
    if not inside:
        raise _refusal(
            f"Line {line} begins with [ but is not a section such as [profile acme]."
            " Correct the line or remove it."
        )
    if inside == "DEFAULT":
        raise _refusal(
            f"Line {line}: the AWS CLI applies [DEFAULT] to every profile, and other tools apply it"
            " to none. Write [default], or remove the section."
        )
    kind, *rest = inside.split(maxsplit=1)
    if kind in _OTHER_SECTIONS and rest:
        return ""
    if kind != "profile" or not rest:
        return inside  # as in ~/.aws/credentials, and [default] in both
    try:
        parts = shlex.split(rest[0])
    except ValueError:
        parts = []
    if len(parts) != 1 or not parts[0]:
        raise _refusal(
            f"Line {line}: AWS's tools do not accept this profile name. Quote a name with spaces:"
            ' [profile "acme prod"].'
        )
    return parts[0]


def _choose_profile(profiles: Mapping[str, _Section], name: str | None) -> tuple[str, _Section]:
    """Return the name and the section of the profile to import: the named one, or the only one with
    a role_arn. Raise InvalidRequest if no profile or several profiles qualify."""
    profiles_with_role = {
        key: section for key, section in profiles.items() if "role_arn" in section.settings
    }
    if not profiles_with_role:
        raise _refusal(
            "No profile here has a role_arn. Send a profile like this: [profile acme], then, on"
            " their own lines, role_arn = … and external_id = …"
        )
    if name is None and len(profiles_with_role) == 1:
        return next(iter(profiles_with_role.items()))
    if name not in profiles_with_role:
        titles = "; ".join(_format_title(*profile) for profile in profiles_with_role.items())
        problem = "Several profiles have" if name is None else "No profile with this name has"
        raise bad_value(
            "profile",
            f'{problem} a role_arn. Choose one with "profile": {titles}.'[:600],
            elsewhere=f"{problem} a role_arn. Choose one of: {titles}."[:600],
        )
    return name, profiles_with_role[name]


def _read_setting(title: str, section: _Section, key: str) -> str:
    """Return the value of the section's setting, or an empty text if the section does not have the
    setting. Raise InvalidRequest if the value continues on the next line."""
    setting = section.settings.get(key)
    if setting is None:
        return ""
    if setting.continued_on:
        raise _refusal(
            f"{title}: line {setting.continued_on} is indented more than line {setting.line}, so"
            f" AWS's tools read it as part of {key}. Remove the indentation."
        )
    return setting.value


_REMARKS = {
    "mfa_serial": "The profile has mfa_serial. If the role requires MFA, it refuses Daypass, which"
    " has no MFA device. If so, ask the client to remove that condition from the trust policy.",
    "role_session_name": "Daypass ignores role_session_name, and names each session after its"
    " member. If the role requires a certain session name, ask the client to remove that"
    " condition.",
    "web_identity_token_file": "Daypass ignores web_identity_token_file, and calls sts:AssumeRole,"
    " so the role's trust policy has to allow sts:AssumeRole.",
}


def _read_length_and_remarks(settings: Mapping[str, _Setting]) -> tuple[int, tuple[str, ...]]:
    """Return the longest session to request, in seconds, and the remarks for the lead on all of the
    profile's settings."""
    remarks = [remark for key, remark in _REMARKS.items() if key in settings]
    longest = LONGEST_SESSION
    duration = settings.get("duration_seconds")
    if duration is not None:
        seconds = int(duration.value) if _SECONDS.fullmatch(duration.value) else 0
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


def _format_title(name: str, section: _Section) -> str:
    """Return the profile's name and line, or only its line if the name does not fit a message."""
    if len(name) <= 64 and name.isprintable():
        return f'Profile "{name}" (line {section.line})'
    return f"The profile on line {section.line}"


def _refusal(detail: str) -> InvalidRequest:
    return bad_value("config", detail)
