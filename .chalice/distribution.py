"""Build what installs the `daypass` command elsewhere: a Debian package and a Homebrew formula.

Both have the bytes of the one-file command. The Debian package is not compressed, so that no
version of a compressor matters: deb(5) allows that.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from textwrap import dedent

SUMMARY = "temporary credentials for clients' AWS accounts"
COMPLETIONS = {
    "bash": "usr/share/bash-completion/completions/daypass",
    "zsh": "usr/share/zsh/vendor-completions/_daypass",
    "fish": "usr/share/fish/vendor_completions.d/daypass.fish",
}
"""The file with the completion script of each shell."""
_COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Daypass

Files: *
Copyright: the authors of Daypass
License: Apache-2.0
 /usr/share/common-licenses/Apache-2.0 has the text of the license.
"""


def build_deb(
    version: str, made: int, command: bytes, manual: bytes, completions: Mapping[str, bytes]
) -> bytes:
    """Return a Debian package for all architectures. `made` is the time of its files."""
    files = {
        "usr/bin/daypass": command,
        "usr/share/doc/daypass/copyright": _COPYRIGHT.encode(),
        "usr/share/man/man1/daypass.1": manual,
        **{COMPLETIONS[shell]: script for shell, script in completions.items()},
    }
    size = sum(len(content) // 1024 + 1 for content in files.values())
    control = dedent(f"""\
        Package: daypass
        Version: {version}
        Architecture: all
        Maintainer: the authors of Daypass
        Installed-Size: {size}
        Depends: python3 (>= 3.9)
        Section: utils
        Priority: optional
        Description: {SUMMARY}
         The command of Daypass, a credential broker that your firm runs. Your firm's
         Daypass says the address for daypass login.
        """)
    return _pack_ar(
        made,
        {
            "debian-binary": b"2.0\n",
            "control.tar": _pack_tar(made, {"control": control.encode()}),
            "data.tar": _pack_tar(made, files),
        },
    )


def _pack_tar(made: int, files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        parents = {str(each) for name in files for each in PurePosixPath(name).parents}
        for folder in sorted(parents - {"."}):
            archive.addfile(_entry(f"./{folder}", made, 0o755, tarfile.DIRTYPE))
        for name, content in sorted(files.items()):
            entry = _entry(f"./{name}", made, 0o755 if "/bin/" in name else 0o644)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _entry(name: str, made: int, mode: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.mtime = kind, mode, made
    entry.uname = entry.gname = "root"
    return entry


def _pack_ar(made: int, members: Mapping[str, bytes]) -> bytes:
    """Return the members as an archive of ar(5)."""
    parts = [b"!<arch>\n"]
    for name, content in members.items():
        header = f"{name:<16}{made:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
        parts += [header.encode("ascii"), content, b"\n" * (len(content) % 2)]
    return b"".join(parts)


def build_formula(repository: str, version: str, command: bytes, manual: bytes) -> str:
    """Return the Homebrew formula of a release in this GitHub repository, such as owner/name."""
    address = f"https://github.com/{repository}"
    files = f"{address}/releases/download/v{version}"
    return dedent(f"""\
        class Daypass < Formula
          desc "Temporary credentials for clients' AWS accounts"
          homepage "{address}"
          url "{files}/daypass.pyz"
          version "{version}"
          sha256 "{sha256(command).hexdigest()}"
          license "Apache-2.0"

          depends_on "python@3.13"

          resource "manual" do
            url "{files}/daypass.1"
            sha256 "{sha256(manual).hexdigest()}"
          end

          def install
            bin.install "daypass.pyz" => "daypass"
            resource("manual").stage {{ man1.install "daypass.1" }}
            generate_completions_from_executable(bin/"daypass", "completion",
                                                 shells: [:bash, :zsh, :fish])
          end

          test do
            assert_match "daypass #{{version}}", shell_output("#{{bin}}/daypass --version 2>&1")
          end
        end
        """)
