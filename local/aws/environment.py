"""The settings ministack reads from its environment, all of them ours."""

from __future__ import annotations

from collections.abc import MutableMapping

_KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")


def settle(environ: MutableMapping[str, str], *, port: int, scratch: str, account: str) -> None:
    """Leave nothing of the caller's environment in place but what Python needs.

    An inherited AWS_ACCESS_KEY_ID would become a second root key, and a Docker socket would be
    searched for containers to remove. Neither may follow from somebody's shell.
    An API that is deployed here answers requests without credentials if it is the account's.
    """
    kept = {name: environ[name] for name in _KEPT if name in environ}
    environ.clear()
    environ.update(kept)
    environ.update(
        AUTH="true",
        GATEWAY_PORT=str(port),
        MINISTACK_HOST="localhost",
        MINISTACK_REGION="us-east-1",
        MINISTACK_ACCOUNT_ID=account,
        PERSIST_STATE="0",
        S3_PERSIST="0",
        STATE_DIR=f"{scratch}/state",
        S3_DATA_DIR=f"{scratch}/s3",
        TMPDIR=scratch,
        HOME=scratch,
        LOG_LEVEL="WARNING",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        DOCKER_HOST=f"unix://{scratch}/no-docker.sock",
        AWS_EC2_METADATA_DISABLED="true",
    )
