"""Build the ports, once for each container: the one file that knows every adapter."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from functools import cache

from chalicelib.adapters.state import DynamoState
from chalicelib.adapters.sts import CONFIG, AwsSts
from chalicelib.adapters.tables import connect
from chalicelib.adapters.trail import DynamoTrail
from chalicelib.domain.model import Firm
from chalicelib.settings import settings
from chalicelib.usecases.ports import Ports


@cache
def ports() -> Ports:
    """The ports of this deployment. BadSettings if the environment does not name them."""
    known = settings(os.environ)
    connection = connect(
        state_table=known.state_table, trail_table=known.trail_table, region=known.region
    )
    # The same botocore session: a second one would read the SDK's data files all over again.
    sts = connection.session.create_client("sts", region_name=known.region, config=CONFIG)
    return Ports(
        firm=Firm(account_id=known.account_id, partition=known.partition),
        state=DynamoState(connection),
        trail=DynamoTrail(connection),
        sts=AwsSts(sts),
        now=lambda: datetime.now(UTC),
        random=secrets.token_bytes,
    )
