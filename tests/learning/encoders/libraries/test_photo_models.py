"""Models of timm and OpenCLIP, where their torchvision fits the installed torch.

They are no dependencies of the tests: beside torch's build for processors alone, the torchvision
that pip brings does not import.  The commands below run these tests where it does.

    pip install 'dalt[timm,open-clip]'
    pytest tests/learning/encoders/libraries/test_photo_models.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from dalt.core.records import BadInput
from dalt.learning.encoders.libraries import photo_models
from dalt.learning.encoders.libraries.names import ModelName, named
from dalt.learning.encoders.libraries.opening import opened

WHY = "it is not installed: it needs a torchvision that fits torch exactly"
CLIP = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "head_width": 32, "patch_size": 8},
    "text_cfg": {"context_length": 77, "vocab_size": 49_408, "width": 32, "heads": 2, "layers": 1},
}
IMAGES = [
    np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    for shape in [(20, 30), (40, 30, 3), (3, 500, 3), (1, 1), (64, 64, 1)]
]


def model(choice: str) -> ModelName:
    found = named(choice)
    assert found is not None
    return found


@pytest.fixture
def timm() -> Any:
    return pytest.importorskip("timm", reason=WHY, exc_type=ImportError)


@pytest.fixture
def open_clip() -> Any:
    return pytest.importorskip("open_clip", reason=WHY, exc_type=ImportError)


def test_pictures_have_the_features_of_timm(timm: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    made = timm.create_model("mobilenetv4_conv_small.e2400_r224_in1k", pretrained=False)
    timm.models.save_for_hf(made, tmp_path / "mine", safe_serialization=True)
    found = opened(model(f"timm:{tmp_path / 'mine'}"), "image").features(IMAGES)
    assert found.shape == (5, 1_280) and np.isfinite(found).all()
    made.reset_classifier(0)
    scale = timm.data.create_transform(**timm.data.resolve_data_config({}, model=made))
    from dalt.learning.encoders.libraries.pictures import picture

    with torch.inference_mode():
        expected = made.eval()(scale(picture(IMAGES[1]))[None]).numpy()
    assert np.allclose(found[1], expected[0], atol=1e-4)


def test_timm_chooses_the_weights_of_a_bare_name(timm: Any) -> None:
    found = photo_models.timm_repository(model("timm:resnet18"), "image")
    assert found.on_hub == "timm/resnet18.a1_in1k"
    with pytest.raises(BadInput, match="no pretrained weights for 'resnet17'"):
        photo_models.timm_repository(model("timm:resnet17"), "image")


@pytest.mark.parametrize(("kind", "raw"), [("image", IMAGES), ("text", ["", "cat", "x " * 500])])
def test_open_clip_compares_pictures_and_texts(
    kind: Any, raw: list[Any], open_clip: Any, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    (tmp_path / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": CLIP, "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3}})
    )
    weights = {
        name: each.contiguous() for name, each in open_clip.CLIP(**CLIP).state_dict().items()
    }
    save_file(weights, tmp_path / "open_clip_model.safetensors")
    found = opened(model(f"open_clip:{tmp_path}"), kind).features(raw)
    assert found.shape == (len(raw), 32)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_open_clip_knows_where_its_weights_are(open_clip: Any) -> None:
    repository = photo_models.open_clip_repository
    known = repository(model("open_clip:ViT-B-32/laion2b_s34b_b79k"), "image")
    assert known.on_hub == "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    with pytest.raises(BadInput, match="for ViT-B-32 there is openai"):
        repository(model("open_clip:ViT-B-32/nothing"), "image")
    with pytest.raises(BadInput, match="ViT-B-31 is no model"):
        repository(model("open_clip:ViT-B-31/openai"), "image")
