"""Say in Slack that no one gets a session: Daypass is frozen, or the client has paused."""

from __future__ import annotations

from chalicelib.domain.moments import utc_text
from chalicelib.domain.slack.messages import Block as MessageBlock
from chalicelib.domain.slack.messages import section
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.usecases.ports import Ports


def build_block_notes(ports: Ports, engagement: str) -> list[MessageBlock]:
    """Return a part of a message for each freeze or pause in force that concerns the engagement."""
    blocks = ports.state.get_many(Block, [(EVERYTHING,), (engagement,)])
    return [
        section(f"*{_describe_block(block)}*")
        for _, block in sorted(blocks.items())
        if block.is_in_force
    ]


def _describe_block(block: Block) -> str:
    since = utc_text(block.began_at)
    if block.scope == EVERYTHING:
        return f"Daypass is frozen since {since}: no one gets a new session."
    return f"The client has paused this engagement since {since}: no one gets a new session."
