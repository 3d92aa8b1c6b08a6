"""A setting is declared once; reading, checking, writing, `create` and the docs follow from it."""

from __future__ import annotations

import inspect
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import numpy as np
import pytest
from msgspec import Meta

import dalt
from dalt.core.records import BadSettings, ClassSpec, Task
from dalt.core.settings.blind import BlindSettings
from dalt.core.settings.declaration import (
    Setting,
    Share,
    Table,
    parts_of,
    setting,
    settings_of,
    tables_of,
)
from dalt.core.settings.keys import ACTIONS, SUGGESTIONS_FROM
from dalt.core.settings.project_file import FILE, load, new_settings, save
from dalt.core.settings.settings import Settings, usual_settings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "settings.md"
WRITTEN = runpy.run_path(str(ROOT / "scripts" / "settings.py"))["written"]

DECLARED = [each for declared in tables_of(Settings).values() for each in declared]
GIVEN = [each for each in DECLARED if not each.made]
"""Those that people choose; the others are made by DALT."""

OTHER: Mapping[str, Any] = {
    "seed": 7,
    "guideline": "Two\nlines.",
    "uniform_share": 0.5,
    "lease_seconds": 60,
    "strategy": "margin",
    "multi_label": True,
    "task": "boxes",
    "annotations_per_sample": 3,
    "gold_share": 0,
    "new_classes": True,
    "remap_keys": False,
    "language": "ko",
    "max_pixels": 1_000_000,
    "cache_megabytes": 7,
    "annotators": ("ana", "ben"),
    "show": ("author", "year"),
    "share": 0.25,
    "suggestions_from": 7,
    "auto": False,
    "engine": "autopytorch",
    "budget": 5,
}
"""A value that is not the default."""


def name_of(each: Setting) -> str:
    return f"{each.table}.{each.name}"


every = pytest.mark.parametrize("declared", GIVEN, ids=name_of)


def nested(each: Setting, value: object) -> dict[str, Any]:
    """As an argument: those of [project] and [labeling] by their name, others in their table."""
    return (
        {each.table: {each.name: value}} if each.table in parts_of(Settings) else {each.name: value}
    )


def held(settings: Settings, each: Setting) -> object:
    return getattr(getattr(settings, each.table, settings), each.name)


def minimal(folder: Path, text: str = "") -> Path:
    """A file that has only what it needs, and what a test adds."""
    body = text if "[project]" in text else f"[project]\nid = 'x'\n{text}"
    (folder / FILE).write_text(f"classes = ['a']\n{body}", "utf-8")
    return folder


# --- every declared setting -----------------------------------------------------------------


@every
def test_its_default_holds_where_the_file_does_not_name_it(
    declared: Setting, tmp_path: Path
) -> None:
    assert held(load(minimal(tmp_path)), declared) == declared.default != OTHER[declared.name]


@every
def test_it_is_made_written_and_read_again(declared: Setting, tmp_path: Path) -> None:
    value = OTHER[declared.name]
    made = new_settings("p", ["a"], nested(declared, value))
    save(made, tmp_path)
    assert held(made, declared) == held(load(tmp_path), declared) == value
    assert load(tmp_path) == made
    table = re.split(r"\n(?=\[)", (tmp_path / FILE).read_text("utf-8"))
    [own] = [part for part in table if part.startswith(f"[{declared.table}]")]
    assert f"\n{declared.name} = " in own


@every
@pytest.mark.parametrize("wrong", [None, "half \ud800", float("nan"), {"a": 1}, object()])
def test_it_refuses_what_it_is_not(declared: Setting, wrong: object) -> None:
    with pytest.raises(BadSettings) as refused:
        new_settings("p", ["a"], nested(declared, wrong))
    said = str(refused.value)
    assert re.match(rf"(\[{declared.table}\] )?{declared.name} is ", said)
    assert "\n" not in said and "$" not in said and "Expected" not in said


@every
def test_a_file_with_a_wrong_value_is_named(declared: Setting, tmp_path: Path) -> None:
    name = declared.name
    minimal(
        tmp_path,
        f"[{declared.table}]\n{name} = 2020-01-01\n" + "id = 'x'\n" * (declared.table == "project"),
    )
    with pytest.raises(BadSettings) as refused:
        load(tmp_path)
    where = f"[{declared.table}] " if declared.table in parts_of(Settings) else ""
    assert str(refused.value) == f"{tmp_path / FILE}: {where}{name} is {declared.what}, not a date."


@every
def test_a_misspelt_name_is_refused_with_the_right_one(declared: Setting, tmp_path: Path) -> None:
    minimal(tmp_path, f"[{declared.table}]\n{declared.name}_ = 1\n")
    with pytest.raises(BadSettings, match=rf"'{declared.name}_'\. Did you mean '{declared.name}'"):
        load(tmp_path)


@every
def test_bounds_are_held(declared: Setting) -> None:
    info = msgspec.inspect.type_info(declared.type)
    bounds = getattr(info, "type", info)
    for end, step in (("ge", -1), ("le", 1), ("gt", 0), ("lt", 0)):
        bound = getattr(bounds, end, None)
        if bound is not None:
            with pytest.raises(BadSettings, match=re.escape(declared.what)):
                new_settings("p", ["a"], nested(declared, bound + step))
            if step:
                assert held(new_settings("p", ["a"], nested(declared, bound)), declared) == bound


@pytest.mark.parametrize("declared", DECLARED, ids=name_of)
def test_it_is_documented(declared: Setting) -> None:
    table = PAGE.read_text("utf-8").partition(f"<!-- settings: {declared.table} -->")[2]
    row = f"| `{declared.name}` | {declared.what} | "
    assert row in table.partition("<!-- end -->")[0]
    assert declared.description in table and declared.description.endswith(".")


def test_the_page_of_settings_is_up_to_date() -> None:
    text = PAGE.read_text("utf-8")
    assert WRITTEN(text) == text, "run `make settings`"
    assert all(f"| `{action}` | `{key}` |" in text for action, key in ACTIONS.items())
    assert all(f"| `{each.name}` |" in text for each in fields(ClassSpec))


# --- Project.create -------------------------------------------------------------------------


def test_arguments_of_create_are_as_they_are_declared() -> None:
    declared = {each.name: each for each in GIVEN}
    found = inspect.signature(dalt.Project.create).parameters.values()
    own = [each for each in found if each.name in declared]
    assert len(own) == 8
    for each in own:
        kind = get_args(declared[each.name].type)[0]
        assert each.default == declared[each.name].default
        assert each.annotation == ("Task" if kind == Task else kind.__name__)
        assert f"\n        {each.name} : " in str(dalt.Project.create.__doc__)


def test_create_takes_every_setting(tmp_path: Path) -> None:
    given = {
        "gold_share": 0.5,
        "page": {"language": "ko", "new_classes": np.bool_(True)},
        "data": {"max_pixels": 1_000},
        "blind": BlindSettings(share=0.5),
        "tune": {"budget": np.float32(2)},
        "keys": {"skip": "x"},
    }
    own = inspect.signature(dalt.Project.create).parameters
    assert given.keys() | own.keys() >= usual_settings().keys()
    with dalt.Project.create(
        tmp_path / "p.dalt", classes=[{"name": "swan", "key": "s"}], settings=given
    ) as project:
        made = project.settings
    assert made == load(tmp_path / "p.dalt")
    assert (made.gold_share, made.page.language, made.page.new_classes) == (0.5, "ko", True)
    assert (made.blind.share, made.tune.budget, made.keys) == (0.5, 2.0, {"skip": "x"})
    assert "new_classes = true" in (tmp_path / "p.dalt" / FILE).read_text("utf-8")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (7, "settings maps names to values, as {'gold_share': 0.1}, not 7."),
        ({"sed": 1}, "settings has an unknown setting 'sed'. Did you mean 'seed'?"),
        ({3: 1}, "settings has an unknown setting 3."),
        ({"seed": 3}, "seed is an argument of its own; leave it out of settings."),
        ({"classes": ["b"]}, "classes is an argument of its own; leave it out of settings."),
        ({"database": "sqlite"}, "DALT sets database itself; leave it out of settings."),
        ({"page": "ko"}, "page is a table of settings, not 'ko'."),
        ({"page": {"lang": 1}}, "[page] has an unknown setting 'lang'. Did you mean 'language'?"),
        ({"blind": {"annotators": "ana"}}, "[blind] annotators is a list of names, not 'ana'."),
        ({"blind": {"annotators": ["\ud800"]}}, "[blind] annotators is valid Unicode, without half "
         "a character: ['\\ud800']."),
        ({"keys": ["x"]}, "keys maps actions to keys, as {'skip': 'x'}, not ['x']."),
        ({"keys": {"skip": "u"}}, "The key 'u' is for skip and for undo; choose another."),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_make_no_project(tmp_path: Path, given: Any, said: str) -> None:
    with pytest.raises(BadSettings) as refused:
        dalt.Project.create(tmp_path / "p.dalt", classes=["a"], settings=given)
    assert str(refused.value) == said
    assert not (tmp_path / "p.dalt").exists()


def test_a_project_that_is_there_keeps_its_own(tmp_path: Path) -> None:
    def create(**settings: Any) -> Settings:
        with dalt.Project.create(
            tmp_path / "p.dalt", classes=["a"], settings=settings, exist_ok=True
        ) as project:
            return project.settings

    made = create(gold_share=0.5, page={"language": "ko"})
    assert create() == create(gold_share=0.5) == made  # no warning: pytest would raise it
    with pytest.warns(UserWarning, match="keeps its own gold_share, page, keys; change"):
        assert create(gold_share=0.6, page={"language": "en"}, keys={"skip": "x"}) == made


# --- one place ------------------------------------------------------------------------------

LINE = '    patience: Annotated[Seconds, labeling("How long a page waits.", shown=True)] = 5.0\n'
TRIED = """
import json, runpy, sys
from pathlib import Path
import dalt
from dalt.core.settings.project_file import load
said = {"from": dalt.__file__}
with dalt.Project.create("p.dalt", classes=["a"], settings={"patience": 7}) as project:
    said["made"] = project.settings.patience
path = Path("p.dalt/project.toml")
text = path.read_text()
said["written"] = "patience = 7\\n" in text
said["read"] = load(Path("p.dalt")).patience
path.write_text(text.replace("patience = 7\\n", ""))
said["default"] = load(Path("p.dalt")).patience
for wrong in ("patience = 0", "patienc = 1"):
    path.write_text(text.replace("patience = 7", wrong))
    try:
        load(Path("p.dalt"))
    except dalt.BadSettings as error:
        said[wrong] = str(error)
said["page"] = runpy.run_path(sys.argv[1])["tables"]()["labeling"]
print(json.dumps(said))
"""


def test_one_line_adds_a_setting_everywhere(tmp_path: Path) -> None:
    for path in (ROOT / "dalt").rglob("*.py"):
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    source = tmp_path / "dalt" / "core" / "settings" / "settings.py"
    before, mark, after = source.read_text("utf-8").partition("    classes: tuple[ClassSpec, ...]")
    source.write_text(before + LINE + mark + after, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", TRIED, str(ROOT / "scripts" / "settings.py")],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert Path(said["from"]).parents[1] == tmp_path
    assert (said["made"], said["written"], said["read"], said["default"]) == (7, True, 7, 5.0)
    what = "a number of seconds above 0 and at most 1,000,000,000"
    assert said["patience = 0"].endswith(f"project.toml: patience is {what}, not 0.")
    assert said["patienc = 1"].endswith("setting 'patienc'. Did you mean 'patience'?")
    assert f"| `patience` | {what} | `5.0` | How long a page waits. |" in said["page"]


# --- the declaration ------------------------------------------------------------------------


class Loop(Table, frozen=True, kw_only=True):
    """A table of a test."""

    TABLE = "loop"

    times: Annotated[int, setting("How often.")]
    part: Annotated[Share, setting("How much.")] = 0.5
    least: Annotated[float, Meta(ge=-1.5), setting("From there.")] = 0.0
    most: Annotated[float, Meta(lt=10), setting("Up to there.")] = 0.0
    names: Annotated[tuple[str, ...], setting("Who.")] = ()


def test_what_a_value_has_to_be_is_said_by_its_type() -> None:
    assert {each.name: each.what for each in settings_of(Loop)} == {
        "times": "a whole number",
        "part": "a share from 0 to 1",
        "least": "a number of at least -1.5",
        "most": "a number below 10",
        "names": "a list",
    }


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"times": np.int8(3)}, 3),
        ({"times": 3, "part": np.float32(0.25)}, 0.25),
        ({"times": 3, "part": 1}, 1),
        ({"times": 3, "names": [np.str_("ana")]}, ("ana",)),
    ],
)
def test_numbers_of_numpy_become_pythons_own(given: dict[str, Any], kept: Any) -> None:
    value = getattr(Loop(**given), [*given][-1])
    assert value == kept and type(value) is type(kept)


@pytest.mark.parametrize(
    "wrong", [True, "1", 1.0, float("inf"), None, [1], np.array(5), np.bool_(True), 1j]
)
def test_what_is_no_whole_number_is_refused(wrong: Any) -> None:
    with pytest.raises(BadSettings, match=r"^\[loop\] times is a whole number, not "):
        Loop(times=wrong)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -float("inf"), 10**400, True])
def test_what_is_no_finite_number_is_refused(wrong: Any) -> None:
    with pytest.raises(BadSettings, match=r"^\[loop\] least is a number of at least -1\.5, not "):
        Loop(times=1, least=wrong)


def test_settings_are_values() -> None:
    one, same = Loop(times=1), Loop(times=1)
    assert one == same and one != Loop(times=2)
    with pytest.raises(AttributeError):
        one.times = 2  # type: ignore[misc]
    assert {BlindSettings(): 1}[BlindSettings()] == 1


# --- the file -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project]\nformat = 2\nid = 'x'\nfuture = 1\n", "was written by a newer DALT. Upgrade"),
        (
            "[project]\nformat = true\nid = 'x'\n",
            "format is a whole number of at least 1, not ",
        ),
        ("[project]\nname = 'x'\n", "lacks the setting project.id."),
        ("[[tune]]\nauto = true\n", "[tune] must be a table."),
        ("[blind]\ngold_share = 1\n", "unknown setting 'gold_share'. It belongs in [labeling]."),
        ("[project]\nid = 'x'\nmulti_label = true\n", "It belongs in [labeling]."),
        ("[labelling]\n", "unknown setting 'labelling'. Did you mean 'labeling'?"),
        ("[blind]\nannotators = 3\n", "[blind] annotators is a list of names, not 3."),
        ("[blind]\nannotators = {a = 1}\n", "annotators is a list of names, not {'a': 1}."),
        ("[tune]\nbudget = inf\n", "above 0 and at most 1,000,000,000, not inf."),
        ("[labeling]\ngold_share = 1e400\n", "gold_share is a share from 0 to 1, not inf."),
        (f"[labeling]\nuniform_share = 1{'0' * 400}\n", "not 1000000000… (401 digits)."),
        ("id = 'y'\n", 'is not valid TOML: Key "id" already exists.'),
    ],
)
def test_a_file_that_makes_no_sense(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load(minimal(tmp_path, text))
    assert str(refused.value).startswith(str(tmp_path / FILE)) and said in str(refused.value)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    minimal(tmp_path)
    path = tmp_path / FILE
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load(tmp_path).id == "x"


def test_new_projects_have_what_former_ones_do_not(tmp_path: Path) -> None:
    """Pages of a project that was made before hide nothing, unless its owner says so."""
    made = new_settings("p", ["a"])
    assert (made.blind.share, made.page.suggestions_from) == (0.05, SUGGESTIONS_FROM)
    former = load(minimal(tmp_path))
    assert (former.blind.share, former.page.suggestions_from) == (0.0, 0)
    other = new_settings("p", ["a"], {"blind": {"annotators": ["ana"]}})
    assert (other.blind.share, other.blind.annotators) == (0.05, ("ana",))
    assert new_settings("p", ["a"], {"blind": {"share": 0}}).blind.share == 0


def test_a_new_file_is_as_it_always_was(tmp_path: Path) -> None:
    made = new_settings(
        "pets",
        [{"name": "cat", "group": "small", "formerly": ["kitten"]}, "dog"],
        {"uniform_share": 0, "lease_seconds": 300, "guideline": 'A "cat"\nor a dog.'},
    )
    save(made, tmp_path)
    assert (tmp_path / FILE).read_text("utf-8") == FORMER.replace("ID", made.id)


FORMER = '''# A DALT project. Edit classes, keys and guideline at will.

[project]
format = 1
id = "ID"
name = "pets"
seed = 0
guideline = """A "cat"
or a dog."""

[labeling]
uniform_share = 0
lease_seconds = 300
strategy = "cover"
multi_label = false
task = "classes"
annotations_per_sample = 1

[page]
new_classes = false
remap_keys = true
suggestions_from = 10

[blind]
share = 0.05

[[classes]]
name = "cat"
key = "1"
colour = "#0072b2"
description = ""
group = "small"
formerly = ["kitten"]

[[classes]]
name = "dog"
key = "2"
colour = "#e6b857"
description = ""
'''
"""As DALT 0.1.0 wrote it, and what only new projects have."""
