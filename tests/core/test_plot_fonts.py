"""Korean names in plots."""

from __future__ import annotations

import warnings

import pytest

from dalt.core.plot_fonts import KOREAN, plot_fonts


def test_korean_letters_are_drawn_without_a_warning() -> None:
    fonts = plot_fonts()
    if not set(fonts) & set(KOREAN):
        pytest.skip("no Korean font here: scripts/ensure_fonts.sh installs one")
    import matplotlib.pyplot as plt

    with plt.rc_context({"font.family": fonts}), warnings.catch_warnings():
        warnings.simplefilter("error")  # "Glyph … missing from font", "findfont"
        figure, axes = plt.subplots()
        axes.set_title("고양이 cat")
        figure.canvas.draw()
        plt.close(figure)
