"""The colours of the page of who has access, as people with protanopia or deuteranopia see it."""

import re
from itertools import combinations
from pathlib import Path

from chalicelib.entrypoints import pages
from tests.rows import every

STYLE = Path(pages.__file__).with_name("web") / "web.css"
DIFFERENT = 20
"""CIE76: two colours side by side are different at a glance from about ten on."""
KINDS = ("live", "standing", "unused", "request")
VISIONS = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    # Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
    # Deficiency" (2009), severity 1.0, for linear RGB.
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE = (0.95047, 1.0, 1.08883)


def _product(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def as_linear(colour):
    digits = colour if len(colour) == 6 else "".join(2 * digit for digit in colour)
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def as_lab(colour, vision):
    seen = [min(max(c, 0), 1) for c in _product(VISIONS[vision], as_linear(colour))]
    ratios = (c / w for c, w in zip(_product(_TO_XYZ, seen), _WHITE, strict=True))
    x, y, z = (r ** (1 / 3) if r > 0.008856 else 7.787 * r + 16 / 116 for r in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(first, second, vision):
    pairs = zip(as_lab(first, vision), as_lab(second, vision), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5


def contrast(first, second):
    dark, light = sorted(_product(_TO_XYZ, as_linear(each))[1] for each in (first, second))
    return (light + 0.05) / (dark + 0.05)


def schemes():
    """Return the colours by name, in light and in dark."""
    style = STYLE.read_text()
    blocks = re.findall(r":root \{ --live[^}]*\}", style)
    return [dict(re.findall(r"--([a-z-]+): #([0-9a-f]{3,6})", block)) for block in blocks]


@every("colours", schemes)
def test_every_two_kinds_differ_for_all_eyes(colours):
    for vision in VISIONS:
        for first, second in combinations(KINDS, 2):
            delta = difference(colours[first], colours[second], vision)
            assert delta >= DIFFERENT, (vision, first, second, delta)


@every("colours", schemes)
def test_each_letter_can_be_read(colours):
    for kind in KINDS:
        text = colours["on-live" if kind == "live" else "on-mark"]
        assert contrast(text, colours[kind]) >= 4.5, (kind, contrast(text, colours[kind]))


def test_there_is_a_light_and_a_dark_scheme():
    assert len(schemes()) == 2
