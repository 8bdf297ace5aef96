"""`make deploy`: deploy both stacks from this folder to the AWS account of the credentials.

Run it again at any time: it continues from the current state, and changes only what differs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import package

from operating import artefacts, change_sets, parameters
from operating.artefacts import Bucket
from operating.aws_cli import Aws
from operating.console import Stop, exit_status, say
from operating.doctor.checks import run_checks
from operating.stacks import APP, FOUNDATION, Stack


def main() -> None:
    foundation, app = package.foundation(), package.app()
    settings = [parameters.settings(template) for template in (foundation, app)]
    aws, account = run_checks()
    build = parameters.packaged() or _packaged_now()
    base = _foundation(aws, foundation, settings[0])
    bucket = Bucket(base.outputs["ArtefactBucketName"], account)
    # Both stacks get the same value for each setting that both have, also if the app is new.
    shared = {key: value for key, value in base.parameters.items() if key in app["Parameters"]}
    _app(aws, bucket, build, shared | settings[1])


def _packaged_now() -> Path:
    say("Packaging this folder")
    build = package.ROOT / "build"
    try:
        package.main(build, os.environ.get("ARCH", "arm64"))
    except subprocess.CalledProcessError:
        raise Stop("Packaging failed: see above. Nothing was changed.") from None
    return build


def _foundation(aws: Aws, template: dict[str, Any], settings: dict[str, str]) -> Stack:
    say(f"Stack {FOUNDATION}: the tables, the roles and the buckets")
    stack, _ = change_sets.deploy(aws, FOUNDATION, template, settings, is_permanent=True)
    if not stack.is_protected:
        aws(
            "cloudformation",
            "update-termination-protection",
            stack_name=FOUNDATION,
            enable_termination_protection=True,
        )
        say("  Termination protection is on.")
    return stack


def _app(aws: Aws, bucket: Bucket, build: Path, settings: dict[str, str]) -> None:
    say(f"Stack {APP}: the API and the functions")
    template = artefacts.upload(aws, bucket, build)
    stack, is_new = change_sets.deploy(
        aws, APP, template, settings, is_permanent=False, bucket=bucket.name
    )
    say()
    say("Daypass is deployed. Its address, which every member needs:")
    say()
    say(f"  {stack.outputs['EndpointURL'].rstrip('/')}")
    if is_new:
        region = f" REGION={aws.region}" if os.environ.get("REGION") else ""
        say()
        say("If there is no lead yet, create the first one:")
        say()
        say(f'  make first-lead NAME="Lena Lindqvist"{region}')


if __name__ == "__main__":
    sys.exit(exit_status(main))
