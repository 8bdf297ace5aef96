"""The environment of ministack, which reads its settings from there."""

from __future__ import annotations

from collections.abc import MutableMapping

_INHERITED = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")


def replace(environ: MutableMapping[str, str], *, port: int, scratch: str, account: str) -> None:
    """Replace the environment by ministack's settings and the variables that Python needs.

    Nothing else is inherited. ministack would take an AWS_ACCESS_KEY_ID as a second root key, and
    would look for containers to remove at a Docker socket. A request to a deployed API has no AWS
    credentials: ministack looks for the API in `account`.
    """
    inherited = {name: environ[name] for name in _INHERITED if name in environ}
    environ.clear()
    environ.update(inherited)
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
