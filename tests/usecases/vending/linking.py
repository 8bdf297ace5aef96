"""Helpers for vends by an access link."""

from chalicelib.domain.values import Item
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.usecases.requests.own import start_access_of_link
from chalicelib.usecases.vending.vend_by_link import vend_by_link
from tests.builders import ACCESS_TEXT, Scene, a_binding, a_scene, an_access_link
from tests.usecases.vending.revocations import VEND_STEPS

BY_LINK_STEPS = ["change", *VEND_STEPS]
BROWSER = "198.51.100.7"


def a_scene_in_slack(*items: Item) -> Scene:
    """Return a scene in which alice has a bound Slack user and an access link."""
    return a_scene(a_binding(), an_access_link(), *items)


def pressed(scene: Scene, text: str = ACCESS_TEXT) -> VendedSession:
    return vend_by_link(scene.ports, text, address=BROWSER, start_access=start_access_of_link)


def link_of(scene: Scene) -> AccessLink:
    (link,) = scene.find(AccessLink)
    return link
