"""Make the deployment in build/: what Lambda reads, for the processor that it runs on, and no more.

`chalice package` writes the template. What it would ship is everything that lies in chalicelib/, the
models of 400 AWS services, no compiled files, and wheels that nobody has compared with a hash. So the
zip is made here: the files that git tracks; the packages of requirements.txt, as wheels for the
function's processor, each held to its hash by pip; without what is never read. The same input gives
the same zip, byte for byte.
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
# What is merged into the template that chalice writes. No two of them name the same resource.
MERGED = ("app.yaml", "gateway.yaml", "alarms.yaml", "dashboard.yaml")
TEMPLATES = [ROOT / ".chalice" / name for name in MERGED]

RUNTIME = "3.13"  # the Python that the function runs on, whatever Python makes the deployment
ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}
# "Lambda runtimes" (AWS Lambda Developer Guide): Python 3.13 is on Amazon Linux 2023, whose glibc
# is 2.34.
GLIBCS = ("2_34", "2_28", "2_17")

# What is called of each AWS service, by Daypass, pynamodb and the SDK itself. A container reads the
# whole model of each service that it calls.
CALLED = {
    "dynamodb": ("BatchGetItem", "GetItem", "PutItem", "Query", "TransactWriteItems"),
    "iam": ("SimulatePrincipalPolicy",),
    "lambda": ("Invoke",),
    "s3": ("GetObject", "HeadBucket", "PutObject"),
    "sns": ("Publish",),
    "ssm": ("GetParameter", "PutParameter"),
    "sts": ("AssumeRole", "GetCallerIdentity"),
}
# Of each package, what is never read: other services' data, command lines, documentation.
NEVER_READ = (
    "aws_lambda_powertools/event_handler",
    "aws_lambda_powertools/utilities/[!_j]*",  # but `__init__` and `jmespath_utils`
    "bin",
    "cffi",  # what of it is compiled, `_cffi_backend`, is read
    "pycparser",
    "boto3/data",
    "boto3/dynamodb",
    "boto3/ec2",
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
    "botocore/data/*/*/waiters-2.json",
    "botocore/data/dynamodb/2011-12-05",
    "botocore/data/lambda/2014-11-11",
    "dateutil/zoneinfo",
    "urllib3/contrib/emscripten",
    "**/*.pyi",
    "**/*.c",
    "**/py.typed",
)
OURS = ("app.py", "chalicelib", "chalice")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest moment that a zip can name


def main(build: Path, architecture: str, runtime: str = RUNTIME) -> None:
    """Leave `sam.yaml`, `deployment.zip`, and what is in the zip under `function/`."""
    shutil.rmtree(build, ignore_errors=True)
    tree, packed = build / "function", build / "deployment.zip"
    chalice_package(tracked_files(build / "source"), build, architecture)
    with zipfile.ZipFile(packed) as made:
        made.extractall(tree)
    install(tree, architecture, runtime)
    prune(tree)
    python = interpreter(runtime)
    if python is not None:
        compile_all(tree, python)
    size = pack(tree, packed)
    print(f"{packed.name} ({size / 1e6:.1f} MB, {architecture}) and sam.yaml are in {build}")
    if python is None:
        print(
            f"There is no Python {runtime} here, so nothing in it is compiled: each cold start"
            " compiles all of it, which takes more than twice as long.",
            file=sys.stderr,
        )


def for_this_machine(build: Path) -> tuple[str, str]:
    """Make a deployment that this machine can run, as a local AWS does.

    Return the Python to run it on, which is also written down beside it, and that Python's version:
    the one that AWS Lambda has, if it is here, or else the one that runs this.
    """
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    found = interpreter(RUNTIME) or sys.executable
    told = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2])"
    done = subprocess.run([found, "-c", told], check=True, capture_output=True, text=True)
    python, _, version = done.stdout.strip().rpartition(" ")
    main(build, machine, version)
    (build / "python").write_text(python, encoding="utf-8")
    return python, version


def tracked_files(target: Path) -> Path:
    """A copy of what git tracks of the function: a stray note or a .env file never ships."""
    listed = ["git", "ls-files", "-z", "app.py", "chalicelib", ".chalice/config.json"]
    found = subprocess.run(listed, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for name in found.split("\0")[:-1]:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target / name)
    stray = ["git", "ls-files", "--others", "--exclude-standard", "app.py", "chalicelib"]
    left = subprocess.run(stray, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    if left:
        print(f"Not tracked by git, and so not in it: {', '.join(left.split())}", file=sys.stderr)
    (target / "requirements.txt").touch()  # chalice would fetch them without their hashes
    return target


def chalice_package(source: Path, build: Path, architecture: str) -> None:
    """The template, and a zip of our own code and chalice's runtime."""
    config = source / ".chalice" / "config.json"
    known = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(known | {"lambda_architecture": architecture}), encoding="utf-8")
    ours = source / ".chalice" / "ours.yaml"
    ours.write_text(yaml.safe_dump(app()), encoding="utf-8")
    chalice = Path(sys.executable).parent / "chalice"
    subprocess.run(
        [chalice, "package", "--stage", "prod", "--merge-template", ours, build.absolute()],
        cwd=source,
        # It imports the app, and would ship the compiled files that this leaves behind.
        env={"AWS_DEFAULT_REGION": "us-east-1"} | os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    share_out = [sys.executable, "-B", ROOT / ".chalice" / "functions.py"]
    subprocess.run([*share_out, build.absolute() / "sam.yaml"], cwd=source, check=True)


def foundation() -> dict[str, Any]:
    """The template of the foundation's stack."""
    return read(ROOT / ".chalice" / "foundation.yaml")


def app() -> dict[str, Any]:
    """What the template of the app's stack has beside what chalice writes."""
    return merged(TEMPLATES)


def merged(templates: list[Path]) -> dict[str, Any]:
    """One template of several: chalice takes one."""
    whole: dict[str, Any] = {}
    for path in templates:
        for section, named in read(path).items():
            there = whole.setdefault(section, {})
            if twice := there.keys() & named.keys():
                raise SystemExit(f"{path.name} has {', '.join(sorted(twice))} once more.")
            there.update(named)
    return whole


def read(template: Path) -> dict[str, Any]:
    # libyaml's, where PyYAML has it, takes a tenth of the time; it is as safe.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    told: dict[str, Any] = yaml.load(template.read_text(encoding="utf-8"), loader)  # noqa: S506
    return told


def install(tree: Path, architecture: str, runtime: str) -> None:
    """The packages that ship, each wheel with the hash that requirements.txt has for it."""
    processor = ARCHITECTURES[architecture]
    platforms = [f"--platform=manylinux_{glibc}_{processor}" for glibc in GLIBCS]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wheels = ["--only-binary=:all:", "--implementation=cp", f"--python-version={runtime}"]
    subprocess.run(
        [*pip, "--require-hashes", "--no-compile", "--target", tree, *wheels, *platforms]
        + ["--requirement", ROOT / "requirements.txt"],
        check=True,
    )


def prune(tree: Path) -> None:
    """Remove what is never read, and leave of the SDK's data what the services need that we call."""
    data = tree / "botocore" / "data"
    unread = [one for one in data.iterdir() if one.is_dir() and one.name not in CALLED]
    unread += [one for pattern in NEVER_READ for one in tree.glob(pattern)]
    unread += [one for one in tree.glob("*.dist-info/**/*") if not is_licence(one)]
    unread += list(tree.rglob("__pycache__"))
    for path in unread:
        if path.is_dir() and not path.is_symlink():
            if not path.match("*.dist-info/*"):
                shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for model in data.glob("*/*/service-2.json.gz"):
        whole = json.loads(gzip.decompress(model.read_bytes()))
        needed = with_operations(whole, CALLED[model.relative_to(data).parts[0]])
        # Not compressed: the zip is, and the function would have to undo it at each start.
        write_json(model.with_suffix(""), without_documentation(needed))
        model.unlink()
    endpoints = data / "endpoints.json"
    write_json(endpoints, called_only(json.loads(endpoints.read_text(encoding="utf-8"))))


def is_licence(path: Path) -> bool:
    return any(word in path.name.upper() for word in ("LICEN", "NOTICE", "COPYING"))


def with_operations(model: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """A service's model with these operations alone, and the shapes that they refer to."""
    operations = {name: model["operations"][name] for name in names}
    shapes: dict[str, Any] = {}
    left = shapes_in(operations)
    while left:
        name = left.pop()
        shapes[name] = model["shapes"][name]
        left |= shapes_in(shapes[name]) - shapes.keys()
    return model | {"operations": operations, "shapes": shapes}


def shapes_in(part: Any) -> set[str]:
    """The shapes that a part of a model refers to by name."""
    if isinstance(part, list):
        return {name for one in part for name in shapes_in(one)}
    if not isinstance(part, dict):
        return set()
    named = part.get("shape")
    own = {named} if isinstance(named, str) else set()
    return own | {name for one in part.values() for name in shapes_in(one)}


def without_documentation(model: Any) -> Any:
    """A service's model without its prose. (A member that is called `documentation` is no text.)"""
    if isinstance(model, list):
        return [without_documentation(one) for one in model]
    if not isinstance(model, dict):
        return model
    return {
        name: without_documentation(value)
        for name, value in model.items()
        if not (name == "documentation" and isinstance(value, str))
    }


def called_only(endpoints: dict[str, Any]) -> dict[str, Any]:
    """The endpoints of the services that are called, in every partition and region."""
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in CALLED if name in services}
    return endpoints


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")


def interpreter(runtime: str) -> str | None:
    """A Python of the function's version; None if there is none on this machine."""
    known = f"import sys; sys.exit(sys.version_info[:2] != ({runtime.replace('.', ', ')}))"
    for name in (sys.executable, f"python{runtime}", "python3"):
        found = shutil.which(name)
        if (
            found
            and subprocess.run([found, "-c", known], stderr=subprocess.DEVNULL).returncode == 0
        ):
            return found
    return None


def compile_all(tree: Path, python: str) -> None:
    """Compile by content, not by time: Lambda unpacks files with times of its own.

    Of other people's modules the compiled file is all that is read, and takes the source's place.
    Our own keep theirs beside it, for whoever looks at the function.
    """
    options = ["-q", "-s", tree, "-p", "/var/task", "--invalidation-mode", "unchecked-hash"]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    done = subprocess.run([python, "-m", "compileall", *options, tree], env=environment)
    if done.returncode != 0:
        raise SystemExit("Some modules could not be compiled.")
    for compiled in list(tree.rglob("__pycache__/*.pyc")):
        source = compiled.parent.parent / f"{compiled.name.partition('.')[0]}.py"
        if source.relative_to(tree).parts[0] not in OURS:
            compiled.rename(source.with_suffix(".pyc"))
            source.unlink()


def pack(tree: Path, target: Path) -> int:
    """Zip the tree, always alike, and give the size in bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(tree.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(tree)), EPOCH)
                entry.external_attr = 0o644 << 16
                packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return target.stat().st_size


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description="Make the deployment in build/.")
    asked.add_argument("build", nargs="?", type=Path, default=ROOT / "build")
    asked.add_argument("--arch", choices=ARCHITECTURES, default="arm64")
    asked.add_argument("--here", action="store_true", help="for this machine, to run it here")
    given = asked.parse_args()
    if shutil.which("git") is None:
        sys.exit("Daypass: There is no git, which says what belongs into the package.")
    try:
        if given.here:
            for_this_machine(given.build)
        else:
            main(given.build, given.arch)
    except subprocess.CalledProcessError as failed:
        command = " ".join(str(word) for word in failed.cmd[:4])
        sys.exit(f"Daypass: The package could not be made: `{command} …` failed; see above.")
    except OSError as failed:
        sys.exit(f"Daypass: The package could not be made: {failed}.")
