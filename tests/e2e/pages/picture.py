"""`make picture`: take the documents' pictures of the client's page and of the console again."""

import hashlib
import re
import tempfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import force_setattr, replace

from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.one_time_secrets import hash_of
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.entrypoints.pages.assets import CONSOLE, read_asset
from chalicelib.usecases.engagements.overview import make_overview
from tests.builders import LINK_TEXT, Scene, a_role, a_scene, an_asked_for, an_intent
from tests.e2e.pages.browser import Browser, chromium
from tests.entrypoints.driver import served
from tests.entrypoints.web.browser import Browser as SignedIn
from tests.fakes import FIRM, NOON

PICTURES = Path(__file__).parents[3] / "docs" / "pictures"
DIGESTS = PICTURES / "SHA256SUMS"
SCHEMES = {"light": False, "dark": True}


def render_client_page() -> str:
    """Return the client's page of a fixed scene, in which their role has not been checked yet."""
    scene = _build_scene()
    scene.world.add(
        a_role(arn="arn:aws:iam::987654321098:role/daypass-readonly", verification=None),
        an_asked_for(permissions=PermissionSet.VIEW_ONLY_ACCESS),
    )
    with served(scene) as api:
        return api.get(f"/setup/{LINK_TEXT}").text


def render_console(path: str) -> str:
    """Return a page of the web console, as a lead sees it in a fixed scene with live sessions."""
    scene = _build_scene()
    for member, engagement, minutes in (
        ("alice", "acme-prod", 4),
        ("bob", "globex", 38),
    ):
        intent = an_intent(
            member,
            hash_of(member)[:16],
            at=NOON - timedelta(minutes=minutes),
            engagement=engagement,
        )
        issued = build_outcome_entry(intent, Outcome.ISSUED, at=intent.at)
        scene.world.earlier_entries += [intent, issued]
    make_overview(scene.ports, time_left=lambda: 600)
    with served(scene) as api:
        browser = SignedIn(api)
        browser.sign_in("lena")
        return browser.get(path).text


def _build_scene() -> Scene:
    scene = a_scene()
    firm = replace(FIRM, name="Example Consulting", contact="aws-access@example.com")
    force_setattr(scene.ports, "firm", firm)
    return scene


class Pictured(NamedTuple):
    """A page with a picture in the documents, one for each color scheme."""

    render: Callable[[], str]
    width: int
    height: int


PAGES = {
    "client-page": Pictured(render_client_page, 860, 960),
    "console-now": Pictured(partial(render_console, "/web/now"), 1280, 720),
    "console-stop": Pictured(
        partial(render_console, "/web/actions/revoke-member?member=alice"), 1200, 860
    ),
}


def list_names(page: str) -> list[str]:
    """Return the names of the page's pictures."""
    return [f"{page}-{scheme}.png" for scheme in SCHEMES]


def take_pictures(browser: Browser, page: str, html: str) -> dict[str, bytes]:
    """Return the top of the page in each color scheme, by the names of the pictures."""
    pictured = PAGES[page]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{page}.html"
        file.write_text(_with_style(html), encoding="utf-8")
        browser.open(file.as_uri(), width=pictured.width)
        return {
            f"{page}-{scheme}.png": browser.picture(pictured.width, pictured.height, dark=dark)
            for scheme, dark in SCHEMES.items()
        }


def _with_style(html: str) -> str:
    """Return the page with the style that a page of the console loads."""
    style = f"<style>{read_asset('css', CONSOLE)}</style>"
    return re.sub('<link rel="stylesheet"[^>]*>', lambda _: style, html)


def digests(files: Mapping[str, bytes]) -> str:
    """Return the digests of the files, as sha256sum prints them."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))


def render_pages() -> dict[str, bytes]:
    """Return the pages that the pictures show now, by the names of their files."""
    return {f"{page}.html": pictured.render().encode() for page, pictured in PAGES.items()}


def stored() -> dict[str, bytes]:
    names = [name for page in PAGES for name in list_names(page)]
    return {name: (PICTURES / name).read_bytes() for name in names}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    pages = render_pages()
    with tempfile.TemporaryDirectory() as profile, chromium(Path(profile)) as browser:
        for page in PAGES:
            pictures = take_pictures(browser, page, pages[f"{page}.html"].decode())
            for name, picture in pictures.items():
                (PICTURES / name).write_bytes(picture)
    DIGESTS.write_text(digests(pages | stored()), encoding="utf-8")


if __name__ == "__main__":
    main()
