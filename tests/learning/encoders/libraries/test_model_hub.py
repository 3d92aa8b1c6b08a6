"""Models of a hub: the size is told first, what is on this machine is not asked for again."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from library_models import save_bert, save_vit
from model_hub import ModelHub, serving

from dalt.core.records import BadInput
from dalt.learning.encoders.libraries.hub import Downloading
from dalt.learning.encoders.libraries.names import named
from dalt.learning.encoders.libraries.opening import opened

pytestmark = pytest.mark.filterwarnings("error")  # nothing but what a test expects


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert(tmp_path_factory.mktemp("models") / "bert")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    cache = tmp_path / "cache"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    return cache


def test_a_model_is_downloaded_once_and_its_size_is_told_before(
    bert: Path, empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = named("hf:me/bert")
    assert name is not None
    said: list[tuple[str, int, int]] = []
    with serving(ModelHub({"me/bert": bert})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.warns(Downloading) as told:
            first = opened(name, "text", progress=lambda *step: said.append(step), downloads=True)
        assert "model.safetensors" in hub.given and "config.json" in hub.given
        asked = len(hub.asked)
        again = opened(name, "text", downloads=True)
        assert len(hub.asked) == asked, "what is on this machine is not asked for"
    (message,) = (str(each.message) for each in told)
    total = sum(each.stat().st_size for each in bert.iterdir())
    assert message.startswith("hf:me/bert is not on this machine: downloading ")
    assert f" {round(total / 1_000)} kB (4 files) from {hub.address} into {empty_cache}" in message
    steps = [each for each in said if each[0].startswith("Downloading the model: hf:me/bert, ")]
    assert steps[-1][1:] == (total, total)
    offline = opened(name, "text")
    texts = ["the cat slept", "our bank fell"]
    folder = named(f"hf:{bert}")
    assert folder is not None
    by_folder = opened(folder, "text")
    for model in (again, offline, by_folder):
        assert np.array_equal(model.features(texts), first.features(texts))
    assert by_folder.identity()["weights"] == first.identity()["weights"]


def test_the_weights_of_a_model_for_other_samples_are_not_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = named("hf:me/vit")
    assert name is not None
    with serving(ModelHub({"me/vit": save_vit(tmp_path / "vit")})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with (
            pytest.warns(Downloading),
            pytest.raises(BadInput, match="hf:me/vit reads image samples, and the pool holds text"),
        ):
            opened(name, "text", downloads=True)
        assert hub.given == ["config.json", "preprocessor_config.json"]


def test_only_weights_without_pickles_are_downloaded(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = named("hf:me/old")
    assert name is not None
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "config.json").write_bytes((bert / "config.json").read_bytes())
    (tmp_path / "old" / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    with serving(ModelHub({"me/old": tmp_path / "old"})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.raises(BadInput, match=r"hf:me/old has no model\.safetensors, .* pickles"):
            opened(name, "text", downloads=True)
        assert hub.given == []


def test_a_size_that_the_hub_does_not_say_is_told_as_unknown(
    bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = named("hf:me/bert")
    assert name is not None
    with serving(ModelHub({"me/bert": bert}, says_sizes=False)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.warns(Downloading, match="downloading of unknown size"):
            assert opened(name, "text", downloads=True).n_features == 32


def test_nothing_is_downloaded_that_nobody_has_named(
    bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = named("hf:me/bert")
    assert name is not None
    with serving(ModelHub({"me/bert": bert})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.raises(BadInput, match=r"not on this machine: .*project\.encode\('hf:me/bert'"):
            opened(name, "text")
        assert hub.asked == []


@pytest.mark.parametrize(
    ("hub", "said"),
    [
        (lambda: ModelHub({}), "has no model me/bert that you may see"),
        (lambda: ModelHub({}, refuses=401), "has no model me/bert that you may see"),
        (lambda: ModelHub({}, refuses=403, gated=True), "has terms to accept first: open http"),
        (lambda: ModelHub({}, refuses=500), r"does not give it \(.*500.*encode\('hf:FOLDER'\)"),
    ],
)
def test_a_hub_that_gives_nothing_is_told_in_a_sentence(
    hub: Callable[[], ModelHub], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = named("hf:me/bert")
    assert name is not None
    with serving(hub()) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        with pytest.raises(BadInput, match=said) as refused:
            opened(name, "text", downloads=True)
    assert "\n" not in str(refused.value)


def test_a_hub_that_is_away_is_told_with_the_way_out() -> None:
    name = named("hf:me/bert")
    assert name is not None
    with pytest.raises(BadInput) as refused:
        opened(name, "text", downloads=True)
    said = str(refused.value)
    assert said.startswith("The model of hf:me/bert is not on this machine, and http://127.0.0.1:9")
    assert said.endswith("bring its folder here and name that, project.encode('hf:FOLDER').")


def test_no_hub_is_asked_where_a_person_has_switched_it_off(
    bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    name = named("hf:me/bert")
    assert name is not None
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with serving(ModelHub({"me/bert": bert})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.raises(BadInput, match=r"\(HF_HUB_OFFLINE is set\)"):
            opened(name, "text", downloads=True)
        assert hub.asked == []


class Interrupted(Exception):
    """Raised by whoever hears of the progress, as Ctrl+C is."""


def test_an_interrupted_download_goes_on_later(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = named("hf:me/bert")
    assert name is not None

    def stop(what: str, done: int, total: int) -> None:
        raise Interrupted

    with serving(ModelHub({"me/bert": bert})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        with pytest.warns(Downloading), pytest.raises(Interrupted):
            opened(name, "text", progress=stop, downloads=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Downloading)
            assert opened(name, "text", downloads=True).n_features == 32
