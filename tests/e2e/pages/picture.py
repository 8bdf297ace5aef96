"""`make picture`: take the README's pictures of the client's page again."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from msgspec.structs import force_setattr, replace

from chalicelib.domain.onboarding.role_setup import PermissionSet
from tests.builders import LINK_TEXT, a_role, a_scene, an_asked_for
from tests.e2e.pages.browser import Browser, chromium
from tests.entrypoints.driver import served
from tests.fakes import FIRM

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
DIGESTS = PICTURES / "SHA256SUMS"
PAGE = "client-page.html"
DARK = {"client-page-light.png": False, "client-page-dark.png": True}
WIDTH, HEIGHT = 860, 960


def html() -> str:
    """Return the page of a fixed scene, in which the client's role has not been checked yet."""
    scene = a_scene()
    firm = replace(FIRM, name="Example Consulting", contact="aws-access@example.com")
    force_setattr(scene.ports, "firm", firm)
    scene.world.add(
        a_role(arn="arn:aws:iam::987654321098:role/daypass-readonly", verification=None),
        an_asked_for(permissions=PermissionSet.VIEW_ONLY_ACCESS),
    )
    with served(scene) as api:
        return api.get(f"/setup/{LINK_TEXT}").text


def take_pictures(browser: Browser, page: str) -> dict[str, bytes]:
    """Return the top of the page, light and dark, by the names of the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / PAGE
        file.write_text(page, encoding="utf-8")
        browser.open(file.as_uri(), width=WIDTH)
        return {name: browser.picture(WIDTH, HEIGHT, dark=dark) for name, dark in DARK.items()}


def digests(page: str, pictures: dict[str, bytes]) -> str:
    """Return the digests of the page and of its pictures, as sha256sum prints them."""
    files = {PAGE: page.encode(), **pictures}
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))


def stored() -> dict[str, bytes]:
    return {name: (PICTURES / name).read_bytes() for name in DARK}


def main() -> None:
    page = html()
    with tempfile.TemporaryDirectory() as profile, chromium(Path(profile)) as browser:
        pictures = take_pictures(browser, page)
    PICTURES.mkdir(exist_ok=True)
    for name, picture in pictures.items():
        (PICTURES / name).write_bytes(picture)
    DIGESTS.write_text(digests(page, pictures), encoding="utf-8")


if __name__ == "__main__":
    main()
