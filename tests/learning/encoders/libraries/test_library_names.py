"""Names of encoders of other libraries, and what is said where a library is not there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dalt.core.records import BadInput
from dalt.learning.encoders import installed
from dalt.learning.encoders.libraries import importing, names
from dalt.learning.encoders.libraries.names import ModelName, available, named
from dalt.learning.encoders.registry import available_encoders, chosen, encoder_for


@pytest.mark.parametrize(
    ("choice", "on_hub"),
    [
        ("dinov2", "facebook/dinov2-small"),
        ("dinov2-large", "facebook/dinov2-large"),
        ("hf:google/vit-base-patch16-224", "google/vit-base-patch16-224"),
        ("hf:bert-base-uncased", "bert-base-uncased"),
        ("st:all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"),
        ("st:BAAI/bge-small-en-v1.5", "BAAI/bge-small-en-v1.5"),
        ("model2vec:potion-base-8M", "minishlab/potion-base-8M"),
        (
            "timm:mobilenetv4_conv_small.e2400_r224_in1k",
            "timm/mobilenetv4_conv_small.e2400_r224_in1k",
        ),
    ],
)
def test_names_that_people_know_are_models_of_the_hub(choice: str, on_hub: str) -> None:
    found = named(choice)
    assert found is not None and found.on_hub == on_hub and found.folder is None


@pytest.mark.parametrize("choice", ["minilm", "autoencoder", "model.onnx", "C:/x.onnx", "", "hf"])
def test_other_choices_are_no_names_of_libraries(choice: str) -> None:
    assert named(choice) is None


def test_a_folder_comes_before_the_hub_and_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for written in ("mine", "./mine", "~/mine", str(tmp_path / "mine")):
        assert named(f"st:{written}") == ModelName("st", str(tmp_path / "mine"), tmp_path / "mine")


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("hf:", "'hf:' names no model: after hf: comes MODEL, or the path of a folder"),
        ("open_clip:a b", "after open_clip: comes MODEL/PRETRAINED"),
        ("st:./nowhere", "There is no folder nowhere with a model for 'st:./nowhere'"),
        ("hf:/nowhere/at/all", "There is no folder /nowhere/at/all with a model"),
        ("hf:a/b/c", "names no model"),
        ("hf:" + "x" * 5_000, "names no model"),
    ],
)
def test_what_can_be_neither_folder_nor_model_is_refused(choice: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        named(choice)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("choice", "kind", "said"),
    [
        ("dinov2", "image", "needs the library transformers, .* pip install 'dalt.photos.'"),
        ("hf:bert", "text", "hf:bert needs the library transformers, .* 'dalt.text.'"),
        ("hf:hubert", "audio", "needs the library transformers, .* 'dalt.audio.'"),
        ("st:all-MiniLM-L6-v2", "text", "needs the library sentence_transformers, .* 'dalt.text.'"),
        ("model2vec:potion-base-8M", "text", "needs the library model2vec, .* 'dalt.text.'"),
        ("timm:resnet18.a1_in1k", "image", "needs the library timm, .* 'dalt.timm.'"),
        ("open_clip:ViT-B-32/openai", "image", "needs the library open_clip, .* 'dalt.open-clip.'"),
    ],
)
def test_a_library_that_is_not_there_is_named_with_its_extra(
    choice: str, kind: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "find_spec", lambda package: None)
    with pytest.raises(BadInput, match=said) as refused:
        encoder_for(kind, choice)
    assert "\n" not in str(refused.value)


def test_a_library_that_does_not_import_is_told_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(package: str) -> Any:
        raise RuntimeError("operator torchvision::nms does not exist\nand more")

    monkeypatch.setattr(importing, "is_installed", lambda package: True)
    monkeypatch.setattr(importing, "import_module", broken)
    with pytest.raises(BadInput, match=r"timm is installed and cannot be imported .RuntimeError"):
        encoder_for("image", "timm:resnet18.a1_in1k")


@pytest.mark.parametrize(
    ("kind", "forms"),
    [
        ("image", {"dinov2", "hf:MODEL", "timm:MODEL", "open_clip:MODEL/PRETRAINED"}),
        ("text", {"hf:MODEL", "st:MODEL", "model2vec:MODEL", "open_clip:MODEL/PRETRAINED"}),
        ("audio", {"hf:MODEL"}),
        ("table", set()),
    ],
)
def test_the_forms_of_names_are_listed_with_the_way_to_their_library(
    kind: Any, forms: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(available(kind)) == forms <= set(available_encoders(kind))
    monkeypatch.setattr(names, "is_installed", lambda package: package != "transformers")
    extra = {"image": "photos", "text": "text", "audio": "audio"}.get(kind)
    for form, how in available_encoders(kind).items():
        if form in {"hf:MODEL", "dinov2"}:
            assert how == f"pip install 'dalt[{extra}]'"
        elif form in forms:
            assert how is None


def test_an_unknown_name_lists_the_forms() -> None:
    with pytest.raises(BadInput, match=r"dinov2, hf:MODEL, st:MODEL, model2vec:MODEL, timm:MODEL"):
        chosen("bert")
    with pytest.raises(BadInput, match="Did you mean 'dinov2'"):
        chosen("dino2")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("MiniLM", "minilm"),
        ("DINOv2", "dinov2"),
        ("HF:nobody/nothing", "hf:nobody/nothing"),
        ("openclip:ViT-B-32/openai", "open_clip:ViT-B-32/openai"),
        ("sentence-transformers:all-MiniLM-L6-v2", "st:all-MiniLM-L6-v2"),
        ("facebook/dinov2-small", "hf:facebook/dinov2-small"),
        ("https://huggingface.co/facebook/dinov2-small", "hf:facebook/dinov2-small"),
        (
            "sentence-transformers/all-MiniLM-L6-v2",
            "st:sentence-transformers/all-MiniLM-L6-v2",
        ),
    ],
)
def test_another_spelling_and_the_name_alone_lead_to_the_name(said: str, meant: str) -> None:
    with pytest.raises(BadInput, match=re.escape(f"Did you mean {meant!r}?")):
        chosen(said)


@pytest.mark.parametrize("said", ["C:/models/bert", "http://nowhere/model", "model", "a b/c"])
def test_what_is_near_nothing_leads_nowhere(said: str) -> None:
    with pytest.raises(BadInput, match="There is no encoder") as refused:
        chosen(said)
    assert "Did you mean" not in str(refused.value)
