"""`make deploy`: deploy both stacks from this folder, or from a release, to the account of the AWS
credentials.

It can be run again at any time, and changes only what differs from the deployed state.
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
from operating.aws_cli import Aws, Refused
from operating.console import Stop, exit_status, say
from operating.doctor.checks import run_checks
from operating.releases import read_release
from operating.stacks import APP, FOUNDATION, Stack, list_resources, require_stack


def main() -> None:
    """Check the account, package this folder unless RELEASE or PACKAGED has a package, and deploy
    the foundation's stack and the app's."""
    foundation, app = package.foundation(), package.app()
    settings = [parameters.read_settings_for(template) for template in (foundation, app)]
    aws, account = run_checks()
    if release := read_release():
        foundation, app_template = release.read_foundation(), release.app
    else:
        app_template = (parameters.read_packaged_folder() or _package_this_folder()) / "sam.yaml"
    tags = parameters.read_tags()
    foundation_stack = _deploy_foundation(aws, foundation, settings[0], tags)
    bucket = Bucket(foundation_stack.outputs["ArtefactBucketName"], account)
    # A setting that both stacks have keeps the foundation's value, even if the app is new.
    shared = {
        key: value for key, value in foundation_stack.parameters.items() if key in app["Parameters"]
    }
    # So do the tags.
    shared_tags = foundation_stack.tags if tags is None else tags
    app_settings = shared | settings[1] | _read_stream(aws)
    is_new = _deploy_app(aws, bucket, app_template, app_settings, shared_tags)
    if is_new:
        start_jobs(aws, app)
        _print_next_step(aws)


def _package_this_folder() -> Path:
    """Package this folder as `make package` does, and return the folder of the package."""
    say("Packaging this folder")
    build = package.ROOT / "build"
    try:
        package.main(build, os.environ.get("ARCH", "arm64"))
    except subprocess.CalledProcessError:
        raise Stop("Packaging failed. The reason is above. Nothing was changed.") from None
    return build


def _deploy_foundation(
    aws: Aws, template: dict[str, Any], settings: dict[str, str], tags: dict[str, str] | None
) -> Stack:
    """Deploy the foundation's stack, turn on its termination protection, and return the stack."""
    say(f"Deploying the stack {FOUNDATION}: the tables, the roles and the buckets")
    stack, _ = change_sets.deploy_template(
        aws, FOUNDATION, template, settings, is_permanent=True, tags=tags
    )
    if not stack.is_protected:
        aws(
            "cloudformation",
            "update-termination-protection",
            stack_name=FOUNDATION,
            enable_termination_protection=True,
        )
        say("  Termination protection is on.")
    return stack


def _read_stream(aws: Aws) -> dict[str, str]:
    """Return the app's parameter with the ARN of the trail's stream. Read it from the table: a
    restored table has another stream than the foundation's stack knows."""
    table = aws("dynamodb", "describe-table", table_name="daypass-trail")["Table"]
    return {parameters.STREAM_PARAMETER: table.get("LatestStreamArn", "")}


def _deploy_app(
    aws: Aws, bucket: Bucket, path: Path, settings: dict[str, str], tags: dict[str, str]
) -> bool:
    """Upload the package, deploy the app's stack, and print the address of the API. Return whether
    the stack is new."""
    say(f"Deploying the stack {APP}: the API and the functions")
    template = artefacts.upload_package(aws, bucket, path)
    stack, is_new = change_sets.deploy_template(
        aws, APP, template, settings, is_permanent=False, bucket=bucket.name, tags=tags
    )
    say()
    say("Daypass is deployed. Its address, which every member needs:")
    say()
    say(f"  {stack.outputs['EndpointURL'].rstrip('/')}")
    return is_new


def start_jobs(aws: Aws, app: dict[str, Any]) -> None:
    """Invoke each job once, so that its alarm knows it. The alarm mails when a job that has run
    runs no more."""
    resources = list_resources(aws, require_stack(aws, APP))
    failed = []
    for job in list_watched_jobs(app):
        function = resources[job]["PhysicalResourceId"]
        try:
            aws(
                *("lambda", "invoke", os.devnull),
                function_name=function,
                invocation_type="Event",
            )
        except Refused as refusal:
            failed.append(f"{job} ({refusal.code})")
    say()
    if failed:
        say(
            f"These jobs could not be started: {', '.join(failed)}. Until such a job has run on its"
            " schedule, no alarm reports that it does not run (docs/runbooks/jobs.md)."
        )
    else:
        say("Every job has been started once. From now on, an alarm reports it if a job stops.")


def list_watched_jobs(app: dict[str, Any]) -> list[str]:
    """Return the logical IDs of the functions whose alarms mail when there is no data any more."""
    return [
        alarm["Properties"]["Dimensions"][0]["Value"]["Ref"]
        for alarm in app["Resources"].values()
        if "InsufficientDataActions" in alarm.get("Properties", {})
    ]


def _print_next_step(aws: Aws) -> None:
    """Print how to create the first lead."""
    region = f" REGION={aws.region}" if os.environ.get("REGION") else ""
    say()
    say("If there is no lead yet, create the first one:")
    say()
    say(f'  make first-lead NAME="Lena Lindqvist"{region}')


if __name__ == "__main__":
    sys.exit(exit_status(main))
