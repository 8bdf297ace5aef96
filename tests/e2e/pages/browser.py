"""A real Chromium, as the client's administrator uses it."""

import base64
import re
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
SECONDS = 15  # the longest wait for a page
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAILED_TO_LOAD = "Failed to load resource"  # Chromium's message for a status such as 404


@dataclass(slots=True)
class Browser:
    """One window. `complaints` has Chromium's messages."""

    driver: Chrome

    def open(self, url: str, *, width: int = DESKTOP, printed: bool = False) -> None:
        """Open the page in a window of this width."""
        self.shown_at(width=width, dark=False, printed=printed)
        self.driver.get("about:blank")  # otherwise another #fragment would not load the page again
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
        """Return the top of the page as PNG."""
        self.shown_at(width=width, dark=dark)
        area = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        response = self._send(
            "Page.captureScreenshot", format="png", clip=area, captureBeyondViewport=True
        )
        return base64.b64decode(response["data"])

    def printed_sizes(self) -> set[tuple[int, int]]:
        """Return the width and height of the printed pages, in points."""
        pdf = base64.b64decode(self._send("Page.printToPDF", preferCSSPageSize=True)["data"])
        sizes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
        return {(round(float(width)), round(float(height))) for width, height in sizes}

    @property
    def url(self) -> str:
        return self.driver.current_url

    @property
    def text(self) -> str:
        """Return the page's text, including folded parts."""
        return str(self.run("return document.body.textContent"))

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def element(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def elements(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text_of(self, selector: str) -> str:
        return str(self.element(selector).get_property("textContent"))

    def press(self, *keys: str) -> None:
        """Send keys to the element with the focus."""
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def tab_to(self, selector: str) -> WebElement:
        """Press Tab until the element has the focus."""
        for _ in range(200):
            self.press(Keys.TAB)
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return self.driver.switch_to.active_element
        raise AssertionError(f"The keyboard does not reach {selector}.")

    def wait_for(self, script: str, *arguments: Any) -> Any:
        """Wait until the script returns a true value, and return it."""
        return WebDriverWait(self.driver, SECONDS, poll_frequency=0.02).until(
            lambda _: self.run(script, *arguments)
        )

    def click(self, selector: str = "form button") -> None:
        """Click a button, such as the only one, and wait for the next page."""
        with self.another_page():
            self.element(selector).click()

    @contextmanager
    def another_page(self) -> Iterator[None]:
        """Wait at the end of the block until another page is loaded."""
        self.run("window.isOld = true")
        yield
        self.wait_for("return document.readyState === 'complete' && !window.isOld")

    def copied(self) -> str:
        """Return the clipboard's text."""
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
        """Return the errors and violations since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def scripts(self, *, run: bool) -> None:
        self._send("Emulation.setScriptExecutionDisabled", value=not run)

    def unfold(self) -> None:
        """Open every folded part, because axe-core ignores hidden content."""
        self.run("document.querySelectorAll('details').forEach(part => { part.open = true; })")

    def examine(self, clickable: str = "button, .button, .code input") -> None:
        """Check the present page at every width: its width, the size of what can be clicked, and
        what axe-core finds."""
        for width, dark in ((DESKTOP, False), (PHONE, True), (NARROWEST, False)):
            self.shown_at(width=width, dark=dark)
            self.unfold()
            assert not self.is_wider_than_its_window()
            # 24 pixels in both directions (WCAG 2.2, 2.5.8).
            small = self.run(
                "return [...document.querySelectorAll(arguments[0])].filter(e => e.offsetParent)"
                ".map(e => [e.outerHTML, e.getBoundingClientRect()])"
                ".filter(([_, box]) => box.height < 24 || box.width < 24).map(([html]) => html)",
                clickable,
            )
            assert small == []
            if AXE.exists():
                assert self.accessibility_findings() == []
        self.shown_at(width=DESKTOP, dark=False)

    def accessibility_findings(self) -> list[str]:
        """Return axe-core's findings, including best practice."""
        if not self.run("return !!window.axe"):
            self.run(AXE.read_text(encoding="utf-8"))
        result = self.driver.execute_async_script(
            "axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']})"
            ".then(arguments[1])",
            RULES,
        )
        return [
            f"{v['impact']} {v['id']}: {v['help']}: {[node['target'] for node in v['nodes']]}"
            for v in result["violations"]
        ]

    def _send(self, command: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, parameters)


@contextmanager
def chromium(profile: Path) -> Iterator[Browser]:
    """Yield a browser with its own profile."""
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=ChromeService(executable_path=str(DRIVER)))
    try:
        # A page may write after a click anyway. Only the test needs to read.
        allowed = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": allowed})
        driver.set_script_timeout(SECONDS)
        yield Browser(driver)
    finally:
        driver.quit()
