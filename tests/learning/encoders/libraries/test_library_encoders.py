"""Encoders of other libraries: what their libraries compute, chosen by name, read back later."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from library_models import (
    save_bert,
    save_clip,
    save_dinov2,
    save_resnet,
    save_sentences,
    save_static,
    save_vit,
    save_wav2vec2,
    save_whisper,
)
from numpy.typing import NDArray
from scipy.signal import resample_poly

import dalt
from dalt.cli import main
from dalt.core.records import Kind
from dalt.learning.encoders import installed, minilm
from dalt.learning.encoders.libraries.names import named
from dalt.learning.encoders.libraries.opening import opened
from dalt.learning.encoders.mel import RATE
from dalt.server.rest.backend import Backend

CLASSES = ["pet", "money"]
TEXTS = [
    f"{subject} {verb} {when}"
    for subject in ("the cat", "our dog", "the market", "the bank")
    for verb in ("rose", "slept", "fell", "ran")
    for when in ("today", "on monday")
]
Save = Callable[[Path], Path]
MODELS: dict[str, tuple[str, Save]] = {
    "bert": ("hf", save_bert),
    "clip": ("hf", save_clip),
    "dinov2": ("hf", save_dinov2),
    "resnet": ("hf", save_resnet),
    "sentences": ("st", save_sentences),
    "static": ("model2vec", save_static),
    "vit": ("hf", save_vit),
    "wav2vec2": ("hf", save_wav2vec2),
    "whisper": ("hf", save_whisper),
}


def pictures(n: int = 12) -> list[NDArray[np.uint8]]:
    drawn = np.random.default_rng(0)
    return list(drawn.integers(0, 255, (n, 24, 40, 3), dtype=np.uint8))


def clips(n: int = 8) -> list[NDArray[np.float32]]:
    seconds = np.arange(RATE // 2) / RATE
    return [np.sin(seconds * 300 * (i + 1)).astype(np.float32) for i in range(n)]


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder on disk needs no network: whoever connects fails."""

    def refuse(*address: Any) -> None:
        raise AssertionError(f"connected to {address}")

    monkeypatch.setattr("socket.socket.connect", refuse)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folders of models, each made when it is first asked for."""
    home, made = tmp_path_factory.mktemp("models"), {}

    def folder(model: str) -> Path:
        if model not in made:
            made[model] = MODELS[model][1](home / model)
        return made[model]

    return folder


@pytest.fixture
def name(folders: Callable[[str], Path]) -> Callable[[str], str]:
    return lambda model: f"{MODELS[model][0]}:{folders(model)}"


@pytest.fixture
def texts(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "news.dalt", classes=CLASSES) as project:
        project.add_texts(TEXTS, progress=False)
        yield project


def features(choice: str, kind: Kind, raw: list[Any]) -> NDArray[np.float32]:
    model = named(choice)
    assert model is not None
    return opened(model, kind).features(raw)


def choice_of(project: dalt.Project) -> str:
    content = json.loads((project.folder / "embeddings" / "current.json").read_text())
    return str(content["current"]["choice"])


# --- the features are those of the library --------------------------------------------------


def test_texts_have_the_mean_of_their_tokens(
    folders: Callable[[str], Path], name: Callable[[str], str]
) -> None:
    from transformers import BertModel

    model = BertModel.from_pretrained(folders("bert")).eval()
    found = features(name("bert"), "text", ["the cat slept", "the bank"])
    with torch.inference_mode():
        for row, tokens in zip(found, ([2, 4, 6, 11, 3], [2, 4, 9, 3]), strict=True):
            mean = model(torch.tensor([tokens])).last_hidden_state[0].mean(0).numpy()
            assert np.allclose(row, mean / np.linalg.norm(mean), atol=1e-5)


def test_long_texts_are_cut_where_the_model_stops(name: Callable[[str], str]) -> None:
    short, long, longer = features(
        name("bert"), "text", ["the cat " * 3, "the cat " * 7, "the cat " * 5_000]
    )
    assert np.allclose(long, longer, atol=1e-6) and not np.allclose(short, long, atol=1e-3)


@pytest.mark.parametrize("model", ["bert", "clip", "sentences", "static"])
def test_texts_of_any_sort_have_features(model: str, name: Callable[[str], str]) -> None:
    odd = ["", " ", "a", "語" * 3_000, "\x00", "🙂 ok", "<b>x</b>\n" * 500, "the cat ran"]
    found = features(name(model), "text", odd)
    assert found.dtype == np.float32 and np.isfinite(found).all()
    assert np.allclose(features(name(model), "text", odd[-1:])[0], found[-1], atol=1e-5)


def test_sentences_are_encoded_as_by_sentence_transformers(
    folders: Callable[[str], Path], name: Callable[[str], str]
) -> None:
    from sentence_transformers import SentenceTransformer

    library = SentenceTransformer(str(folders("sentences")), device="cpu")
    assert np.allclose(features(name("sentences"), "text", TEXTS), library.encode(TEXTS), atol=1e-5)


def test_real_weights_give_what_the_packaged_encoder_gives() -> None:
    """The package of `minilm` has the folder of sentence-transformers/all-MiniLM-L6-v2."""
    folder = installed.found(minilm.PACKAGE, "minilm") / "model"
    sentences = ["That is a happy person", "A dog barks at the moon.", "주가가 올랐다", ""]
    expected = minilm.MiniLM().features(sentences)
    for prefix in ("st", "hf"):
        assert np.allclose(features(f"{prefix}:{folder}", "text", sentences), expected, atol=1e-4)


def test_words_are_encoded_as_by_model2vec(
    folders: Callable[[str], Path], name: Callable[[str], str]
) -> None:
    from model2vec import StaticModel

    library = StaticModel.from_pretrained(folders("static"))
    assert np.allclose(features(name("static"), "text", TEXTS), library.encode(TEXTS), atol=1e-6)


@pytest.mark.parametrize("model", ["vit", "dinov2"])
def test_pictures_have_their_class_token(
    model: str, folders: Callable[[str], Path], name: Callable[[str], str]
) -> None:
    from transformers import AutoImageProcessor, AutoModel

    scale = AutoImageProcessor.from_pretrained(folders(model), backend="pil")
    library = AutoModel.from_pretrained(folders(model)).eval()
    with torch.inference_mode():
        inputs = scale(pictures(3), return_tensors="pt")
        expected = library(**inputs).last_hidden_state[:, 0].numpy()
    assert np.allclose(features(name(model), "image", pictures(3)), expected, atol=1e-4)


def test_maps_are_averaged_and_sizes_may_differ(name: Callable[[str], str]) -> None:
    sizes = [pictures(1)[0], pictures(1)[0][:20, :30], pictures(1)[0][:9]]
    found = features(name("resnet"), "image", sizes)
    assert found.shape == (3, 16)
    assert np.allclose(found[1], features(name("resnet"), "image", sizes[1:2])[0], atol=1e-5)


@pytest.mark.parametrize("model", ["vit", "dinov2", "resnet", "clip"])
def test_images_of_any_mode_have_features(model: str, name: Callable[[str], str]) -> None:
    grey = np.arange(400, dtype=np.uint8).reshape(20, 20)
    odd = [grey, grey[:, :, None], np.stack([grey] * 3, 2), grey[:1, :1], grey[:1], grey[:, :1]]
    found = features(name(model), "image", odd)
    assert np.isfinite(found).all()
    assert np.allclose(found[0], found[1], atol=1e-5) and np.allclose(found[0], found[2], atol=1e-5)


def test_a_long_strip_takes_little_memory(name: Callable[[str], str]) -> None:
    strip = np.zeros((1, 60_000, 3), np.uint8)  # 32 pixels high it would be 1.9 million wide
    assert np.isfinite(features(name("dinov2"), "image", [strip])).all()


def test_a_model_of_two_kinds_compares_them_in_one_space(name: Callable[[str], str]) -> None:
    texts = features(name("clip"), "text", TEXTS[:3])
    images = features(name("clip"), "image", pictures(3))
    assert texts.shape == images.shape == (3, 24)
    assert np.allclose(np.linalg.norm([*texts, *images], axis=1), 1, atol=1e-5)


def test_sounds_are_heard_at_the_rate_of_the_model(
    folders: Callable[[str], Path], name: Callable[[str], str]
) -> None:
    from transformers import Wav2Vec2Model

    (clip,) = clips(1)
    wave = resample_poly(clip, 320, 441)
    wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
    model = Wav2Vec2Model.from_pretrained(folders("wav2vec2")).eval()
    with torch.inference_mode():
        states = model(torch.tensor(wave[None], dtype=torch.float32)).last_hidden_state
    found = features(name("wav2vec2"), "audio", [clip])
    assert np.allclose(found[0], states[0].mean(0).numpy(), atol=1e-3)


@pytest.mark.parametrize("model", ["wav2vec2", "whisper"])
def test_sounds_of_any_length_have_features(model: str, name: Callable[[str], str]) -> None:
    odd = [clips(1)[0], clips(1)[0][:1], np.zeros(RATE, np.float32), np.tile(clips(1)[0], 9)]
    odd.append(np.full(500, np.nan, np.float32))
    assert np.isfinite(features(name(model), "audio", odd)).all()


def test_silence_after_a_clip_is_not_heard(
    folders: Callable[[str], Path], name: Callable[[str], str]
) -> None:
    """Whisper listens on to the end of its time, here 2 s: of that the first 0.5 s count."""
    from transformers import WhisperFeatureExtractor, WhisperModel

    (clip,) = clips(1)
    extractor = WhisperFeatureExtractor.from_pretrained(folders("whisper"))
    heard = extractor(resample_poly(clip, 320, 441), sampling_rate=16_000, return_tensors="pt")
    encoder = WhisperModel.from_pretrained(folders("whisper")).eval().get_encoder()
    with torch.inference_mode():
        states = encoder(heard["input_features"]).last_hidden_state[0]
    assert states.shape == (100, 32)
    found = features(name("whisper"), "audio", [clip])
    assert np.allclose(found[0], states[:25].mean(0).numpy(), atol=1e-4)


# --- in a project ---------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["bert", "clip", "sentences", "static"])
def test_a_project_of_texts_goes_on_with_the_encoder(
    model: str, texts: dalt.Project, name: Callable[[str], str]
) -> None:
    before = np.array(texts.encode(name(model), progress=False))
    assert before.dtype == np.float32 and before.shape[0] == len(TEXTS)
    texts.add_texts(["the dog slept", "the market"], progress=False)
    with texts.session("ana") as session:
        for _ in range(6):
            asked = session.next()
            assert asked is not None
            session.submit(asked, CLASSES[asked.sample.position >= len(TEXTS) // 2])
    with dalt.Project.open(texts.folder) as again:
        grown = again.encode(progress=False)
        assert grown.shape[0] == len(TEXTS) + 2 and np.array_equal(grown[: len(TEXTS)], before)
        again.trainer.wait(60)
        said = again.predict(["our cat ran", "the bank rose"], progress=False)
        assert set(said.label) == set(CLASSES) and np.isfinite(said.probability).all()
        space = again.workspace
        server = Backend(space.live, space.store, space.files, again.trainer, space.cache)
        (ranked, _), _ = server.predict(["our cat ran", "the bank rose"])
        assert ranked.top == said.label[0], "as over the network"


@pytest.mark.parametrize(
    ("kind", "model"), [("image", "dinov2"), ("image", "clip"), ("audio", "wav2vec2")]
)
def test_pictures_and_sounds_are_embedded(
    kind: str, model: str, tmp_path: Path, name: Callable[[str], str]
) -> None:
    import soundfile

    with dalt.Project.create(tmp_path / "p.dalt", classes=CLASSES) as project:
        if kind == "image":
            project.add_images(np.stack(pictures()), progress=False)
        else:
            for number, clip in enumerate(clips()):
                soundfile.write(tmp_path / f"{number}.wav", clip, RATE)
            project.add_audio([tmp_path / f"{n}.wav" for n in range(8)], progress=False)
        embedded = np.array(project.encode(name(model), progress=False))
        assert len(embedded) == project.status()["encoded"]
        assert np.ptp(embedded, axis=0).max() > 1e-3


def test_the_same_choice_is_embedded_once_and_other_weights_anew(
    texts: dalt.Project, tmp_path: Path
) -> None:
    folder = save_bert(tmp_path / "mine")
    first = np.array(texts.encode(f"hf:{folder}", progress=False))
    known = choice_of(texts)
    assert known.startswith(f"hf:{folder} ")
    assert np.array_equal(texts.encode(f"hf:{folder}", progress=False), first)
    assert choice_of(texts) == known
    (folder / "README.md").write_text("a note")
    texts.encode(f"hf:{folder}", progress=False)
    assert choice_of(texts) == known, "a readme decides nothing"
    shutil.rmtree(folder)
    save_bert(folder, seed=1)
    texts.add_texts(["a sample"], progress=False)
    with dalt.Project.open(texts.folder) as again:
        with pytest.raises(dalt.BadInput, match=r"weights of .* are not those .*retrain=True"):
            again.encode(progress=False)
        other = again.encode(f"hf:{folder}", progress=False)
    assert choice_of(texts) != known and not np.allclose(other[: len(TEXTS)], first)


def test_a_folder_that_is_gone_is_told(texts: dalt.Project, tmp_path: Path) -> None:
    folder = save_static(tmp_path / "mine")
    texts.encode(f"model2vec:{folder}", progress=False)
    folder.rename(tmp_path / "moved")
    texts.add_texts(["a sample"], progress=False)
    with dalt.Project.open(texts.folder) as again:
        with pytest.raises(dalt.BadInput, match=r"There is no folder .*mine with a model"):
            again.encode(progress=False)
        assert again.encode(f"model2vec:{tmp_path / 'moved'}", progress=False).shape[1] == 32


def test_the_command_line_takes_a_folder_from_where_it_stands(
    texts: dalt.Project,
    folders: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    texts.close()
    monkeypatch.chdir(folders("static").parent)
    assert main(["encode", str(texts.folder), "--encoder", "model2vec:./static"]) == 0
    assert f"{len(TEXTS)} samples in 32 dims." in capsys.readouterr().out
    assert choice_of(texts).startswith(f"model2vec:{folders('static')} ")
    monkeypatch.chdir(texts.folder)
    (texts.folder / "more.csv").write_text("t\na sample of text\n", "utf-8")
    assert main(["add", str(texts.folder), "--csv", "more.csv", "--text", "t"]) == 0
    with dalt.Project.open(texts.folder) as again:
        assert again.status()["encoded"] == len(TEXTS) + 1


def test_a_new_process_reads_the_encoder_back(
    texts: dalt.Project, name: Callable[[str], str]
) -> None:
    embedded = np.array(texts.encode(name("static"), progress=False))
    script = """
import sys
from pathlib import Path
import numpy as np
from dalt.features import EmbeddingCache
encoder = EmbeddingCache(Path(sys.argv[1]) / "embeddings").encoder()
np.save(sys.argv[2], encoder.transform(sys.argv[3:]))
print("transformers" in sys.modules)
"""
    out = texts.folder / "again.npy"
    done = subprocess.run(
        [sys.executable, "-c", script, str(texts.folder), str(out), *TEXTS],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[4]), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr
    assert np.allclose(np.load(out), embedded, atol=1e-5)


# --- what cannot be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "kind", "said"),
    [
        ("vit", "text", "reads image samples, and the pool holds text samples"),
        ("bert", "image", "reads text samples, and the pool holds image samples"),
        ("bert", "table", "reads image and text and audio samples, and the pool holds table"),
        ("wav2vec2", "text", "reads audio samples, and the pool holds text"),
        ("clip", "audio", "reads image and text samples, and the pool holds audio"),
        ("sentences", "image", "reads text samples, and the pool holds image"),
        ("static", "audio", "reads text samples, and the pool holds audio"),
    ],
)
def test_a_model_for_other_samples_is_refused(
    model: str, kind: Any, said: str, name: Callable[[str], str]
) -> None:
    with pytest.raises(dalt.BadInput, match=said):
        features(name(model), kind, [])


def test_the_encoder_in_use_stays_when_another_is_refused(
    texts: dalt.Project, name: Callable[[str], str]
) -> None:
    embedded = np.array(texts.encode(name("static"), progress=False))
    with pytest.raises(dalt.BadInput, match="reads image samples"):
        texts.encode(name("vit"), progress=False)
    assert np.array_equal(texts.encode(progress=False), embedded)


def without_a_weight(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    held = load_file(folder / "model.safetensors")
    held.pop(next(each for each in held if "layer.0.attention" in each))
    save_file(held, folder / "model.safetensors", {"format": "pt"})


def with_a_program(folder: Path) -> None:
    description = json.loads((folder / "config.json").read_text())
    description |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config"}}
    (folder / "config.json").write_text(json.dumps(description))
    (folder / "mine.py").write_text("raise SystemExit('run')")


def of_an_unknown_sort(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "nothing-that-there-is"}')


def as_a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def cut_off(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-400])


def in_parts_of_which_one_is_missing(folder: Path) -> None:
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def without_a_tokenizer(folder: Path) -> None:
    for each in folder.glob("token*"):
        each.unlink()


def described_by_nothing(folder: Path) -> None:
    (folder / "config.json").unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (without_a_weight, "1 are missing .first: .*attention.*, so its features would be random"),
        (with_a_program, "transformers cannot read the model of hf:"),
        (of_an_unknown_sort, "transformers cannot read the model of hf:"),
        (as_a_pickle, r"has no model\.safetensors, .* pickles: .*'hf:FOLDER'"),
        (cut_off, "transformers cannot read the model of hf:"),
        (in_parts_of_which_one_is_missing, "incomplete: model-00001-of-00002.safetensors"),
        (without_a_tokenizer, "has no tokenizer with words: its files are missing"),
        (described_by_nothing, r"no model for hf: there is no config\.json"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_damaged_model_is_one_sentence(
    damage: Callable[[Path], None], said: str, tmp_path: Path, folders: Callable[[str], Path]
) -> None:
    folder = Path(shutil.copytree(folders("bert"), tmp_path / "mine"))
    damage(folder)
    with pytest.raises(dalt.BadInput, match=said) as refused:
        features(f"hf:{folder}", "text", [])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("prefix", "model"), [("st", "sentences"), ("model2vec", "static")])
def test_damaged_models_of_the_other_libraries_are_one_sentence(
    prefix: str, model: str, tmp_path: Path, folders: Callable[[str], Path]
) -> None:
    folder = Path(shutil.copytree(folders(model), tmp_path / "mine"))
    cut_off(folder)
    with pytest.raises(dalt.BadInput, match=f"cannot read the model of {prefix}:") as refused:
        features(f"{prefix}:{folder}", "text", [])
    assert "\n" not in str(refused.value)


def test_sentences_without_their_tokenizer_are_refused(
    tmp_path: Path, folders: Callable[[str], Path]
) -> None:
    folder = Path(shutil.copytree(folders("sentences"), tmp_path / "mine"))
    without_a_tokenizer(folder)
    with pytest.raises(dalt.BadInput, match=r"no tokenizer with words|cannot read"):
        features(f"st:{folder}", "text", [])


def test_a_part_of_a_model_that_is_a_pickle_is_not_read(
    tmp_path: Path, folders: Callable[[str], Path]
) -> None:
    folder = Path(shutil.copytree(folders("sentences"), tmp_path / "mine"))
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    with pytest.raises(dalt.BadInput, match=r"2_Dense has no model\.safetensors"):
        features(f"st:{folder}", "text", [])


def test_nothing_is_written_to_the_terminal(
    name: Callable[[str], str], capfd: pytest.CaptureFixture[str]
) -> None:
    for model in ("bert", "sentences", "static"):
        features(name(model), "text", TEXTS)
    features(name("vit"), "image", pictures(2))
    assert capfd.readouterr() == ("", "")
