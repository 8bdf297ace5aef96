"""Make the deployment in build/: what `chalice package` makes, without what Lambda never reads.

`chalice package` ships the service models of all of AWS, and no compiled files: the function would
compile every module and search 400 services at each cold start. This keeps the services that
Daypass calls and compiles all modules, so the same Python minor version has to run this and the
function. The zip is the same, byte for byte, for the same input.
"""

from __future__ import annotations

import compileall
import os
import py_compile
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / ".chalice" / "app.yaml"

SERVICES = ("dynamodb", "iam", "s3", "sts")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest moment that a zip can name


def main(build: Path = ROOT / "build") -> None:
    """Leave `sam.yaml`, `deployment.zip`, and what is in the zip under `function/`."""
    shutil.rmtree(build, ignore_errors=True)
    chalice = Path(sys.executable).parent / "chalice"
    template = ["--merge-template", str(TEMPLATE)]
    subprocess.run(
        [chalice, "package", "--stage", "prod", *template, build],
        cwd=ROOT,
        env={"AWS_DEFAULT_REGION": "us-east-1"} | os.environ,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    tree, packed = build / "function", build / "deployment.zip"
    with zipfile.ZipFile(packed) as made:
        made.extractall(tree)
    trim(tree)
    leave_pure(tree)
    compile_all(tree)
    size = pack(tree, packed)
    print(f"{packed.name} ({size / 1e6:.1f} MB) and sam.yaml are in {build}")


def trim(tree: Path) -> None:
    """Leave botocore the models of the services that are called, and what all of them need."""
    for found in (tree / "botocore" / "data").iterdir():
        if found.is_dir() and found.name not in SERVICES:
            shutil.rmtree(found)
    for cache in tree.rglob("__pycache__"):
        shutil.rmtree(cache)


def leave_pure(tree: Path) -> None:
    """Remove what is compiled for a processor, and hold what stays to what was installed by hash.

    A package with a compiled part (MarkupSafe, which does without) is fetched anew by chalice for
    the function's processor, and pip then compares it with no hash of requirements.txt.
    """
    compiled = [path for pattern in ("*.so", "*.c") for path in tree.rglob(pattern)]
    for package in {path.relative_to(tree).parts[0] for path in compiled}:
        installed = Path(sysconfig.get_path("purelib")) / package
        for source in (tree / package).rglob("*.py"):
            pinned = installed / source.relative_to(tree / package)
            if source.read_bytes() != pinned.read_bytes():
                raise SystemExit(f"{package} is not the one that requirements.txt pins.")
    for path in compiled:
        path.unlink()


def compile_all(tree: Path) -> None:
    """Compile by content, not by time: Lambda unpacks files with times of its own."""
    done = compileall.compile_dir(
        tree,
        quiet=1,
        stripdir=str(tree),
        prependdir="/var/task",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    if not done:
        raise SystemExit("Some modules could not be compiled.")


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
    main(*map(Path, sys.argv[1:2]))
