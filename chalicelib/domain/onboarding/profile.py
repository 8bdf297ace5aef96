"""Read a profile of ~/.aws/config: the role that somebody has assumed by hand until now.

Read as the AWS CLI reads it, and refused wherever AWS's tools read the same text differently.
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
    """A profile that names a role (not yet read as an ARN) and an external ID. `max_session` in
    seconds. `remarks` say what of the profile will not be as it was.
    """

    title: str
    """What to call it in a sentence."""
    role_arn: str
    external_id: str
    max_session: int
    remarks: tuple[str, ...]


class _Setting(Struct):
    line: int
    value: str
    continued_on: int = 0
    """The first line that is indented under it; 0 if there is none."""


class _Section(Struct):
    line: int
    settings: dict[str, _Setting] = field(default_factory=dict)


_LINE_END = re.compile(r"\r\n|\r|\n")
_INLINE_COMMENT = re.compile(r"\s[#;]")
_HEADER = re.compile(r"\[([^\[\]]*)\]\s*(?:[#;].*)?")
_DELIMITER = re.compile(r"[=:]")
_NO_PROFILES = ("sso-session", "services")

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
_RUN = re.compile(r"[A-Za-z0-9/+]{40,}", re.ASCII)
_SECRET_KEY_LENGTH = 40
_SHORTEST_SESSION_TOKEN = 100


def read_profile(text: str, name: str | None = None) -> Profile:
    """The profile of this name, or the only one that has a role_arn.

    InvalidRequest, with the line or the profile, for what is not one with an external ID that AWS
    takes. A text that holds a secret is refused before it is read, and nothing of it is repeated.
    """
    for number, line in enumerate(_lines(text), 1):
        if _holds_a_secret(line):
            raise _refusal(
                f"Line {number} holds a secret key or a token, or what looks like one (an external"
                " ID that does is not taken over). Nothing of it was kept. Send the profile with"
                " role_arn alone; and if it was a secret, change it now, since it has been sent"
                " over the wire."
            )
    profile, section = _chosen(_profiles(text), name)
    title = _title(profile, section)
    role_arn = _value(title, section, "role_arn")
    external_id = _value(title, section, "external_id")
    if not external_id:
        raise _refusal(
            f"{title} has no external_id. A role without one lets in whoever gets us to ask for"
            " it. Open a new engagement, which gets an external ID, and send the client its link."
        )
    if _EXTERNAL_ID.fullmatch(external_id) is None:
        raise _refusal(
            f"{title}: AWS takes no such external_id. It has 2 to 1224 characters: letters without"
            " accents, digits and _+=,.@:/-, and no quotes around them."
        )
    max_session, remarks = _session(section.settings)
    return Profile(
        title=title,
        role_arn=role_arn,
        external_id=external_id,
        max_session=max_session,
        remarks=remarks,
    )


def _lines(text: str) -> list[str]:
    return _LINE_END.split(text.removeprefix("\ufeff"))


def _holds_a_secret(line: str) -> bool:
    if any(kind.search(line) for kind in (_SECRET_NAMES, _ACCESS_KEY_ID, PART_OF_A_TOKEN)):
        return True
    key, *value = _DELIMITER.split(line.lower(), maxsplit=1)
    key = key.strip("#; \t")
    if value and " " not in key and any(word in key for word in _SECRET_SETTINGS):
        return True
    return any(_is_mixed(run) for run in _RUN.findall(_ARN.sub(" ", line)))


def _is_mixed(run: str) -> bool:
    """As long as a secret key or a session token, and as random as one looks."""
    if len(run) != _SECRET_KEY_LENGTH and len(run) < _SHORTEST_SESSION_TOKEN:
        return False
    return bool(re.search("[a-z]", run) and re.search("[A-Z]", run) and re.search("[0-9]", run))


def _profiles(text: str) -> dict[str, _Section]:
    found: dict[str, _Section] = {}
    section: _Section | None = None
    setting: _Setting | None = None
    indent = 0
    for number, line, content in _content(text):
        depth = len(line) - len(line.lstrip())
        if setting is not None and depth > indent:
            if not setting.value and "=" not in content:
                raise _refusal(f"Line {number} is further in, and no key = value of a block.")
            setting.continued_on = setting.continued_on or number
            continue
        indent = depth
        if content.startswith("["):
            name, section, setting = _name(content, number), _Section(number), None
            if name in found:
                raise _refusal(f"{_title(name, found[name])} is there again on line {number}.")
            if name:
                found[name] = section
            continue
        key, *value = _DELIMITER.split(content, maxsplit=1)
        key = key.strip().lower()
        if section is None or not key or not value:
            raise _refusal(f"Line {number} is no [section], no comment and no key = value in one.")
        if key in section.settings:
            raise _refusal(
                f"The key on line {number} is there already, on line {section.settings[key].line}."
            )
        setting = section.settings[key] = _Setting(number, value[0].strip())
    return found


def _content(text: str) -> Iterator[tuple[int, str, str]]:
    """The lines that say something: number, line, and what it says without its comment."""
    for number, line in enumerate(_lines(text), 1):
        content = line.strip()
        if content and content[0] not in "#;":
            yield number, line, _INLINE_COMMENT.split(content, maxsplit=1)[0].strip()


def _name(header: str, line: int) -> str:
    """The profile's name in a section's header; empty for a section that is no profile."""
    match = _HEADER.fullmatch(header)
    inside = match[1].strip() if match else ""
    if not inside:
        raise _refusal(f"Line {line} begins with [ and is no section such as [profile acme].")
    if inside == "DEFAULT":
        raise _refusal(
            f"Line {line}: the AWS CLI takes [DEFAULT] for every profile, and other tools for none."
            " Write [default], or leave it out."
        )
    kind, *rest = inside.split(maxsplit=1)
    if kind in _NO_PROFILES and rest:
        return ""
    if kind != "profile" or not rest:
        return inside  # as in ~/.aws/credentials, and [default] in both
    try:
        parts = shlex.split(rest[0])
    except ValueError:
        parts = []
    if len(parts) != 1 or not parts[0]:
        raise _refusal(
            f"Line {line}: AWS's tools read no such name of a profile. One with spaces stands in"
            ' quotes: [profile "acme prod"].'
        )
    return parts[0]


def _chosen(profiles: Mapping[str, _Section], name: str | None) -> tuple[str, _Section]:
    with_role = {one: found for one, found in profiles.items() if "role_arn" in found.settings}
    if not with_role:
        raise _refusal(
            "There is no profile with a role_arn here. It looks like this: [profile acme], and on"
            " lines of their own role_arn = … and external_id = …"
        )
    if name is None and len(with_role) == 1:
        return next(iter(with_role.items()))
    if name not in with_role:
        titles = "; ".join(_title(name, section) for name, section in with_role.items())
        text = "Which one? Several have" if name is None else "None of that name has"
        raise bad_value(
            "profile",
            f'{text} a role_arn. Send "profile": {titles}.'[:600],
            elsewhere=f"{text} a role_arn. Choose one of: {titles}."[:600],
        )
    return name, with_role[name]


def _value(title: str, section: _Section, key: str) -> str:
    setting = section.settings.get(key)
    if setting is None:
        return ""
    if setting.continued_on:
        raise _refusal(
            f"{title}: line {setting.continued_on} is further in than line {setting.line}, so that"
            f" it is a part of {key} to AWS's tools. Let all lines begin alike."
        )
    return setting.value


_REMARKS = {
    "mfa_serial": "The profile has mfa_serial. If the role demands MFA it refuses Daypass, which"
    " has no MFA device to read a code from: the client then takes that out of the trust policy.",
    "role_session_name": "role_session_name is passed over: a session is named after the member and"
    " the vend. A role that demands a certain name refuses Daypass.",
    "web_identity_token_file": "web_identity_token_file is passed over: Daypass comes in by"
    " sts:AssumeRole, which the trust policy has to allow.",
}


def _session(settings: Mapping[str, _Setting]) -> tuple[int, tuple[str, ...]]:
    """The longest session in seconds, and what else will not be as it was."""
    remarks = [remark for key, remark in _REMARKS.items() if key in settings]
    longest = LONGEST_SESSION
    given = settings.get("duration_seconds")
    if given is not None:
        seconds = int(given.value) if _SECONDS.fullmatch(given.value) else 0
        if not SHORTEST_SESSION <= seconds <= LONGEST_MAXIMUM:
            remarks.append(
                "duration_seconds is no number of seconds that AWS takes, and is passed over:"
                " sessions last an hour."
            )
        elif seconds > LONGEST_SESSION:
            remarks.append(
                "duration_seconds is more than an hour, which is the most that AWS gives"
                " through Daypass: sessions last an hour, and tools ask again."
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
