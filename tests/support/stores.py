"""Stores of a few samples, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable

from dalt.core.records import Answer, LabelValue, Sample
from dalt.storage.databases import Place
from dalt.storage.store import Claim, Store

NewPlace = Callable[[], Place]


def samples(n: int) -> list[Sample]:
    return [Sample(f"s{i:04d}", "image", f"{i}.png", location={"row": i}) for i in range(n)]


def claim(store: Store, annotator: str = "ana", **changes: object) -> Claim | None:
    wanted: dict[str, object] = {
        "candidates": [], "uniform": False, "uniform_share": 0.1, "seconds": 60.0
    }  # fmt: skip
    return store.leases.claim(annotator, f"{annotator}-1", **(wanted | changes))  # type: ignore[arg-type]


def answer(sample_id: str, label: str | None, key: str, annotator: str = "ana") -> Answer:
    return Answer(
        kind="skip" if label is None else "label",
        sample_id=sample_id,
        label=label,
        annotator=annotator,
        session=f"{annotator}-1",
        key=key,
    )


def current(store: Store) -> dict[tuple[str, str], LabelValue | None]:
    return {(e.sample_id, e.annotator): e.label for e in store.labels.current()}


def position(got: Claim | None) -> int | None:
    return None if got is None else got.sample.position
