"""Build the deployment package in build/.

`chalice package` writes the template. Its zip would hold untracked files in chalicelib/, the models
of 400 AWS services, no compiled files, and wheels without a hash check. So this script builds the
zip: the files that git tracks, and the packages of requirements.txt as wheels for the function's
processor, which pip compares with their hashes, without files that nothing reads. The same input
gives the same zip, byte for byte.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
# Merged into the template that chalice writes. Each resource is in one of them only.
MERGED_TEMPLATES = ("app.yaml", "gateway.yaml", "alarms.yaml", "dashboard.yaml")
TEMPLATES = [ROOT / ".chalice" / name for name in MERGED_TEMPLATES]

RUNTIME = "3.13"  # the Lambda functions' Python, whichever Python runs this script
ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}
# "Lambda runtimes" (AWS Lambda Developer Guide): Python 3.13 is on Amazon Linux 2023, whose glibc
# is 2.34.
GLIBCS = ("2_34", "2_28", "2_17")

# The operations that Daypass, pynamodb and the SDK call. A container reads the whole model of each
# service that it calls, so other operations are removed from it.
CALLED_OPERATIONS = {
    "cloudtrail": ("LookupEvents",),
    "dynamodb": ("BatchGetItem", "GetItem", "PutItem", "Query", "TransactWriteItems"),
    "events": ("PutEvents",),
    "iam": (
        "AttachRolePolicy",
        "CreatePolicyVersion",
        "DeletePolicyVersion",
        "SimulatePrincipalPolicy",
    ),
    "kms": ("GetPublicKey", "Sign"),
    "lambda": ("Invoke",),
    "s3": ("GetObject", "HeadBucket", "PutObject"),
    "sesv2": ("SendEmail",),
    "sns": ("Publish",),
    "ssm": ("GetParameter", "PutParameter"),
    "sts": ("AssumeRole", "GetAccessKeyInfo", "GetCallerIdentity"),
}
# Files of the packages that nothing reads: other services' data, command lines, documentation.
NEVER_READ = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/[!_j]*",  # but `__init__` and `jmespath_utils`
    "bin",
    "cffi",  # but its compiled part, `_cffi_backend`
    "pycparser",
    "boto3/data",
    "boto3/dynamodb",
    "boto3/ec2",
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
    "botocore/data/*/*/waiters-2.json",
    "botocore/data/dynamodb/2011-12-05",
    "botocore/data/events/2014-02-03",
    "botocore/data/lambda/2014-11-11",
    "dateutil/zoneinfo",
    "urllib3/contrib/emscripten",
    "**/*.pyi",
    "**/*.c",
    "**/py.typed",
)
KEPT_SOURCES = ("app.py", "chalicelib", "chalice")  # modules that are packaged with their source
OLDEST_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can hold


def main(build: Path, architecture: str, runtime: str = RUNTIME, python: str | None = None) -> None:
    """Write `sam.yaml`, `deployment.zip`, the zip's content under `function/`, and pip's report in
    `packages.json`. `python` compiles the modules; without it, a Python of the runtime's version."""
    shutil.rmtree(build, ignore_errors=True)
    tree, target = build / "function", build / "deployment.zip"
    chalice_package(copy_tracked_files(build / "source"), build, architecture)
    with zipfile.ZipFile(target) as chalice_zip:
        chalice_zip.extractall(tree)
    install(tree, architecture, runtime, build / "packages.json")
    prune(tree)
    python = python or find_interpreter(runtime)
    if python is not None:
        compile_all(tree, python)
    shutil.copytree(build / "source" / "cli", tree / "cli")  # served as it is
    size = pack(tree, target)
    print(f"{target.name} ({size / 1e6:.1f} MB, {architecture}) and sam.yaml are in {build}")
    if python is None:
        print(
            f"Python {runtime} is not installed, so the package is not compiled, and each cold"
            " start takes more than twice as long. Install this version to avoid that.",
            file=sys.stderr,
        )


def build_for_this_machine(build: Path) -> tuple[str, str]:
    """Build a package that this machine can run, for the local AWS.

    Return the path of the Python to run it with, and its version: Lambda's version if it is
    installed, or else this script's Python. The path is also written to `build/python`.
    """
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    path = find_interpreter(RUNTIME) or sys.executable
    script = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2])"
    process = subprocess.run([path, "-c", script], check=True, capture_output=True, text=True)
    python, _, version = process.stdout.strip().rpartition(" ")
    main(build, machine, version)
    (build / "python").write_text(python, encoding="utf-8")
    return python, version


def copy_tracked_files(target: Path) -> Path:
    """Copy the functions' files that git tracks, and return the folder. A stray note or .env file is
    never packaged."""
    list_tracked = ["git", "ls-files", "-z", "app.py", "chalicelib", "cli/daypass", ".chalice/config.json"]
    names = subprocess.run(list_tracked, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for name in names.split("\0")[:-1]:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target / name)
    list_untracked = ["git", "ls-files", "--others", "--exclude-standard", "app.py", "chalicelib", "cli/daypass"]
    untracked = subprocess.run(list_untracked, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    if untracked:
        names = ", ".join(untracked.split())
        print(f"The package leaves out these files, because git does not track them: {names}", file=sys.stderr)
    (target / "requirements.txt").touch()  # chalice would install packages without checking hashes
    return target


def chalice_package(source: Path, build: Path, architecture: str) -> None:
    """Let chalice write the template, and a zip of the source and chalice's runtime."""
    config = source / ".chalice" / "config.json"
    settings = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(settings | {"lambda_architecture": architecture}), encoding="utf-8")
    ours = source / ".chalice" / "ours.yaml"
    ours.write_text(yaml.safe_dump(app()), encoding="utf-8")
    chalice = Path(sys.executable).parent / "chalice"
    subprocess.run(
        [chalice, "package", "--stage", "prod", "--merge-template", ours, build.absolute()],
        cwd=source,
        # chalice imports the app, and would ship the compiled files.
        env={"AWS_DEFAULT_REGION": "us-east-1"} | os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    assign_routes = [sys.executable, "-B", ROOT / ".chalice" / "functions.py"]
    subprocess.run([*assign_routes, build.absolute() / "sam.yaml"], cwd=source, check=True)


def foundation() -> dict[str, Any]:
    """Return the template of the foundation's stack."""
    return read_template(ROOT / ".chalice" / "foundation.yaml")


def app() -> dict[str, Any]:
    """Return the part of the app's template that chalice does not write."""
    return merge_templates(TEMPLATES)


def merge_templates(templates: list[Path]) -> dict[str, Any]:
    """Return the templates merged into one, because chalice accepts only one."""
    whole: dict[str, Any] = {}
    for path in templates:
        for section, entries in read_template(path).items():
            merged_section = whole.setdefault(section, {})
            if repeated := merged_section.keys() & entries.keys():
                raise SystemExit(f"{path.name} repeats {', '.join(sorted(repeated))}.")
            merged_section.update(entries)
    return whole


def read_template(template: Path) -> dict[str, Any]:
    """Return the parsed YAML template."""
    # libyaml's loader, where PyYAML has it, is ten times as fast and as safe.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    parsed: dict[str, Any] = yaml.load(template.read_text(encoding="utf-8"), loader)  # noqa: S506
    return parsed


def install(tree: Path, architecture: str, runtime: str, report: Path) -> None:
    """Install the packages of requirements.txt into the tree, as wheels whose hashes pip checks.
    Write pip's report of these wheels."""
    processor = ARCHITECTURES[architecture]
    platforms = [f"--platform=manylinux_{glibc}_{processor}" for glibc in GLIBCS]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wheels = ["--only-binary=:all:", "--implementation=cp", f"--python-version={runtime}"]
    subprocess.run(
        [*pip, "--require-hashes", "--no-compile", "--target", tree, *wheels, *platforms]
        + ["--report", report, "--requirement", ROOT / "requirements.txt"],
        check=True,
    )


def prune(tree: Path) -> None:
    """Remove files that nothing reads, and reduce the SDK's data to the operations that are called."""
    data = tree / "botocore" / "data"
    unread = [path for path in data.iterdir() if path.is_dir() and path.name not in CALLED_OPERATIONS]
    unread += [path for pattern in NEVER_READ for path in tree.glob(pattern)]
    unread += [path for path in tree.glob("*.dist-info/**/*") if not is_licence(path)]
    unread += list(tree.rglob("__pycache__"))
    for path in unread:
        if path.is_dir() and not path.is_symlink():
            if not path.match("*.dist-info/*"):
                shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for model in data.glob("*/*/service-2.json.gz"):
        whole = json.loads(gzip.decompress(model.read_bytes()))
        needed = keep_operations(whole, CALLED_OPERATIONS[model.relative_to(data).parts[0]])
        # Not compressed: the zip is compressed, and each cold start would have to decompress the model.
        write_json(model.with_suffix(""), remove_documentation(needed))
        model.unlink()
    endpoints = data / "endpoints.json"
    write_json(endpoints, keep_called_services(json.loads(endpoints.read_text(encoding="utf-8"))))


def is_licence(path: Path) -> bool:
    """Return whether the file is a licence or a notice, which the package must keep."""
    return any(mark in path.name.upper() for mark in ("LICEN", "NOTICE", "COPYING"))


def keep_operations(model: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the service's model with only these operations and the shapes that they refer to."""
    operations = {name: model["operations"][name] for name in names}
    shapes: dict[str, Any] = {}
    names_to_copy = find_shape_names(operations)
    while names_to_copy:
        name = names_to_copy.pop()
        shapes[name] = model["shapes"][name]
        names_to_copy |= find_shape_names(shapes[name]) - shapes.keys()
    # A set has another order in each process, and the same input must give the same bytes.
    return model | {"operations": operations, "shapes": dict(sorted(shapes.items()))}


def find_shape_names(part: Any) -> set[str]:
    """Return the names of the shapes that a part of a model refers to."""
    if isinstance(part, list):
        return {name for item in part for name in find_shape_names(item)}
    if not isinstance(part, dict):
        return set()
    shape = part.get("shape")
    own_name = {shape} if isinstance(shape, str) else set()
    return own_name | {name for item in part.values() for name in find_shape_names(item)}


def remove_documentation(model: Any) -> Any:
    """Return the model without its prose. A member that is called `documentation` is not prose."""
    if isinstance(model, list):
        return [remove_documentation(item) for item in model]
    if not isinstance(model, dict):
        return model
    return {
        name: remove_documentation(value)
        for name, value in model.items()
        if not (name == "documentation" and isinstance(value, str))
    }


def keep_called_services(endpoints: dict[str, Any]) -> dict[str, Any]:
    """Return the endpoints of only the services that Daypass calls, in every partition and
    region."""
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in CALLED_OPERATIONS if name in services}
    return endpoints


def write_json(path: Path, value: Any) -> None:
    """Write the value as compact JSON."""
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


def find_interpreter(runtime: str) -> str | None:
    """Return the path of a Python of this version, or None."""
    script = f"import sys; sys.exit(sys.version_info[:2] != ({runtime.replace('.', ', ')}))"
    for name in (sys.executable, f"python{runtime}", "python3"):
        path = shutil.which(name)
        if path and not subprocess.run([path, "-c", script], stderr=subprocess.DEVNULL).returncode:
            return path
    return None


def compile_all(tree: Path, python: str) -> None:
    """Compile all modules. Python uses the compiled files without a comparison of file times,
    because Lambda changes the times.

    A compiled file replaces the source of a dependency. Daypass's own modules keep their source,
    so that people can read it in the function.
    """
    options = ["-q", "-s", tree, "-p", "/var/task", "--invalidation-mode", "unchecked-hash"]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    process = subprocess.run([python, "-m", "compileall", *options, tree], env=environment)
    if process.returncode != 0:
        raise SystemExit("Some modules could not be compiled.")
    for compiled in list(tree.rglob("__pycache__/*.pyc")):
        source = compiled.parent.parent / f"{compiled.name.partition('.')[0]}.py"
        if source.relative_to(tree).parts[0] not in KEPT_SOURCES:
            compiled.rename(source.with_suffix(".pyc"))
            source.unlink()


def pack(tree: Path, target: Path) -> int:
    """Zip the tree reproducibly, and return the size in bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(tree.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(tree)), OLDEST_ZIP_TIME)
                entry.external_attr = 0o644 << 16
                packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return target.stat().st_size


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the deployment package in build/.")
    parser.add_argument("build", nargs="?", type=Path, default=ROOT / "build")
    parser.add_argument("--arch", choices=ARCHITECTURES, default="arm64")
    parser.add_argument("--here", action="store_true", help="build a package that this machine can run, for the local AWS")
    arguments = parser.parse_args()
    if shutil.which("git") is None:
        sys.exit("Daypass: git is not installed. Packaging needs it: the package holds the files that git tracks.")
    try:
        if arguments.here:
            build_for_this_machine(arguments.build)
        else:
            main(arguments.build, arguments.arch)
    except subprocess.CalledProcessError as failed:
        command = " ".join(str(part) for part in failed.cmd[:4])
        sys.exit(f"Daypass: Packaging failed at `{command} …`. The reason is above.")
    except OSError as failed:
        sys.exit(f"Daypass: Packaging failed: {failed}.")
