"""What a client is sent: files, settings, and how they undo it all."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.onboarding.role_setup import Form
from chalicelib.domain.things import Thing


class File(Thing, frozen=True):
    """A document to be saved under this name: what it is for, and its text."""

    name: str
    purpose: str
    text: str


class Setting(Thing, frozen=True):
    """A setting of the role, by its name in "CreateRole" (IAM API Reference)."""

    name: str
    value: str


class WayOut(Thing, frozen=True):
    """One way: its title, what it ends and what it leaves, and commands for sh and the AWS CLI."""

    title: str
    sentence: str
    commands: str


class ClientSetup(Thing, frozen=True, kw_only=True):
    """Files to send to the client, and how the client undoes it all."""

    form: Form
    sentence: str = field(name="says")
    warnings: tuple[str, ...]
    """What in the client's own permissions policy is worth a second thought."""
    files: tuple[File, ...]
    settings: tuple[Setting, ...]
    ways_out: tuple[WayOut, ...]
