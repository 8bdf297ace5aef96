"""Build the ports, once for each container: the one file that knows every adapter."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from functools import cache, partial

from chalicelib.adapters.dynamodb.state import DynamoState
from chalicelib.adapters.dynamodb.tables import connect
from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.adapters.events import tell
from chalicelib.adapters.sts import CONFIG, AwsSts
from chalicelib.adapters.templates import S3Templates
from chalicelib.domain.firm import Firm
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
    clients = partial(connection.session.create_client, region_name=known.region)
    firm = Firm(account_id=known.account_id, partition=known.partition, name=known.firm_name)
    return Ports(
        firm=firm,
        state=DynamoState(connection),
        trail=DynamoTrail(connection),
        sts=AwsSts(clients("sts", config=CONFIG), clients, firm.broker_role_arn),
        templates=(
            S3Templates(known.template_bucket, known.region, clients)
            if known.template_bucket
            else None
        ),
        tell=tell,
        now=lambda: datetime.now(UTC),
        random=secrets.token_bytes,
    )
