"""One click: the client's console, with the template of a role filled in."""

from __future__ import annotations

import hashlib

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.setup.forms.cloudformation import (
    launch_stack_url,
    stack_name,
    template,
)
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.onboarding.role_setup import setup_of
from chalicelib.usecases.ports import Ports


def launch_url(ports: Ports, link: str, role: str) -> str:
    """Where the client's console creates the role's stack.

    NotFound for a link that is dead, for a role that is not to be created, as none is once the
    engagement is over, and (`launch-not-set-up`) where this deployment has no bucket for
    templates. Unavailable if the bucket cannot be reached.
    """
    _, place = open_link(ports, link)
    named = ports.state.get(Role, place.id, role)
    if named is None or named.ended_at is not None or place.is_over(ports.now()):
        raise NotFound(Reason.NO_SUCH_FILE)
    setup = setup_of(ports, place, named)
    if setup.is_there_already:
        raise NotFound(Reason.NO_SUCH_FILE)
    if ports.templates is None:
        raise NotFound(Reason.LAUNCH_NOT_SET_UP)
    text = template(setup)
    # Named after what it says: who looks at it now never sees what it says later.
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    url = ports.templates.publish(f"{place.id}/{named.name}-{digest}.yaml", text)
    return launch_stack_url(
        template_url=url,
        region=ports.templates.region,
        partition=ports.firm.partition,
        stack_name=stack_name(setup),
    )
