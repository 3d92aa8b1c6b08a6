"""Modules go on to be found by the names that scripts and notebooks may have imported them by."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import dalt
from dalt._moved import MOVED, new_name

PUBLISHED = {
    "dalt.encoders.module": "TorchEncoder",
    "dalt.formats": "read_labels",
    "dalt.frames": "ranked_frame",
    "dalt.heads": "default_head as_head",
    "dalt.heads.tuned": "head_of",
    "dalt.demo": "demo_data",
    "dalt.quality": "label_quality disagreements wilson",
    "dalt.records": "Encoder Region Suggestion ClassSpec Label BadInput VerifyPage LeftOut",
    "dalt.serve": "serve running Limits",
    "dalt.session": "Session",
    "dalt.settings": "Settings load save SHAPES",
    "dalt.sources": "SampleFiles",
    "dalt.store": "Store",
    "dalt.strategies": "margin entropy cover by_name Situation Strategy",
    "dalt.trainer": "Trainer",
    "dalt.tuners.builtin": "OptunaTuner",
    "dalt.tuning": "Tuner",
}
STAYED = {
    "dalt.api": "serve",
    "dalt.cli": "main build_parser",
    "dalt.features": "EmbeddingCache UnreadableSamples encoder_for load_encoder",
    "dalt.model": "Head Pool Snapshot Fitted Interrupted check_labels",
    "dalt.project": "Project",
    "dalt.widgets": "LabelPage AdjudicationPage Notice",
}


@pytest.fixture
def fresh() -> Iterator[None]:
    """Former names are imported anew, as in a process of their own."""
    known = {name: module for name, module in sys.modules.items() if new_name(name)}
    for name in known:
        del sys.modules[name]
    yield
    sys.modules.update(known)


@pytest.mark.parametrize("former", MOVED)
@pytest.mark.usefixtures("fresh")
def test_a_former_name_gives_the_very_module_and_says_where_it_is(former: str) -> None:
    with pytest.warns(DeprecationWarning) as said:
        found = importlib.import_module(former)
    assert f"{former} is now {MOVED[former]}." in [str(each.message) for each in said]
    assert found is importlib.import_module(MOVED[former])
    assert found.__spec__ is not None
    assert found.__name__ == found.__spec__.name == MOVED[former]


@pytest.mark.parametrize(("module", "names"), [*PUBLISHED.items(), *STAYED.items()])
def test_published_names_are_there(module: str, names: str) -> None:
    with warnings.catch_warnings(action="ignore"):
        found = importlib.import_module(module)
    assert [name for name in names.split() if not hasattr(found, name)] == []


@pytest.mark.usefixtures("fresh")
def test_what_lies_in_a_former_package_is_not_run_a_second_time() -> None:
    with pytest.warns(DeprecationWarning):
        import dalt.encoders.linear as former
    import dalt.learning.encoders.linear as present

    assert former is present


def test_a_module_that_was_not_imported_is_found_as_an_attribute() -> None:
    script = """
import dalt

def error():
    return dalt.records.BadInput

assert error() is dalt.BadInput
"""
    command = [sys.executable, "-W", "always::DeprecationWarning", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == "<string>:5: DeprecationWarning: dalt.records is now dalt.core.records.\n"


def test_the_warning_points_to_the_line_that_imports(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import dalt\n\n\nfrom dalt.heads.blend import BlendHead\n")
    command = [sys.executable, "-W", "always::DeprecationWarning", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [line for line in done.stderr.splitlines() if "DeprecationWarning" in line]
    assert lines == [
        f"{script}:4: DeprecationWarning: dalt.heads is now dalt.learning.heads.",
        f"{script}:4: DeprecationWarning: dalt.heads.blend is now dalt.learning.heads.blend.",
    ]


@pytest.mark.parametrize("name", ["dalt.nowhere", "dalt.heads.nowhere", "dalt.encoders.nowhere"])
def test_what_never_was_is_not_found(name: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=f"No module named '{name}'"):
        importlib.import_module(name)


def test_no_former_name_is_one_that_is_taken() -> None:
    package = Path(dalt.__file__).parent
    for former in MOVED:
        path = package.joinpath(*former.split(".")[1:])
        assert not path.with_suffix(".py").exists() and not (path / "__init__.py").exists()
