"""Every colour of a text has the contrast that WCAG asks for, computed from the styles. The browser tests measure the
pages; this finds what no test page happens to show."""

from __future__ import annotations

import math
import re

import pytest
from unfold.settings import CONFIG_DEFAULTS

from project.admin.theme import INDIGO
from project.tests.running import CHECKOUT

CSS = (CHECKOUT / "static/lockstep/admin.css").read_text(encoding="utf-8")
TEXTS = ("quiet", "strong", "link", "good", "bad", "wary")
ENOUGH = 4.5


def tokens(selector):
    block = re.search(rf"^{re.escape(selector)} {{(.*?)}}", CSS, re.DOTALL | re.MULTILINE).group(1)
    return dict(re.findall(r"--ls-([a-z]+): (.*?);", block))


LIGHT = tokens(":root")
DARK = LIGHT | tokens(".dark")


def colour(text):
    """Red, green, blue (linear light), and opacity."""
    if found := re.fullmatch(r"var\(--color-(base|primary)-(\d+)\)", text):
        shades = INDIGO if found.group(1) == "primary" else CONFIG_DEFAULTS["COLORS"]["base"]
        return colour(shades[found.group(2)])
    if found := re.fullmatch(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", text):
        return (*from_oklch(*map(float, found.groups())), 1.0)
    if found := re.fullmatch(r"rgb\((\d+) (\d+) (\d+) / ([\d.]+)%\)", text):
        *parts, opacity = map(float, found.groups())
        return (*(linear(part / 255) for part in parts), opacity / 100)
    found = re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", text)
    return (*(linear(int(part, 16) / 15) for part in found.groups()), 1.0)


def linear(part):
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def gamma(part):
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def from_oklch(lightness, chroma, hue):
    a, b = (chroma * turn(math.radians(hue)) for turn in (math.cos, math.sin))
    light = lightness / 100
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    mixed = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return tuple(min(1.0, max(0.0, part)) for part in mixed)


def over(above, below):
    """As a browser mixes them: not in linear light."""
    mixed = (
        gamma(one) * above[3] + gamma(other) * (1 - above[3]) for one, other in zip(above[:3], below[:3], strict=True)
    )
    return (*map(linear, mixed), 1.0)


def luminance(rgb):
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("one", "other", "known"), [("#000", "#fff", 21), ("#777", "#fff", 4.48), ("#fff", "#fff", 1)])
def test_the_formula_gives_what_wcag_gives(one, other, known):
    assert contrast(colour(one), colour(other)) == pytest.approx(known, abs=0.005)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("theme", "found"), [("light", LIGHT), ("dark", DARK)])
def test_a_text_is_readable_on_each_ground(text, theme, found):
    paper = colour(found["paper"])
    for ground in (paper, over(colour(found["ground"]), paper)):
        assert contrast(colour(found[text]), ground) >= ENOUGH, f"--ls-{text} is too dim when {theme}"


def test_no_text_has_a_colour_that_is_not_checked():
    used = set(re.findall(r"(?<![-\w])color: var\(--ls-([a-z]+)\)", CSS))
    assert used <= set(TEXTS)
