"""Fonts for plots, so that names of classes in Korean are letters and no boxes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

KOREAN = (
    "Noto Sans CJK KR", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic",
    "NanumBarunGothic", "UnDotum", "Baekmuk Dotum",
)  # fmt: skip
"""Families with Korean letters, of Linux, macOS and Windows."""
_FILES = (
    Path("/usr/share/fonts/truetype/nanum/NanumGothic.ttf"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
)
"""Fonts that may be newer than matplotlib's list of them."""


def plot_fonts() -> list[str]:
    """Name the fonts to draw with: matplotlib's own, then those with Korean letters, if any.

    matplotlib takes each letter from the first of them that has it: set
    ``plt.rcParams["font.family"] = plot_fonts()``.

    Examples
    --------
    >>> plot_fonts()[0]
    'DejaVu Sans'
    """
    return ["DejaVu Sans", *_installed()]


def _installed() -> Iterator[str]:
    from matplotlib import font_manager  # half a second, and only plots need it

    manager = font_manager.fontManager
    known = {font.fname for font in manager.ttflist}
    for file in _FILES:
        if file.is_file() and str(file) not in known:
            manager.addfont(str(file))
    families = {font.name for font in manager.ttflist}
    yield from (name for name in KOREAN if name in families)
