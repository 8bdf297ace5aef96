"""A real Chromium, as a client's admin has it in front of them."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
AXE = Path(__file__).parents[3] / "build" / "axe" / "node_modules" / "axe-core" / "axe.min.js"

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
DESKTOP, PHONE, NARROWEST = 1280, 375, 320
SECONDS = 15  # how long a page may take before it is said not to come
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAILED_TO_LOAD = "Failed to load resource"  # what Chromium says of a page with a status like 404


@dataclass(slots=True)
class Browser:
    """One window. Whatever Chromium complains of is kept in `complaints`."""

    driver: Chrome

    def open(self, url: str, *, width: int = DESKTOP, printed: bool = False) -> None:
        """The page, in a window of this width."""
        self.shown_at(width=width, dark=False, printed=printed)
        self.driver.get("about:blank")  # the same page with another #part is not loaded again
        self.driver.get(url)

    def shown_at(self, *, width: int, dark: bool, printed: bool = False) -> None:
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < DESKTOP,
        )
        self._send(
            "Emulation.setEmulatedMedia",
            media="print" if printed else "",
            features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}],
        )

    def picture(self, width: int, height: int, *, dark: bool) -> bytes:
        """The beginning of the page, as PNG."""
        self.shown_at(width=width, dark=dark)
        area = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        taken = self._send(
            "Page.captureScreenshot", format="png", clip=area, captureBeyondViewport=True
        )
        return base64.b64decode(taken["data"])

    @property
    def url(self) -> str:
        return self.driver.current_url

    @property
    def text(self) -> str:
        """All that is to be read on the page, in folded parts too."""
        return str(self.run("return document.body.textContent"))

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def words(self, selector: str) -> str:
        return str(self.one(selector).get_property("textContent"))

    def press(self, *keys: str) -> None:
        """Keys, to whatever has the focus."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def tab_to(self, selector: str) -> WebElement:
        """Go on with the Tab key until it is reached."""
        for _ in range(200):
            self.press(Keys.TAB)
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return self.driver.switch_to.active_element
        raise AssertionError(f"The keyboard does not reach {selector}.")

    def wait_for(self, script: str, *arguments: Any) -> Any:
        """What the script returns, once that is something."""
        return WebDriverWait(self.driver, SECONDS, poll_frequency=0.02).until(
            lambda _: self.run(script, *arguments)
        )

    def check_now(self) -> None:
        """Press the button, and wait for where it leads."""
        with self.another_page():
            self.one("form button").click()

    @contextmanager
    def another_page(self) -> Iterator[None]:
        """Wait at the end of the block until it has led to another page."""
        self.run("window.isOld = true")
        yield
        self.wait_for("return document.readyState === 'complete' && !window.isOld")

    def copied(self) -> str:
        """What is on the clipboard."""
        return str(
            self.driver.execute_async_script(
                "navigator.clipboard.readText().then(arguments[0], arguments[0])"
            )
        )

    def is_wider_than_its_window(self) -> bool:
        return bool(
            self.run("const e = document.documentElement; return e.scrollWidth > e.clientWidth")
        )

    def complaints(self) -> list[str]:
        """Errors and violations since it was last asked."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def scripts(self, *, run: bool) -> None:
        self._send("Emulation.setScriptExecutionDisabled", value=not run)

    def unfold(self) -> None:
        """Open every part that is folded: nothing is looked for in what is not shown."""
        self.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")

    def accessibility_findings(self) -> list[str]:
        """What axe-core finds, best practice included."""
        self.run(AXE.read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(
            "axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']})"
            ".then(arguments[1])",
            RULES,
        )
        return [
            f"{one['impact']} {one['id']}: {one['help']}: {[n['target'] for n in one['nodes']]}"
            for one in found["violations"]
        ]

    def _send(self, command: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, parameters)


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, for as long as the block lasts."""
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(executable_path=str(DRIVER)))
    try:
        # To write is what a page may after a click anyway; to read is for the test alone.
        allowed = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": allowed})
        driver.set_script_timeout(SECONDS)
        yield Browser(driver)
    finally:
        driver.quit()
