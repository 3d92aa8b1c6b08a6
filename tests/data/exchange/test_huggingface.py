"""Datasets as Hugging Face's own library writes them, and ours as it reads them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import datasets
import numpy as np
import pytest
from assignments import answer_in_order
from datasets import Audio, ClassLabel, Dataset, DatasetDict, Features, Sequence, Value
from hf_folders import PETS, labels, pictures, read
from PIL import Image

import dalt
from dalt.core.records import BadInput, ClassSet, LeftOut, Region
from dalt.data.exchange.contents import id_of_bytes
from dalt.data.formats import Imported, Item, found_format, read_any

SPANS = ClassSet(("PER", "ORG"), shape="span")
LABEL = Features({"text": Value("string"), "label": ClassLabel(names=["cat", "dog"])})
TAGS = ClassLabel(names=["O", "B-PER", "I-PER", "B-ORG", "I-ORG"])
OBJECTS = {"bbox": [[float]], "category": [str]}
Make = Callable[..., dalt.Project]


def texts(items: list[Item]) -> list[str | None]:
    return [each.text for each in items if isinstance(each, Imported)]


def loaded(folder: Path) -> Dataset:
    """The dataset as a user of the library gets it."""
    cache = folder.parent / "cache"
    return datasets.load_dataset(str(folder), split="train", cache_dir=str(cache))


# --- numbers of classes -------------------------------------------------------------------------


def pets(n: int = 3) -> Dataset:
    said = {"text": [f"text {i}" for i in range(n)], "label": [i % 2 for i in range(n)]}
    return Dataset.from_dict(said, features=LABEL)


def of_parquet(folder: Path) -> None:
    pets().to_parquet(folder / "data" / "train-00000-of-00001.parquet")


def of_disk(folder: Path) -> None:
    pets().save_to_disk(folder, num_shards=2)


def of_splits_on_disk(folder: Path) -> None:
    DatasetDict({"test": pets(1), "train": pets(3).select([1, 2])}).save_to_disk(folder)


def of_jsonl_with_infos(folder: Path) -> None:
    pets().to_json(folder / "train.jsonl")
    infos = {"default": {"features": pets().features.to_dict()}}
    (folder / "dataset_infos.json").write_text(json.dumps(infos))


def of_csv_with_card(folder: Path) -> None:
    pets().to_csv(folder / "train.csv", index=False)
    head = "\n".join(
        ["---", "license: mit", "dataset_info:", "- config_name: default", "  features:",
         "  - name: text", "    dtype: string", "  - name: label", "    dtype:",
         "      class_label:", "        names:", "          '0': cat", "          '1': dog", "---"]
    )  # fmt: skip
    (folder / "README.md").write_text(head + "\n# Pets\n")


@pytest.mark.parametrize(
    "written",
    [of_parquet, of_disk, of_splits_on_disk, of_jsonl_with_infos, of_csv_with_card],
)
def test_numbers_become_the_names_that_the_dataset_gives(
    tmp_path: Path, written: Callable[[Path], None]
) -> None:
    folder = tmp_path / "pets"
    folder.mkdir()
    (folder / "pets.py").write_text("raise SystemExit('a script was run')")
    written(folder)
    items = read(folder)
    assert texts(items) == ["text 0", "text 1", "text 2"]
    assert labels(items) == ["cat", "dog", "cat"]


def test_a_file_of_parquet_or_arrow_says_itself_what_it_is(tmp_path: Path) -> None:
    pets().to_parquet(tmp_path / "in.parquet")
    pets().save_to_disk(tmp_path / "disk")
    (arrow,) = (tmp_path / "disk").glob("*.arrow")
    assert labels(read(tmp_path / "in.parquet")) == labels(read(arrow)) == ["cat", "dog", "cat"]


def test_arrow_files_may_be_streams_or_files(tmp_path: Path) -> None:
    import pyarrow as pa

    table = pets().data.table
    with pa.ipc.new_file(str(tmp_path / "in.arrow"), table.schema) as file:
        file.write_table(table)
    assert labels(read(tmp_path / "in.arrow")) == ["cat", "dog", "cat"]


def test_parquet_of_others_stays_rows(tmp_path: Path) -> None:
    import pandas as pd

    pd.DataFrame({"sample_id": ["a"], "label": ["cat"]}).to_parquet(tmp_path / "in.parquet")
    assert found_format(tmp_path / "in.parquet") == "parquet"


def test_what_is_no_class_is_left_out_by_its_row(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(
        "".join(json.dumps({"text": "a", "label": each}) + "\n" for each in (1, -1, None, 7))
    )
    of_jsonl = {"default": {"features": LABEL.to_dict()}}
    (tmp_path / "dataset_infos.json").write_text(json.dumps(of_jsonl))
    items = read(tmp_path)
    assert labels(items) == [
        "dog", "has no label", "has no label",
        "has the class number 7, and the dataset names 2 classes",
    ]  # fmt: skip
    assert items[1].where == "Line 2 of 'train.jsonl'"


def test_several_classes_are_read_from_lists_and_from_columns(tmp_path: Path) -> None:
    features = Features({"text": Value("string"), "labels": Sequence(LABEL["label"])})
    said = {"text": ["a", "b"], "labels": [[0, 1], []]}
    Dataset.from_dict(said, features=features).to_parquet(tmp_path / "a" / "in.parquet")
    assert labels(read(tmp_path / "a")) == [["cat", "dog"], []]
    columns = {"text": ["a", "b"], "cat": [1, 0], "dog": [1, 0]}
    Dataset.from_dict(columns).to_parquet(tmp_path / "b" / "in.parquet")
    assert labels(read(tmp_path / "b")) == [["cat", "dog"], []]


def test_of_several_columns_that_with_the_projects_classes_is_taken(tmp_path: Path) -> None:
    features = LABEL.copy()
    features["breed"] = ClassLabel(names=["tabby", "poodle"])
    features["mood"] = ClassLabel(names=["calm", "wild"])
    del features["label"]
    features["kind"] = LABEL["label"]
    said = {"text": ["a"], "breed": [0], "mood": [1], "kind": [1]}
    Dataset.from_dict(said, features=features).to_parquet(tmp_path / "in.parquet")
    assert labels(read(tmp_path)) == ["dog"]
    other = ClassSet(("x", "y"))
    with pytest.raises(BadInput, match="classes breed, mood, kind: name the column, label='breed'"):
        read(tmp_path, other)
    assert labels(read(tmp_path, other, label="mood")) == ["wild"]


def test_a_column_with_names_stands_for_one_with_numbers(tmp_path: Path) -> None:
    row = {"text": "a", "label": 1, "label_text": "dog"}
    (tmp_path / "train.jsonl").write_text(json.dumps(row) + "\n")
    assert labels(read(tmp_path)) == ["dog"]


def test_a_folder_can_be_the_class_where_metadata_has_none(tmp_path: Path) -> None:
    (path, _) = pictures(tmp_path / "train" / "dog", 2)
    rows = "file_name,size\n" + f"dog/{path.name},7\n"
    (tmp_path / "train" / "metadata.csv").write_text(rows)
    assert labels(read(tmp_path)) == ["dog"]


def test_a_file_of_coco_in_a_folder_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text('{"images": [], "annotations": [], "categories": []}')
    assert found_format(tmp_path) != "huggingface"


def test_configurations_that_disagree_are_named(tmp_path: Path) -> None:
    turned = Features(LABEL | {"label": ClassLabel(names=["dog", "cat"])})
    infos = {"one": {"features": LABEL.to_dict()}, "two": {"features": turned.to_dict()}}
    (tmp_path / "dataset_infos.json").write_text(json.dumps(infos))
    pets().to_json(tmp_path / "train.jsonl")
    with pytest.raises(BadInput, match="has the configurations one, two"):
        read(tmp_path)
    (tmp_path / "two").mkdir()
    (tmp_path / "train.jsonl").rename(tmp_path / "two" / "train.jsonl")
    assert labels(read(tmp_path)) == ["dog", "cat", "dog"]


def card(label: str) -> str:
    """The head of a card whose column label has these classes."""
    features = (
        f"[{{name: text, dtype: string}}, {{name: label, dtype: {{class_label: {{{label}}}}}}}]"
    )
    return f"---\ndataset_info: {{features: {features}}}\n---\n"


def test_classes_of_a_card_are_names_and_not_values_of_yaml(tmp_path: Path) -> None:
    pets().to_json(tmp_path / "train.jsonl")
    (tmp_path / "README.md").write_text(card("names: {0: no, 1: 007}"))
    assert labels(read(tmp_path)) == ["no", "007", "no"]


def bomb(top: str) -> str:
    """A few lines of YAML that mean more fields than memory holds."""
    lines = ["---", "a0: &a0 [{name: x, dtype: string}]"]
    for i in range(1, 12):
        fields = ", ".join(f"{{name: x{n}, list: *a{i - 1}}}" for n in range(10))
        lines.append(f"a{i}: &a{i} [{fields}]")
    return "\n".join([*lines, top, "---", ""])


@pytest.mark.parametrize(
    "head",
    [
        bomb("dataset_info: {features: *a11}"),
        bomb("dataset_info: {config_name: *a11, features: [{name: a, dtype: *a11}]}"),
        "---\ndataset_info: !!python/object/apply:os.abort []\n---\n",
    ],
)
def test_a_card_neither_fills_the_memory_nor_runs_anything(tmp_path: Path, head: str) -> None:
    (tmp_path / "train.jsonl").write_text('{"text": "a", "label": "cat"}\n')
    (tmp_path / "README.md").write_text(head)
    assert labels(list(read_any(tmp_path, "huggingface", PETS))) == ["cat"]


def test_a_name_of_a_file_that_no_system_takes_is_no_file(tmp_path: Path) -> None:
    row = {"file_name": "a" * 300 + ".png", "label": "cat"}
    (tmp_path / "metadata.jsonl").write_text(json.dumps(row) + "\n")
    [item] = read_any(tmp_path, "huggingface", PETS)
    assert isinstance(item, Imported) and item.files == ()


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("README.md", "---\na: [\n---\n", "The head of .* is not valid YAML"),
        ("README.md", "---\na: &a [*a]\n---\n", "The head of .* is not valid YAML"),
        ("README.md", card("names: {0: cat, 2: dog}"), "not name its classes by numbers from 0"),
        ("README.md", card("names: {a: cat, b: dog}"), "not name its classes by numbers from 0"),
        ("README.md", card("names: [cat, [dog]]"), "not name its classes by numbers from 0"),
        ("dataset_infos.json", "{", "is not valid JSON"),
        ("bad.parquet", "PAR1", "is not a sound parquet file"),
        ("bad.arrow", "no", "is not a sound arrow file"),
    ],
)
def test_damaged_datasets_are_one_line(tmp_path: Path, name: str, content: str, error: str) -> None:
    (tmp_path / "train.jsonl").write_text('{"text": "a", "label": 1}\n')
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInput, match=error) as caught:
        list(read_any(tmp_path, "huggingface", PETS))
    assert "\n" not in str(caught.value)


# --- pictures and sounds ------------------------------------------------------------------------


def test_pictures_in_parquet_are_known_by_their_content(tmp_path: Path, make: Make) -> None:
    paths = pictures(tmp_path / "photos")
    features = Features({"image": datasets.Image(), "label": LABEL["label"]})
    said = {"image": [str(path) for path in paths], "label": [0, 1, 1, 0]}
    theirs = Dataset.from_dict(said, features=features)
    theirs.to_parquet(tmp_path / "theirs.parquet")
    project = make()
    project.add_images(tmp_path / "photos", progress=False)
    assert project.import_labels(tmp_path / "theirs.parquet") == 4
    rows = project.labels().merge(project.samples(), on="sample_id", suffixes=("", "_of_file"))
    found = dict(
        zip(rows.source_of_file.map(lambda path: Path(path).name), rows.label, strict=True)
    )
    assert found == {"0.png": "cat", "1.png": "dog", "2.png": "dog", "3.png": "cat"}


def test_a_picture_is_not_taken_for_another_of_its_name(tmp_path: Path, make: Make) -> None:
    one, other = pictures(tmp_path / "photos", 2)
    rows = [{"bytes": one.read_bytes(), "path": name} for name in (one.name, other.name)]
    rows[1]["bytes"] = b"another file"
    theirs = Dataset.from_dict({"image": rows, "label": ["dog", "cat"]})
    theirs.cast_column("image", datasets.Image(decode=False)).to_parquet(tmp_path / "in.parquet")
    project = make()
    project.add_images(tmp_path / "photos", progress=False)
    with pytest.warns(LeftOut, match=r"Row 2 of 'in.parquet' \(1.png\)"):
        result = project.import_labels(tmp_path / "in.parquet")
    assert (result, project.labels().label.tolist()) == (1, ["dog"])
    assert "holds a picture or sound that is no sample" in result.skipped.why[0]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_folders_with_metadata_and_splits(tmp_path: Path, make: Make, kind: str) -> None:
    for split in ("train", "test"):
        paths = pictures(tmp_path / "theirs" / split, 2 if split == "train" else 3)
        rows = [{"file_name": path.name, "label": "dog"} for path in paths]
        write = getattr(Dataset.from_list(rows), "to_csv" if kind == "csv" else "to_json")
        write(paths[0].parent / f"metadata.{kind}", **({"index": False} if kind == "csv" else {}))
    assert len(loaded(tmp_path / "theirs")) == 2
    project = make()
    project.add_images(sorted((tmp_path / "theirs").rglob("*.png")), progress=False)
    project.import_labels(tmp_path / "theirs")
    assert project.labels().label.tolist() == ["dog"] * 3  # two pictures are there twice


def test_sounds_in_parquet_are_known_by_their_content(tmp_path: Path, make: Make) -> None:
    import soundfile

    (tmp_path / "clips").mkdir()
    for number in range(2):
        wave = np.sin(np.arange(8000) * (number + 1) / 9).astype(np.float32)
        soundfile.write(tmp_path / "clips" / f"{number}.wav", wave, 8000)
    clips = sorted((tmp_path / "clips").iterdir())
    rows = [{"bytes": path.read_bytes(), "path": path.name} for path in clips]
    theirs = Dataset.from_dict({"audio": rows, "label": ["dog", "cat"]})
    theirs = theirs.cast_column("audio", Audio(decode=False)).class_encode_column("label")
    theirs.to_parquet(tmp_path / "theirs.parquet")
    project = make()
    project.add_audio(tmp_path / "clips", progress=False)
    assert project.import_labels(tmp_path / "theirs.parquet") == 2


def test_names_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "metadata.csv").write_text("file_name,label\n../secret.png,cat\n")
    (item,) = read(tmp_path / "theirs")
    assert isinstance(item, Imported) and (item.files, item.source) == ((), "../secret.png")


# --- tokens -------------------------------------------------------------------------------------


def test_tags_get_their_names_and_the_spaces_of_the_text(tmp_path: Path, make: Make) -> None:
    features = Features({"tokens": Sequence(Value("string")), "ner_tags": Sequence(TAGS)})
    said = {"tokens": [["Kim", "'s", "EU", "."], ["No"]], "ner_tags": [[1, 0, 3, 0], [0]]}
    Dataset.from_dict(said, features=features).to_parquet(tmp_path / "theirs" / "in.parquet")
    project = make(classes=["PER", "ORG"], task="spans")
    project.add_texts(["Kim's EU.", "No"], progress=False)
    assert project.import_labels(tmp_path / "theirs") == 2
    assert project.labels().label.tolist() == [
        [{"shape": "span", "label": "PER", "start": 0, "end": 3},
         {"shape": "span", "label": "ORG", "start": 6, "end": 8}], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.jsonl", '{"tokens": ["Kim", "said"], "ner_tags": ["B-PER", "O"]}\n'),
        ("in.jsonl", '{"words": ["Kim", "said"], "labels": ["PER", "O"]}\n'),
        ("train.csv", "tokens,ner_tags\n\"['Kim', 'said']\",\"['B-PER', 'O']\"\n"),
    ],
)
def test_tags_as_names_need_no_features(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    (item,) = read(tmp_path / name if name.endswith("l") else tmp_path, SPANS)
    span = {"shape": "span", "label": "PER", "start": 0, "end": 3, "text": "Kim"}
    assert (texts([item]), labels([item])) == (["Kim said"], [[span]])


def test_tags_as_numbers_without_names_are_refused(tmp_path: Path) -> None:
    rows = [{"tokens": ["Kim"], "ner_tags": [1]}, {"tokens": ["a", "b"], "ner_tags": [1]}]
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert labels(read(tmp_path, SPANS)) == [
        "has numbers as ner_tags, and no file of the dataset names them",
        "has 2 tokens and 1 ner_tags",
    ]


def test_spans_with_offsets_carry_their_text(tmp_path: Path) -> None:
    row = {"text": "Kim said", "entities": [{"start": 0, "end": 3, "type": "PER", "text": "Kim"}]}
    (tmp_path / "train.jsonl").write_text(json.dumps(row) + "\n")
    span = {"shape": "span", "label": "PER", "start": 0, "end": 3, "text": "Kim"}
    assert labels(read(tmp_path, SPANS)) == [[span]]


# --- out ----------------------------------------------------------------------------------------


def test_their_library_names_the_classes_of_texts(tmp_path: Path, make: Make) -> None:
    project = make()
    project.add_texts(["good boy", "meow"], progress=False)
    answer_in_order(project, ["dog", "cat"])
    project.export(tmp_path / "out", "huggingface")
    said = loaded(tmp_path / "out")
    assert said.features["label"].names == ["cat", "dog"]
    assert (said["text"][:], said["label"][:]) == (["good boy", "meow"], [1, 0])


def test_their_library_names_several_classes(tmp_path: Path, make: Make) -> None:
    project = make(multi_label=True)
    project.add_texts(["a", "b"], progress=False)
    answer_in_order(project, [["dog", "cat"], []])
    project.export(tmp_path / "out", "huggingface")
    said = loaded(tmp_path / "out")
    assert said.features["label"].feature.names == ["cat", "dog"]
    assert said["label"][:] == [[0, 1], []]


def test_their_library_has_tokens_and_tags_of_spans(tmp_path: Path, make: Make) -> None:
    project = make(classes=["PER", "ORG"], task="spans")
    project.add_texts(["Kim's EU.", "Unmarked", "over lap"], progress=False)
    crossing = [Region("span", "PER", start=0, end=6), Region("span", "ORG", start=5, end=8)]
    answer_in_order(project, [[Region("span", "PER", start=0, end=3)], [], crossing])
    project.export(tmp_path / "out", "huggingface")
    said = loaded(tmp_path / "out")
    tags = said.features["ner_tags"].feature
    assert tags.names == ["O", "B-PER", "I-PER", "B-ORG", "I-ORG"]
    assert said["tokens"][0] == ["Kim", "'", "s", "EU", "."]
    assert [tags.int2str(each) for each in said["ner_tags"][0]] == ["B-PER", "O", "O", "O", "O"]
    assert said["tokens"][2] is None
    assert said["regions"][2] == [each.to_json() for each in crossing]


def test_their_library_has_pictures_with_boxes(tmp_path: Path, make: Make) -> None:
    pictures(tmp_path / "photos", 2)
    project = make(task="boxes")
    project.add_images(tmp_path / "photos", progress=False)
    answer_in_order(project, [[Region("box", "dog", points=((10, 5), (30, 35)))], []])
    project.export(tmp_path / "out", "huggingface")
    said = loaded(tmp_path / "out")
    assert said["objects"][0] == {"bbox": [[10, 5, 20, 30]], "category": ["dog"]}
    assert said["image"][0].size == (100, 50)


def test_what_they_save_again_comes_back(tmp_path: Path, make: Make) -> None:
    pictures(tmp_path / "photos", 3)
    one, other = make(), make()
    for project in (one, other):
        project.add_images(tmp_path / "photos", progress=False)
    answer_in_order(one, ["dog", "cat", "dog"])
    one.export(tmp_path / "out", "huggingface")
    loaded(tmp_path / "out").class_encode_column("label").save_to_disk(tmp_path / "again")
    assert other.import_labels(tmp_path / "again", annotator="ana") == 3
    columns = ["sample_id", "label", "annotator"]
    assert other.labels()[columns].equals(one.labels()[columns])


def test_rows_keep_the_types_of_their_columns(tmp_path: Path, make: Make) -> None:
    import pandas as pd

    project = make()
    frame = pd.DataFrame({"age": [3, 4], "weight": [1.5, 2.0], "name": ["a", None]})
    project.add_table(frame, progress=False)
    answer_in_order(project, ["dog", "cat"])
    project.export(tmp_path / "out", "huggingface")
    said = loaded(tmp_path / "out")
    assert said.features["column weight"].dtype == "float64"
    assert said["column age"][:] == [3, 4]
    assert said.features["label"].names == ["cat", "dog"]


def test_png_bytes_without_a_path_are_enough(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    data = file.getvalue()
    table = pa.table({"image": [{"bytes": data, "path": None}], "label": ["cat"]})
    pq.write_table(table, tmp_path / "in.parquet")
    (item,) = read(tmp_path / "in.parquet")
    assert isinstance(item, Imported)
    assert (item.sample_id, item.label) == (id_of_bytes(data, "image"), "cat")
