"""Make the deployment in build/: what `chalice package` makes, without what Lambda never reads.

`chalice package` ships the service models of all of AWS, and no compiled files: the function would
compile every module and search 400 services at each cold start. This keeps the two services that
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
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
TREE = BUILD / "function"
ZIP = BUILD / "deployment.zip"
TEMPLATE = ROOT / ".chalice" / "app.yaml"

SERVICES = ("dynamodb", "sts")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest moment that a zip can name


def main() -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    subprocess.run(
        ["chalice", "package", "--stage", "prod", "--merge-template", str(TEMPLATE), str(BUILD)],
        cwd=ROOT,
        env=os.environ
        | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        | {"AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1")},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    with zipfile.ZipFile(ZIP) as packed:
        packed.extractall(TREE)
    trim(TREE)
    compile_all(TREE)
    size = pack(TREE, ZIP)
    print(f"build/deployment.zip ({size / 1e6:.1f} MB) and build/sam.yaml")


def trim(tree: Path) -> None:
    """Leave botocore the models of the services that are called, and what all of them need."""
    for found in (tree / "botocore" / "data").iterdir():
        if found.is_dir() and found.name not in SERVICES:
            shutil.rmtree(found)
    for cache in tree.rglob("__pycache__"):
        shutil.rmtree(cache)


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
    main()
