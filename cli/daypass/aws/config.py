"""Keep one marked block of profiles in ~/.aws/config, and leave every other byte as it is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from daypass.errors import LocalProblem
from daypass.machine.files import file_problem, write_atomically
from daypass.machine.programs import own_command, quote

_PROFILE = re.compile(r"""^\s*\[\s*profile\s+(["']?)([^\]"']+?)\1\s*\]""", re.MULTILINE)
_CREDENTIALS_SECTION = re.compile(r"^\s*\[\s*([^\]]+?)\s*\]", re.MULTILINE)
_REGION = re.compile(r"^region *= *([a-z0-9-]+)\r?$", re.MULTILINE)
_WITHOUT_BREAK = "daypass configure writes these lines"
_WITH_BREAK = "daypass configure writes these lines, and the line break before them"
_MARK = re.compile(
    rf"(?:^|(?<=\r))# (?P<mark>BEGIN|END) daypass (?P<owner>\S+)"
    rf"(?: \((?:{_WITHOUT_BREAK}|(?P<with_break>{_WITH_BREAK}))\))?\r?(?:\n|\Z)",
    re.MULTILINE,
)
"""The first and the last line of a block. The first also says whether the block begins with the
line break that the last line before it lacked, so that a removal restores the file."""


class Profile(NamedTuple):
    """A profile, with the target that it gets sessions for and further options of `creds`."""

    name: str
    target: str
    options: tuple[str, ...] = ()


class ConfigFile(NamedTuple):
    """A configuration file in three parts: before, in and after the block of one owner."""

    path: str
    before: str
    block: str
    after: str

    @property
    def text(self) -> str:
        return self.before + self.block + self.after


def config_path() -> str:
    """Return the path of the AWS configuration file, with links followed: the file itself is
    replaced, not a link to it."""
    path = os.environ.get("AWS_CONFIG_FILE") or os.path.join("~", ".aws", "config")
    return os.path.realpath(os.path.expanduser(path))


def credentials_path() -> str:
    path = os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or os.path.join("~", ".aws", "credentials")
    return os.path.expanduser(path)


def read_config(owner: str) -> ConfigFile:
    """Read the file and find the owner's block (`find_block`). Also raise LocalProblem if the file
    cannot be read."""
    path = config_path()
    text = _read(path)
    if "\0" in text:  # as in UTF-16, which Windows editors write
        raise LocalProblem(f"{path} is not UTF-8 text. Save it as UTF-8, and try again.")
    return find_block(path, text, owner)


def find_block(path: str, text: str, owner: str) -> ConfigFile:
    """Find the owner's block in the file's text. The owner is a broker's address, or for the block
    of agents at that broker `ADDRESS#agents`. Raise LocalProblem if the block's marks do not fit
    together."""
    marks = list(_MARK.finditer(text))
    own = [mark for mark in marks if mark["owner"] == owner]
    if not own:
        return ConfigFile(path, before=text, block="", after="")
    first = marks.index(own[0])
    if [mark["mark"] for mark in own] != ["BEGIN", "END"] or marks[first + 1] is not own[1]:
        line = text.count("\n", 0, own[0].start()) + 1
        raise LocalProblem(
            f"Daypass's block at line {line} of {path} is broken. It must have one BEGIN line and"
            " one END line. Delete the block, and try again."
        )
    start, end = own[0].start(), own[1].end()
    # Daypass added the line break before the block, so the break is part of the block.
    if own[0]["with_break"] and start:
        start -= 2 if text[:start].endswith("\r\n") else 1
    return ConfigFile(path, before=text[:start], block=text[start:end], after=text[end:])


def profile_names(text: str) -> set[str]:
    """Return the names of the profiles in the text of a configuration file."""
    names = {match[2].strip() for match in _PROFILE.finditer(text)}
    return names | (
        {"default"} if re.search(r"^\s*\[\s*default\s*\]", text, re.MULTILINE) else set()
    )


def profile_owners(text: str) -> dict[str, str]:
    """Return the owner of each profile in the text: that of the block that holds the profile, or an
    empty text for a profile made by hand."""
    owners = dict.fromkeys(profile_names(text), "")
    marks = list(_MARK.finditer(text))
    for begin, end in zip(marks, marks[1:]):
        if begin["mark"] == "BEGIN":
            block = text[begin.end() : end.start()]
            owners.update(dict.fromkeys(profile_names(block), begin["owner"]))
    return owners


def credentials_names() -> set[str]:
    """Return the names of the profiles in ~/.aws/credentials, which override those of the same
    name in ~/.aws/config."""
    try:
        text = _read(credentials_path())
    except LocalProblem:
        return set()
    return {match[1].strip("\"' ") for match in _CREDENTIALS_SECTION.finditer(text)}


def name_profiles(targets: Iterable[str]) -> list[Profile]:
    """Return a profile for each target: acme-prod-readonly for acme-prod/readonly.

    Two targets that would get one name get a dot in place of the slash.
    """
    targets = sorted(targets)
    plain = [target.replace("/", "-") for target in targets]
    return [
        Profile(name if plain.count(name) == 1 else target.replace("/", "."), target)
        for name, target in zip(plain, targets)
    ]


def region_of(config: ConfigFile) -> str:
    """Return the region of the block's profiles, or an empty text if they have no region."""
    return next(iter(_REGION.findall(config.block)), "")


def with_profiles(
    config: ConfigFile, owner: str, profiles: Iterable[Profile], region: str
) -> ConfigFile:
    """Return the file with a new block of these profiles, or without a block if there are none.
    `owner` is as in `read_config`."""
    profiles = list(profiles)
    newline = "\r\n" if "\r\n" in config.text else "\n"
    # The last line before the block has no line break. The BEGIN line says whether Daypass added
    # one, so that a later run can remove it again.
    is_line_open = config.before != "" and not config.before.endswith(("\n", "\r"))
    if not profiles:
        # Keep what comes after the block on a line of its own.
        return config._replace(block=newline if is_line_open and config.after else "")
    region = region or region_of(config)
    broker = owner.partition("#")[0]
    lines = [f"# BEGIN daypass {owner} ({_WITH_BREAK if is_line_open else _WITHOUT_BREAK})"]
    for profile in profiles:
        lines.append(f"[profile {profile.name}]")
        lines.append(f"credential_process = {_process_line(broker, profile)}")
        if region:
            lines.append(f"region = {region}")
    lines.append(f"# END daypass {owner}")
    block = "".join(f"{line}{newline}" for line in lines)
    return config._replace(block=newline + block if is_line_open else block)


def write_config(old: ConfigFile, new: ConfigFile) -> None:
    """Replace the whole file, and keep the previous text in a backup beside it."""
    folder = os.path.dirname(new.path)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        mode = os.stat(new.path).st_mode & 0o777
    except FileNotFoundError:
        mode = 0o600
    except OSError as error:
        raise file_problem("create", folder, error) from None
    if old.text:
        write_atomically(f"{new.path}.before-daypass", _encode(old.text))
    write_atomically(new.path, _encode(new.text), mode=mode)


def _process_line(broker: str, profile: Profile) -> str:
    words = [*own_command(), "creds", profile.target, "--broker", broker, *profile.options]
    return " ".join(map(quote, words))


def _read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise file_problem("read", path, error) from None


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
