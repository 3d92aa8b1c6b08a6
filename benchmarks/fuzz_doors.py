"""The ten doors that the fuzzers knock at; here are those that files go through."""

from __future__ import annotations

import io
import itertools
import shutil
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from fuzz_calls import Classes, Keys, Messages, Requests, Verbs
from fuzz_inputs import (
    changed,
    damaged,
    damaged_file,
    file_tree,
    harmless,
    json_values,
    texts,
    values,
    write_tree,
)
from fuzz_target import Target, assigned, two_classes
from hypothesis import strategies as st
from PIL import Image

import dalt
from dalt.cli import main as command
from dalt.core.errors import DaltError
from dalt.core.records import Region
from dalt.data.formats import FORMATS
from dalt.model import load_estimator

PICTURES = {
    "png": {}, "jpeg": {}, "gif": {}, "bmp": {}, "tiff": {"compression": "tiff_lzw"}, "webp": {},
    "ppm": {},
}  # fmt: skip


def picture_files() -> dict[str, bytes]:
    """A small picture in each kind of file that Pillow writes."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    made = {}
    for kind, options in PICTURES.items():
        data = io.BytesIO()
        Image.fromarray(pixels).save(data, kind, **options)
        made[kind] = data.getvalue()
    return made


def sound_file() -> bytes:
    """A tenth of a second of noise as a WAV file."""
    import soundfile

    noise = np.random.default_rng(0).standard_normal(800) / 4
    data = io.BytesIO()
    soundfile.write(data, noise, 8_000, format="WAV")
    return data.getvalue()


def run_command(words: list[str]) -> None:
    """Run a command of `dalt`; one that is refused raises as the library does."""
    if command(words):
        raise DaltError("the command was refused")


class Sources(Target):
    """Raw data: files of each kind, arrays, texts, tables and lists."""

    def begin(self) -> None:
        self._numbers = itertools.count()
        self._files = picture_files() | {"wav": sound_file(), "txt": b"one\ntwo\n"}
        frame = pd.DataFrame({"text": ["a", "b"], "n": [1, 2]})
        sheet = io.BytesIO()
        frame.to_excel(sheet, index=False)
        self._files |= {
            "csv": frame.to_csv(index=False).encode(),
            "jsonl": frame.to_json(orient="records", lines=True).encode(),
            "parquet": frame.to_parquet(index=False),
            "xlsx": sheet.getvalue(),
        }
        self._projects = {
            kind: self.keep(two_classes(self.folder / f"{kind}.dalt"))
            for kind in ("images", "audio", "texts", "table")
        }

    def inputs(self) -> st.SearchStrategy[Any]:
        files = st.sampled_from(sorted(self._files)).flatmap(
            lambda kind: st.tuples(st.just("file"), st.just(kind), damaged(self._files[kind]))
        )
        rows = st.lists(st.dictionaries(texts, json_values, max_size=3), max_size=4)
        kinds = st.sampled_from(("images", "audio", "texts", "table"))
        given = st.one_of(values, st.lists(values, max_size=4), rows)
        more = st.dictionaries(st.sampled_from(("column", "columns", "pages")), values, max_size=1)
        return st.one_of(files, st.tuples(kinds, given, more))

    def run(self, value: Any) -> None:
        if value[0] != "file":
            kind, given, more = value
            getattr(self._projects[kind], f"add_{kind}")(harmless(given), progress=False, **more)
            return
        _, kind, data = value
        path = self.folder / f"{next(self._numbers)}.{kind}"
        path.write_bytes(data)
        if kind in PICTURES:
            self._projects["images"].add_images(path, progress=False, pages=True)
        elif kind == "wav":
            self._projects["audio"].add_audio(path, progress=False)
        else:
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                option = ["--text", "text"] if kind in ("csv", "jsonl") else ["--columns", "text,n"]
                name = "texts" if kind in ("csv", "jsonl") else "table"
                folder = str(self._projects[name].folder)
                run_command(["add", folder, "--csv", str(path), *option])


TASKS: Mapping[str, Callable[[], Any]] = MappingProxyType(
    {
        "classes": lambda: "cat",
        "boxes": lambda: [Region("box", "cat", ((1, 1), (6, 5)))],
        "polygons": lambda: [Region("polygon", "cat", ((1, 1), (6, 5), (2, 8)))],
        "points": lambda: [Region("point", "cat", ((3, 4),))],
        "spans": lambda: [Region("span", "cat", start=0, end=3)],
        "texts": lambda: "cat",
    }
)


class Imports(Target):
    """Files of labels in every format, for every task."""

    def begin(self) -> None:
        self._numbers = itertools.count()
        self._projects: dict[str, dalt.Project] = {}
        self._corpus: dict[tuple[str, str], dict[str, bytes]] = {}
        for task, label in TASKS.items():
            project = self._project(task)
            with project.session(annotator="ana") as session:
                for _ in range(2):
                    session.submit(assigned(session), label())
            for name in FORMATS:
                out = self.folder / f"{task}-{name}{_ending(name)}"
                try:
                    project.export(out, name)
                except DaltError:
                    continue  # a format for other tasks
                self._corpus[task, name] = file_tree(out)

    def _project(self, task: str) -> dalt.Project:
        told: Any = "classes" if task == "texts" else task
        project = self.keep(two_classes(self.folder / f"{task}.dalt", task=told))
        if task in ("spans", "texts"):
            project.add_texts(["one cat sat here", "two dogs ran by", "three"], progress=False)
        else:
            pixels = np.random.default_rng(1).integers(0, 256, (3, 12, 16, 3), np.uint8)
            paths = []
            for number, each in enumerate(pixels):
                paths.append(self.folder / f"{task}-{number}.png")
                Image.fromarray(each).save(paths[-1])
            project.add_images(paths, progress=False)
        self._projects[task] = project
        return project

    def inputs(self) -> st.SearchStrategy[Any]:
        def of(key: tuple[str, str]) -> st.SearchStrategy[Any]:
            tree = self._corpus[key]
            # Pictures and sounds beside the labels are for another target.
            names = [each for each in tree if Path(each).suffix not in (".png", ".wav")] or [*tree]
            return st.sampled_from(names).flatmap(
                lambda name: st.tuples(st.just(key), st.just(name), damaged_file(tree[name]))
            )

        options = st.fixed_dictionaries(
            {},
            optional={
                "create_classes": st.booleans(),
                "dry_run": st.booleans(),
                "strict": st.booleans(),
                "sample": texts,
                "label": texts,
            },
        )
        return st.tuples(st.sampled_from(sorted(self._corpus)).flatmap(of), st.booleans(), options)

    def run(self, value: Any) -> None:
        ((task, name), changed_name, data), named, options = value
        tree = {**self._corpus[task, name], changed_name: data}
        folder = write_tree(tree, self.folder / f"in-{next(self._numbers)}")
        path = folder / changed_name if len(tree) == 1 else folder
        self._projects[task].import_labels(path, name if named else None, progress=False, **options)


def _ending(name: str) -> str:
    rows = ("csv", "jsonl", "parquet", "xlsx")
    folders = ("yolo", "voc", "labelme", "huggingface", "imagefolder")
    if name in rows:
        return f".{name}"
    return "" if name in folders else {"cvat": ".xml", "conll": ".conll"}.get(name, ".json")


class Settings(Target):
    """project.toml as people and programs edit it, and the settings of a new project."""

    def begin(self) -> None:
        self._numbers = itertools.count()
        made = dalt.Project.create(
            self.folder / "whole.dalt",
            classes=[{"name": "cat", "key": "c", "group": "pets"}, "dog"],
            settings={"keys": {"skip": "x"}, "page": {"language": "ko"}, "tune": {"auto": False}},
        )
        made.close()
        self._text = (self.folder / "whole.dalt" / "project.toml").read_bytes()
        self._given = {
            "gold_share": 0.1, "lease_seconds": 5, "page": {"show": ["a"]}, "keys": {"skip": "x"},
            "data": {"max_pixels": 10}, "blind": {"share": 0.5}, "tune": {"budget": 3.0},
        }  # fmt: skip

    def inputs(self) -> st.SearchStrategy[Any]:
        return st.one_of(
            st.tuples(st.just("file"), damaged_file(self._text)),
            st.tuples(st.just("create"), changed(self._given)),
        )

    def run(self, value: Any) -> None:
        how, given = value
        folder = self.folder / f"{next(self._numbers)}.dalt"
        if how == "create":
            dalt.Project.create(folder, classes=["cat"], settings=given).close()
            return
        shutil.copytree(self.folder / "whole.dalt", folder)
        (folder / "project.toml").write_bytes(given)
        with dalt.Project.open(folder) as project:
            project.status()
            project.add_class("bird")


class Suggestions(Target):
    """Predictions of other models: files, frames and lists."""

    def begin(self) -> None:
        self._numbers = itertools.count()
        self._project = self.keep(two_classes(self.folder / "p.dalt"))
        ids = self._project.add_texts(["one", "two", "three"], progress=False)
        self._rows = [
            {"sample_id": ids[0], "label": "cat", "probability": 0.9},
            {"sample_id": ids[1], "label": {"cat": 0.2, "dog": 0.8}},
        ]
        frame = pd.DataFrame([self._rows[0]] * 2)
        self._files = {
            "csv": frame.to_csv(index=False).encode(),
            "jsonl": frame.to_json(orient="records", lines=True).encode(),
            "json": frame.to_json(orient="records").encode(),
            "parquet": frame.to_parquet(index=False),
        }

    def inputs(self) -> st.SearchStrategy[Any]:
        files = st.sampled_from(sorted(self._files)).flatmap(
            lambda kind: st.tuples(st.just(kind), damaged_file(self._files[kind]))
        )
        rows = st.tuples(st.just("rows"), st.one_of(changed(self._rows), values))
        names = st.one_of(st.just("other"), texts)
        columns = st.dictionaries(
            st.sampled_from(("sample", "label", "probability")), texts, max_size=2
        )
        return st.tuples(st.one_of(files, rows), names, columns)

    def run(self, value: Any) -> None:
        (kind, given), source, columns = value
        if kind != "rows":
            path = self.folder / f"{next(self._numbers)}.{kind}"
            path.write_bytes(given)
            given = path
        self._project.add_suggestions(given, source=source, **columns)


class Models(Target):
    """What `dalt predict` reads: the model's own files, and the data; and estimators."""

    def begin(self) -> None:
        self._numbers = itertools.count()
        with two_classes(self.folder / "p.dalt") as project:
            project.add_texts([f"text {n} of some" for n in range(8)], progress=False)
            project.encode(progress=False)
            with project.session(annotator="ana") as session:
                for label in ("cat", "dog", "cat"):
                    session.submit(assigned(session), label)
            project.trainer.wait(60)
        self._place = self.folder / "p.dalt"
        self._whole = file_tree(self._place)
        self._data = self.folder / "in.txt"
        self._data.write_text("one\ntwo\n")
        self._estimator = self._written()

    def _written(self) -> bytes:
        try:
            with dalt.Project.open(self._place, thin=True) as project:
                project.export_model(self.folder / "m.skops")
        except DaltError:
            return b"PK\3\4"  # skops is not installed
        return (self.folder / "m.skops").read_bytes()

    def inputs(self) -> st.SearchStrategy[Any]:
        names = [
            each
            for each in self._whole
            if each.startswith(("snapshots/", "embeddings/")) and not each.endswith(".lock")
        ]
        model = st.sampled_from(names).flatmap(
            lambda name: st.tuples(st.just(name), damaged(self._whole[name]))
        )
        data = st.tuples(st.just("in.txt"), damaged(b"one\ntwo\n"))
        estimator = st.tuples(st.just("m.skops"), damaged(self._estimator))
        return st.one_of(model, data, estimator)

    def run(self, value: Any) -> None:
        name, data = value
        if name == "m.skops":
            path = self.folder / f"{next(self._numbers)}.skops"
            path.write_bytes(data)
            load_estimator(path)
            return
        given = self.folder / f"{next(self._numbers)}.txt"
        given.write_bytes(data if name == "in.txt" else b"one\ntwo\n")
        if name != "in.txt":
            (self._place / name).write_bytes(data)
        said, out = io.StringIO(), str(self.folder / "out.csv")
        try:
            with redirect_stderr(said), redirect_stdout(io.StringIO()):
                run_command(["predict", str(self._place), str(given), out])
        finally:
            if name != "in.txt":
                (self._place / name).write_bytes(self._whole[name])


TARGETS: Mapping[str, type[Target]] = MappingProxyType(
    {
        "sources": Sources,
        "imports": Imports,
        "settings": Settings,
        "suggestions": Suggestions,
        "models": Models,
        "rest": Requests,
        "messages": Messages,
        "keys": Keys,
        "classes": Classes,
        "verbs": Verbs,
    }
)
