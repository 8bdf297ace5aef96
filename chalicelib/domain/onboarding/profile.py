"""Parse a profile of ~/.aws/config, to import the role that people have assumed with it.

The parser follows the AWS CLI's rules. It refuses text that AWS's tools read in different ways.
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
    """A profile with a role and an external ID. `role_arn` has not been validated.

    `max_session` is in seconds. `remarks` are sentences on settings that Daypass handles otherwise.
    """

    title: str
    """The profile's name and line, for messages."""
    role_arn: str
    external_id: str
    max_session: int
    remarks: tuple[str, ...]


class _Setting(Struct):
    line: int
    value: str
    continued_on: int = 0
    """The first line indented under this setting, or 0."""


class _Section(Struct):
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

    Raise InvalidRequest, with the line or the profile, if the text cannot be parsed, if it has no
    such profile, or if AWS would not accept the external ID. Text that looks like a secret is
    refused before it is parsed, and the error does not repeat it.
    """
    for number, line in enumerate(_lines(text), 1):
        if _has_secret(line):
            raise _refusal(
                f"Line {number} contains a secret key or a token, or text that looks like one."
                " (Daypass cannot import an external ID that looks like one.) Nothing was stored."
                " Send only the profile with role_arn. If this was a secret, replace it now,"
                " because it has been sent over the network."
            )
    profile, section = _choose_profile(_parse_profiles(text), name)
    title = _title(profile, section)
    role_arn = _setting_value(title, section, "role_arn")
    external_id = _setting_value(title, section, "external_id")
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
    max_session, remarks = _session_length_and_remarks(section.settings)
    return Profile(
        title=title,
        role_arn=role_arn,
        external_id=external_id,
        max_session=max_session,
        remarks=remarks,
    )


def _lines(text: str) -> list[str]:
    return _LINE_END.split(text.removeprefix("\ufeff"))


def _has_secret(line: str) -> bool:
    """Return whether the line contains a secret or text that looks like one."""
    if any(pattern.search(line) for pattern in (_SECRET_NAMES, _ACCESS_KEY_ID, PART_OF_A_TOKEN)):
        return True
    key, *value = _DELIMITER.split(line.lower(), maxsplit=1)
    key = key.strip("#; \t")
    if value and " " not in key and any(setting in key for setting in _SECRET_SETTINGS):
        return True
    return any(_looks_random(text) for text in _LONG_WORD.findall(_ARN.sub(" ", line)))


def _looks_random(text: str) -> bool:
    """Return whether the text has the length and the mixed characters of a secret key or a session
    token.
    """
    if len(text) != _SECRET_KEY_LENGTH and len(text) < _SHORTEST_SESSION_TOKEN:
        return False
    return bool(re.search("[a-z]", text) and re.search("[A-Z]", text) and re.search("[0-9]", text))


def _parse_profiles(text: str) -> dict[str, _Section]:
    """Return the profiles' sections by name. Raise InvalidRequest, with the line, for bad
    syntax."""
    profiles: dict[str, _Section] = {}
    section: _Section | None = None
    setting: _Setting | None = None
    indent = 0
    for number, line, content in _lines_with_content(text):
        depth = len(line) - len(line.lstrip())
        if setting is not None and depth > indent:
            if not setting.value and "=" not in content:
                raise _refusal(
                    f"Line {number} is indented, but it is not a key = value under a setting."
                )
            setting.continued_on = setting.continued_on or number
            continue
        indent = depth
        if content.startswith("["):
            name, section, setting = _profile_name(content, number), _Section(number), None
            if name in profiles:
                raise _refusal(
                    f"{_title(name, profiles[name])} appears again on line {number}. Remove one."
                )
            if name:
                profiles[name] = section
            continue
        key, *value = _DELIMITER.split(content, maxsplit=1)
        key = key.strip().lower()
        if section is None or not key or not value:
            raise _refusal(
                f"Line {number} is not a [section], a comment, or a key = value in a section."
            )
        if key in section.settings:
            raise _refusal(
                f"Line {number} repeats the key of line {section.settings[key].line}. Remove one."
            )
        setting = section.settings[key] = _Setting(number, value[0].strip())
    return profiles


def _lines_with_content(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each line with content: its number, the line, and the content without a comment."""
    for number, line in enumerate(_lines(text), 1):
        content = line.strip()
        if content and content[0] not in "#;":
            yield number, line, _INLINE_COMMENT.split(content, maxsplit=1)[0].strip()


def _profile_name(header: str, line: int) -> str:
    """Return the profile's name from a section's header. Empty if it is another kind of section."""
    match = _HEADER.fullmatch(header)
    inside = match[1].strip() if match else ""
    if not inside:
        raise _refusal(f"Line {line} begins with [ but is not a section such as [profile acme].")
    if inside == "DEFAULT":
        raise _refusal(
            f"Line {line}: the AWS CLI applies [DEFAULT] to every profile, and other tools to none."
            " Write [default], or remove the section."
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
            f"Line {line}: AWS's tools accept no such profile name. Quote a name with spaces:"
            ' [profile "acme prod"].'
        )
    return parts[0]


def _choose_profile(profiles: Mapping[str, _Section], name: str | None) -> tuple[str, _Section]:
    """Return the name and the section of the profile to import. Raise InvalidRequest without
    one."""
    with_role = {
        profile_name: section
        for profile_name, section in profiles.items()
        if "role_arn" in section.settings
    }
    if not with_role:
        raise _refusal(
            "No profile here has a role_arn. Send a profile like this: [profile acme], then, on"
            " their own lines, role_arn = … and external_id = …"
        )
    if name is None and len(with_role) == 1:
        return next(iter(with_role.items()))
    if name not in with_role:
        titles = "; ".join(_title(profile, section) for profile, section in with_role.items())
        problem = "Several profiles have" if name is None else "No profile with this name has"
        raise bad_value(
            "profile",
            f'{problem} a role_arn. Choose one with "profile": {titles}.'[:600],
            elsewhere=f"{problem} a role_arn. Choose one of: {titles}."[:600],
        )
    return name, with_role[name]


def _setting_value(title: str, section: _Section, key: str) -> str:
    """Return the value of a setting, or an empty text. Raise InvalidRequest if it spans lines."""
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
    " has no MFA device. If so, ask the client to remove the condition from the trust policy.",
    "role_session_name": "Daypass ignores role_session_name. It names each session after the member"
    " and the vend. A role that requires a certain session name refuses Daypass.",
    "web_identity_token_file": "Daypass ignores web_identity_token_file. It calls sts:AssumeRole,"
    " which the role's trust policy has to allow.",
}


def _session_length_and_remarks(settings: Mapping[str, _Setting]) -> tuple[int, tuple[str, ...]]:
    """Return the longest session to request, in seconds, and the remarks on the settings."""
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
                "duration_seconds is more than an hour. AWS allows Daypass at most an hour (role"
                " chaining). Sessions last an hour, and tools request another."
            )
        else:
            longest = seconds
    return longest, tuple(remarks)


def _title(name: str, section: _Section) -> str:
    if len(name) <= 64 and name.isprintable():
        return f'Profile "{name}" (line {section.line})'
    return f"The profile on line {section.line}"


def _refusal(detail: str) -> InvalidRequest:
    return bad_value("config", detail)
