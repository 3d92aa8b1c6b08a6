"""Write the tables of docs/settings.md from the declared settings of a project.

python scripts/settings.py               into docs/settings.md
python scripts/settings.py --out FILE    elsewhere
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import tomlkit

from dalt.core.settings.declaration import Setting, tables_of
from dalt.core.settings.keys import ACTIONS, YIELDING
from dalt.core.settings.settings import Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
PLACE = re.compile(r"(<!-- settings: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""The place of a table in the page; people write the text around it."""


def written(text: str) -> str:
    """The page with its tables up to date."""
    found = tables()
    return PLACE.sub(lambda place: f"{place[1]}\n{found[place[2]]}\n{place[3]}", text)


def tables() -> dict[str, str]:
    """The tables by their names in project.toml."""
    rows = {name: map(_row, declared) for name, declared in tables_of(Settings).items()}
    made = {
        name: _table(("Setting", "Is", "Default", "Meaning"), found) for name, found in rows.items()
    }
    return made | {"keys": _table(("Action", "Key", "A class may take the key"), _actions())}


def _row(each: Setting) -> tuple[str, ...]:
    default = "–" if each.required else f"`{_toml(each.default)}`"
    if each.fresh is not None:
        default = f"`{_toml(each.fresh)}` in new projects, else {default}"
    return f"`{each.name}`", each.what, default, each.description


def _toml(value: object) -> str:
    return tomlkit.item(list(value) if isinstance(value, tuple) else value).as_string()


def _actions() -> Iterable[tuple[str, ...]]:
    for action, key in ACTIONS.items():
        yield f"`{action}`", f"`{key}`", "yes" if action in YIELDING else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.parse_args().out.write_text(written(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
