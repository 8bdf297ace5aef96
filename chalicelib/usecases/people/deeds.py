"""The kinds of changes by a lead that live on without them."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.domain.moments import Moment
from chalicelib.domain.things import Thing


class What(StrEnum):
    """What is set going, the worst first."""

    OWN_GRANT = "own-grant"
    """A grant to themself."""
    TOKEN = "token"
    """A token that somebody has got with a code of theirs."""
    LEAD = "lead"
    AUDITOR = "auditor"
    """Somebody who reads all of the trail."""
    MEMBER = "member"
    """Somebody whom they took in, let back in, or gave this kind, like the two before."""
    GRANT = "grant"
    OVERRIDE = "override"
    REOPENED = "reopened"
    """An engagement that would be over but for them."""
    ROLE = "role"
    """A role that they made less strict."""
    IMPORT = "import"
    """An engagement with an external ID that was chosen elsewhere, and is still in use."""
    ASKED = "asked"
    """A client who is asked for a role that may do everything."""
    LINK = "link"
    """To a client's page: dead with the suspension."""
    CODE = "code"
    """For enrolment, and not used: dead with the suspension."""


class Deed(Thing, frozen=True, kw_only=True):
    """One thing that they set going, and when."""

    what: What
    at: Moment
    engagement: str = ""
    role: str = ""
    member: str = ""
    id: str = ""
    """Of a token or a link."""
