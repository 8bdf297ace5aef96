"""What is stored: every kind of item, each with a version."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement, ExternalIdTaken
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.verification.rounds import Sweep

Access = Member | Leads | Token | Engagement | ExternalIdTaken | Role | Grant
Item = Access | RoleSetup | SetupLink | Sweep
