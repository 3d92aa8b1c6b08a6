"""Groups, colours and keys in project.toml, and what the page may change of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from comms import deliver
from waiting import until

import dalt
from dalt.core.records import BadSettings, ClassSpec
from dalt.core.settings import editing, project_file
from dalt.core.settings.classes import with_defaults
from dalt.core.settings.keys import SUGGESTIONS_FROM
from dalt.widgets import LabelPage

CLASSES: list[str | dict[str, str]] = [
    {"name": "robin", "group": "songbirds", "description": "Red breast."},
    {"name": "wren", "group": "songbirds"},
    {"name": "kite", "group": "raptors"},
    "none",
]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "birds.dalt", classes=CLASSES, seed=0) as project:
        rng = np.random.default_rng(0)
        project.add_images(rng.integers(0, 255, (12, 8, 8), dtype=np.uint8), progress=False)
        yield project


USUAL_PAGE = (
    f"[page]\nnew_classes = false\nremap_keys = true\nsuggestions_from = {SUGGESTIONS_FROM}"
)


def append(project: dalt.Project, text: str) -> None:
    """Write at the end of the file what a person would."""
    path = project.folder / "project.toml"
    written = path.read_text("utf-8").replace(USUAL_PAGE, "")
    path.write_text(written + text, "utf-8")


def label(project: dalt.Project, *names: str, annotator: str = "ben") -> list[str]:
    with project.session(annotator=annotator) as session:
        ids = []
        for name in names:
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, name)
            ids.append(assignment.sample.id)
        return ids


# --- project.toml -----------------------------------------------------------------------------


def test_groups_are_written_and_read_again(project: dalt.Project) -> None:
    assert [spec.group for spec in project_file.load(project.folder).classes] == [
        *("songbirds", "songbirds", "raptors", "")
    ]


def test_a_group_shares_a_hue_and_every_class_has_its_own_colour() -> None:
    specs = with_defaults(
        [ClassSpec(f"{g}{n}", group=f"g{g}") for g in range(10) for n in range(12)]
    )
    assert len({spec.colour for spec in specs}) == len(specs)
    hues = [{_hue(spec.colour) for spec in specs if spec.group == f"g{g}"} for g in range(3)]
    assert all(max(found) - min(found) < 0.03 for found in hues)


def _hue(colour: str) -> float:
    import colorsys

    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return colorsys.rgb_to_hls(red, green, blue)[0]


def test_without_groups_the_colours_differ_beyond_the_palette() -> None:
    specs = with_defaults([ClassSpec(str(n)) for n in range(40)])
    assert specs[0].colour == "#0072b2"
    assert len({spec.colour for spec in specs}) == 40


@pytest.mark.parametrize("colour", ["red", "#12", "#12345g", "url(x)", "#0072b2;"])
def test_a_colour_that_is_none_is_refused(colour: str) -> None:
    with pytest.raises(BadSettings, match="like #0072b2"):
        made([{"name": "a", "colour": colour}])


def made(classes: list[Any]) -> project_file.Settings:
    return project_file.new_settings(
        "p", classes, seed=0, guideline="", uniform_share=0, lease_seconds=1, strategy="cover"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[keys]\nskip = "u"\n', "for skip and for undo"),
        ('[keys]\nskip = "1"\n', "it is for skip"),
        ('[keys]\nskip = "Enter"\n', "'Enter' is for accept and for skip"),
        ('[keys]\nskip = "xy"\n', "one character in lower case"),
        ('[keys]\nskip = "+"\n', "for looking at the sample"),
        ("[keys]\nskip = 3\n", "one character in lower case"),
        ('[keys]\njump = "x"\n', "no action 'jump'"),
        ('[page]\nremap_keys = "yes"\n', "remap_keys is true or false"),
        ("[page]\nremap = true\n", "Did you mean 'remap_keys'"),
        ('[page]\nlanguage = "tlh"\n', r"language is one of auto, en, ko, not 'tlh'\."),
        ('[page]\nlanguage = ["ko"]\n', r"auto, en, ko, not \['ko'\]"),
    ],
)
def test_keys_that_make_no_sense_are_refused(project: dalt.Project, text: str, said: str) -> None:
    append(project, "\n" + text)
    with pytest.raises(BadSettings, match=said):
        project_file.load(project.folder)


def test_a_class_takes_the_key_of_an_action_that_has_a_button() -> None:
    keys = made([{"name": "hawk", "key": "h"}, {"name": "gull", "key": "g"}]).action_keys
    assert keys["history"] == keys["guideline"] == ""
    assert keys["search"] == "/"


def test_a_key_of_an_action_is_given_to_no_class_and_frees_its_old_one(
    project: dalt.Project,
) -> None:
    editing.change_key(project.folder, "x", action="skip")
    assert project_file.load(project.folder).action_keys["skip"] == "x"
    editing.change_key(project.folder, "s", class_name="robin")
    assert project_file.load(project.folder).classes[0].key == "s"
    with pytest.raises(BadSettings, match=r"'x' is taken: it is for 'skip'"):
        editing.change_key(project.folder, "x", class_name="wren")
    with pytest.raises(BadSettings, match=r"'s' is taken: it is for 'robin'"):
        editing.change_key(project.folder, "s", action="undo")
    with pytest.raises(dalt.UnknownClass):
        editing.change_key(project.folder, "y", class_name="emu")


def test_a_key_that_an_action_left_goes_to_a_class_only_when_somebody_says_so() -> None:
    many = [ClassSpec(f"c{i}") for i in range(60)]
    given = {spec.key for spec in with_defaults(many, {"skip": "x"})}
    assert "s" not in given and "x" not in given
    assert with_defaults([ClassSpec("c", key="s")], {"skip": "x"})[0].key == "s"


def test_a_class_that_is_added_keeps_its_former_names(project: dalt.Project) -> None:
    project.add_class({"name": "owl", "group": "raptors", "formerly": ["strix"]})
    settings = project_file.load(project.folder)
    assert settings.class_set.former == {"strix": "owl"}
    assert settings.classes[-1].group == "raptors"


def test_changing_a_key_keeps_comments_and_classes_that_are_only_names(tmp_path: Path) -> None:
    text = '# mine\nclasses = ["a", "b"] # two\n[project]\nid = "x"\n'
    (tmp_path / "project.toml").write_text(text, "utf-8")
    editing.change_key(tmp_path, "q", class_name="b")
    after = (tmp_path / "project.toml").read_text("utf-8")
    assert "# mine" in after
    assert "# two" in after
    assert [(spec.name, spec.key) for spec in project_file.load(tmp_path).classes] == [
        ("a", "1"),
        ("b", "q"),
    ]


# --- the session and the page -------------------------------------------------------------------


def test_examples_are_the_newest_of_anyone_each_once(project: dalt.Project) -> None:
    first = label(project, "robin", "wren", "robin", annotator="ben")
    second = label(project, "robin", annotator="cat")
    session = project.session(annotator="ana")
    assert [sample.id for sample, _ in session.examples("robin")] == [second[0], first[2], first[0]]
    assert [sample.id for sample, _ in session.examples("robin", 1)] == second
    project.rename_class("robin", "European robin")
    assert len(session.examples("European robin")) == 3
    with pytest.raises(dalt.UnknownClass):
        session.examples("robin")


def test_examples_of_several_classes_are_those_that_hold_the_class(tmp_path: Path) -> None:
    classes = ['a "b"', "b", "100%"]
    with dalt.Project.create(tmp_path / "p.dalt", classes=classes, multi_label=True) as project:
        project.add_texts(["one", "two", "three"], progress=False)
        with project.session(annotator="ana") as session:
            ids = []
            for answer in (['a "b"', "100%"], ["b"], []):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, answer)
                ids.append(assignment.sample.id)
            for name, n in (('a "b"', 0), ("b", 1), ("100%", 0)):
                assert [sample.id for sample, _ in session.examples(name)] == [ids[n]]


class Page:
    """The kernel's side of a page; what it says is kept instead of sent."""

    def __init__(self, project: dalt.Project, **options: Any) -> None:
        self.said: list[dict[str, Any]] = []
        self.widget = LabelPage(project.session(annotator="ana"), **options)
        self.ask("ready", page="p")

    def ask(self, type: str, **content: Any) -> list[dict[str, Any]]:
        self.said.clear()
        asking = threading.current_thread()

        def keep(content: dict[str, Any], buffers: object = None) -> None:
            if threading.current_thread() is asking:  # and no news from another one
                self.said.append(content)

        with patch.object(self.widget, "send", keep):
            deliver(self.widget.comm, {"type": type, **content})
        return list(self.said)


def test_the_page_shows_examples_of_a_class(project: dalt.Project) -> None:
    label(project, "robin", "wren")
    said = Page(project).ask("examples", **{"class": "robin"})
    assert [each["type"] for each in said] == ["examples"]
    assert [each["kind"] for each in said[0]["examples"]] == ["image"]


def test_the_page_changes_keys_and_is_told_why_not(project: dalt.Project) -> None:
    page = Page(project)
    said = page.ask("change_key", key="x", action="skip")
    assert [each["type"] for each in said] == ["setup", "key_changed"]
    assert said[0]["keys"]["skip"] == "x"
    said = page.ask("change_key", key="x", **{"class": "robin"})
    assert said == [{"type": "key_refused", "message": "The key 'x' is taken: it is for 'skip'."}]
    append(project, "\n[page]\nremap_keys = false\n")
    said = page.ask("change_key", key="y", action="skip")
    assert "remap_keys = true" in said[0]["message"]
    assert project_file.load(project.folder).action_keys["skip"] == "x"


def test_the_page_adds_a_class_only_where_the_project_allows_it(project: dalt.Project) -> None:
    page = Page(project)
    said = page.ask("add_class", name="owl")
    assert "new_classes = true" in said[0]["message"]
    assert "owl" not in project_file.load(project.folder).class_names
    append(project, "\n[page]\nnew_classes = true\n")
    said = page.ask("add_class", name="owl")
    assert [each["type"] for each in said] == ["setup", "class_added"]
    assert said[0]["classes"][-1]["name"] == "owl"
    assert [each["type"] for each in page.ask("add_class", name="owl")] == ["class_refused"]


def test_the_page_speaks_as_the_project_says_unless_the_notebook_says_otherwise(
    project: dalt.Project,
) -> None:
    def spoken(**options: Any) -> str:
        [setup] = [
            each for each in Page(project, **options).ask("ready") if each["type"] == "setup"
        ]
        return str(setup["language"])

    assert spoken() == "auto"
    append(project, '\n[page]\nlanguage = "ko"\n')
    assert spoken() == "ko"
    assert (spoken(language="en"), spoken(language="auto")) == ("en", "auto")


def test_a_page_is_told_that_the_language_changed(project: dalt.Project) -> None:
    page = Page(project)
    append(project, '\n[page]\nlanguage = "en"\n')
    with patch.object(page.widget, "send", lambda content, buffers=None: page.said.append(content)):
        deliver(page.widget.comm, {"type": "heartbeat"})
        until(lambda: "en" in [each.get("language") for each in page.said])


# --- names ------------------------------------------------------------------------------------

UNFIT = {
    "NUL": "a\0b",
    "a line break": "a\nb",
    "a carriage return": "a\rb",
    "a line separator": "a\u2028b",
    "a tab": "a\tb",
    "an escape": "\x1b[31mred",
    "nothing to see": "\u200b",
    "half a character": "half \ud800",
    "10,000 characters": "x" * 10_000,
}


@pytest.mark.parametrize("name", UNFIT.values(), ids=list(UNFIT))
def test_a_name_that_fits_no_line_is_refused_wherever_it_comes_from(
    project: dalt.Project, tmp_path: Path, name: str
) -> None:
    before = (project.folder / "project.toml").read_text()
    with pytest.raises(BadSettings) as said:
        dalt.Project.create(tmp_path / "new.dalt", classes=[name, "dog"])
    assert not (tmp_path / "new.dalt").exists()
    refused = (
        lambda: project.add_class(name),
        lambda: project.rename_class("wren", name),
        lambda: project.change_class("wren", name=name),
        lambda: project.change_class("wren", group=name),
        lambda: project.session("ana").add_class(name),
    )
    for change in refused:
        with pytest.raises(dalt.DaltError):
            change()
    assert "\n" not in str(said.value) and len(str(said.value)) < 200
    assert (project.folder / "project.toml").read_text() == before


def test_joined_characters_and_marks_of_other_scripts_are_visible(tmp_path: Path) -> None:
    names = ["👩‍👩‍👧", "می‌خواهم", "e\u0301", "고양이", "a\u00a0b"]
    with dalt.Project.create(tmp_path / "new.dalt", classes=names) as made:
        assert [spec.name for spec in made.classes] == names


def test_a_name_of_former_times_stays(project: dalt.Project) -> None:
    path = project.folder / "project.toml"
    path.write_text(path.read_text().replace('name = "wren"', 'name = "wr\\nen"'))
    project.change_class("wr\nen", description="It is small.")
    assert project.rename_class("wr\nen", "wren").name == "wren"


def test_thousands_of_classes_are_read_without_their_comments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dalt.Project.create(tmp_path / "many.dalt", classes=[f"class {i}" for i in range(300)]).close()
    monkeypatch.setattr(project_file, "tomlkit", None)  # ten times as slow: nobody needs it here
    with dalt.Project.open(tmp_path / "many.dalt") as many:
        assert len(many.classes) == 300


LOOK_ALIKE = [
    ("caf\u00e9", "cafe\u0301"),  # a letter with its accent, as one character and as two
    ("cat", "c\u200bat"),
    ("cat", "cat\u3164"),
    ("\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKE)
def test_two_classes_that_look_the_same_are_refused(tmp_path: Path, one: str, other: str) -> None:
    with pytest.raises(BadSettings, match="look the same"):
        dalt.Project.create(tmp_path / "t.dalt", classes=[one, other])
    with dalt.Project.create(tmp_path / "t.dalt", classes=[one, "dog"]) as project:
        with pytest.raises(BadSettings, match="look the same"):
            project.add_class(other)
        with pytest.raises(BadSettings, match="look the same"):
            project.change_class("dog", name=other)
        project.change_class(one, name=other)  # of itself
        assert project.settings.class_names == (other, "dog")


def test_a_project_with_classes_that_look_the_same_still_opens(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["cat", "dog"]) as project:
        path = project.folder / "project.toml"
        path.write_text(path.read_text("utf-8").replace("dog", "c\u200bat"), "utf-8")
    with dalt.Project.open(tmp_path / "t.dalt") as project:
        project.add_class("bird")


@pytest.mark.parametrize("name", ["\u202eabc", "a\u2067b", "\u3164", "\u2800 \u2800"])
def test_a_name_that_shows_nothing_or_turns_what_follows_is_refused(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(BadSettings, match="visible characters"):
        dalt.Project.create(tmp_path / "t.dalt", classes=[name, "b"])


def test_names_that_differ_in_case_or_joiners_alone_are_classes(tmp_path: Path) -> None:
    names = ["a", "A", "\u00df", "SS", "\U0001f469\u200d\U0001f467", "\U0001f469", "\u05d0"]
    with dalt.Project.create(tmp_path / "t.dalt", classes=names) as project:
        assert list(project.settings.class_names) == names


ODD = 'a "quoted" \\ name \U0001f431 한글 [x] = #'


def test_any_name_and_description_is_written_and_read_again(tmp_path: Path) -> None:
    said = {"name": ODD, "description": 'two\nlines, a tab \t, """ and \x7f \u2028', "group": "g'"}
    with dalt.Project.create(tmp_path / "t.dalt", classes=[said, "b"]) as project:
        project.add_class({**said, "name": ODD + "2", "formerly": ["x", 'y"']})
        expected = project.settings.classes
    with dalt.Project.open(tmp_path / "t.dalt") as project:
        assert project.settings.classes == expected
        assert expected[0].description == said["description"]
        assert expected[2].formerly == ("x", 'y"')


def test_a_class_is_added_to_a_list_in_brackets_as_well(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["cat", "dog"]) as project:
        path = project.folder / "project.toml"
        head = path.read_text("utf-8").partition("[[classes]]")[0]
        # In a guideline that has such a line, too.
        head = head.replace('guideline = ""', 'guideline = """\n[[classes]]\n"""')
        path.write_text('classes = ["cat", "dog"]\n' + head, "utf-8")
        project.add_class("bird")
        assert list(project.settings.class_names) == ["cat", "dog", "bird"]
        assert project.settings.guideline == "[[classes]]\n"
        assert path.read_text("utf-8").startswith('classes = ["cat", "dog", {')


def test_the_last_line_of_a_file_may_lack_its_end_or_be_a_comment(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["cat", "dog"]) as project:
        path = project.folder / "project.toml"
        path.write_text(path.read_text("utf-8") + "# mine", "utf-8")
        project.add_class("bird")
        assert '# mine\n\n[[classes]]\nname = "bird"' in path.read_text("utf-8")


def test_thousands_of_classes_are_made_and_one_is_added_without_a_wait(tmp_path: Path) -> None:
    """Written as tables with comments, 2,000 of them took a second each time."""
    names = [f"class {number}" for number in range(2_000)]
    with (
        patch("tomlkit.item", side_effect=AssertionError("slow")),
        patch("tomlkit.parse", side_effect=AssertionError("slow")),
        dalt.Project.create(tmp_path / "t.dalt", classes=names) as project,
    ):
        project.add_class("one more")
        assert project.settings.class_names[-2:] == ("class 1999", "one more")
