"""`make deploy`: both stacks, from this folder, in the AWS account of one's credentials.

It may be run again at any time: it goes on from whatever is there, and changes only what differs.
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
from operating.doctor.examining import examine
from operating.stacks import APP, FOUNDATION, Stack
from operating.telling import Stop, exit_status, say


def main() -> None:
    foundation, app = package.foundation(), package.app()
    told = [parameters.told(template) for template in (foundation, app)]
    aws, account = examine()
    build = parameters.packaged() or _packaged_now()
    base = _foundation(aws, foundation, told[0])
    bucket = Bucket(base.outputs["ArtefactBucketName"], account)
    # What both stacks take is the same in both, also where the app's is new.
    shared = {key: value for key, value in base.parameters.items() if key in app["Parameters"]}
    _app(aws, bucket, build, shared | told[1])


def _packaged_now() -> Path:
    say("Packaging this folder")
    build = package.ROOT / "build"
    try:
        package.main(build, os.environ.get("ARCH", "arm64"))
    except subprocess.CalledProcessError:
        raise Stop("The package could not be made: see above. Nothing was changed.") from None
    return build


def _foundation(aws: Aws, template: dict[str, Any], told: dict[str, str]) -> Stack:
    say(f"The foundation, stack {FOUNDATION}: the tables, the roles and the buckets")
    made, _ = change_sets.deploy(aws, FOUNDATION, template, told, is_permanent=True)
    if not made.is_protected:
        aws(
            "cloudformation",
            "update-termination-protection",
            stack_name=FOUNDATION,
            enable_termination_protection=True,
        )
        say("  It is protected from being deleted.")
    return made


def _app(aws: Aws, bucket: Bucket, build: Path, told: dict[str, str]) -> None:
    say(f"The app, stack {APP}: the API and the functions")
    template = artefacts.upload(aws, bucket, build)
    stack, is_new = change_sets.deploy(
        aws, APP, template, told, is_permanent=False, bucket=bucket.name
    )
    say()
    say("Daypass is deployed. Its address, which everybody needs:")
    say()
    say(f"  {stack.outputs['EndpointURL'].rstrip('/')}")
    if is_new:
        region = f" REGION={aws.region}" if os.environ.get("REGION") else ""
        say()
        say("If there is no lead yet, make the first one:")
        say()
        say(f'  make first-lead NAME="Lena Lindqvist"{region}')


if __name__ == "__main__":
    sys.exit(exit_status(main))
