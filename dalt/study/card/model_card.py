"""The card of a model: what it learned from, how good it is, and what it cannot do."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from dalt.core.arguments import PATH, takes
from dalt.core.errors import not_written
from dalt.core.files import require_folder, write_atomically
from dalt.core.records import BadInput, ClassSpec, Estimate, Kind, Label
from dalt.core.settings.settings import Settings
from dalt.core.summaries import counted
from dalt.core.version import __version__
from dalt.labeling.quality.accuracy import suggestion_accuracy, suggestion_calibration
from dalt.learning.heads.snapshot import Snapshot
from dalt.storage.store import Store
from dalt.study.card.escaping import markdown, yaml_text

SIGN = "dalt_model_card:"
LIBRARIES = ("numpy", "scikit-learn", "torch", "onnx", "onnxruntime", "skops")
KINDS = {
    "image": "Pictures",
    "text": "Texts",
    "table": "Rows of a table",
    "audio": "Sounds",
    None: "Samples",
}


@dataclass(frozen=True)
class ClassFacts:
    """What is known of one class.

    Attributes
    ----------
    spec : ClassSpec
    n_labels : int
    accuracy : Estimate or None
        How often the suggestion was right for samples of this class, drawn uniformly.
    """

    spec: ClassSpec
    n_labels: int
    accuracy: Estimate | None


@dataclass(frozen=True)
class ModelFacts:
    """What a model card tells, as values.

    Attributes
    ----------
    name, guideline : str
        Of the project.
    kind : {"image", "text", "table", "audio"} or None
    multi : bool
        Whether a sample can have several classes.
    n_samples, n_labels, n_annotators : int
        Samples of the pool; labels that the model learned; people who gave them.
    classes : tuple of ClassFacts
    accuracy : Estimate or None
        Of the suggestions for uniformly drawn samples.
    calibration_error : float or None
    snapshot : int
    snapshot_sha256, encoder, head : str
    made_at : str
        When the snapshot was made, in UTC.
    versions : mapping of str to str
        Of the libraries that are installed.
    """

    name: str
    guideline: str
    kind: Kind | None
    multi: bool
    n_samples: int
    n_labels: int
    n_annotators: int
    classes: tuple[ClassFacts, ...]
    accuracy: Estimate | None
    calibration_error: float | None
    snapshot: int
    snapshot_sha256: str
    encoder: str
    head: str
    made_at: str
    versions: Mapping[str, str]


def gather_model(
    store: Store, settings: Settings, snapshot: Snapshot, *, kind: Kind | None
) -> ModelFacts:
    """Read from a store what a model card tells.

    Parameters
    ----------
    store : Store
    settings : Settings
    snapshot : Snapshot
        The model.
    kind : {"image", "text", "table", "audio"} or None
    """
    classes = settings.class_set
    drawn = [classes.read(event) for event in store.events.uniform()]
    labels = [classes.read(event) for event in store.labels.current()]
    learned = [event for event in labels if event.event_id <= snapshot.cursor]
    record = store.snapshots.get(snapshot.version)
    return ModelFacts(
        name=settings.name,
        guideline=settings.guideline,
        kind=kind,
        multi=snapshot.multi,
        n_samples=store.samples.counts().samples,
        n_labels=len(learned) if record is None else record.n_labels,
        n_annotators=len({event.annotator for event in learned}),
        classes=tuple(
            ClassFacts(spec, sum(_has(each, spec.name) for each in learned), of_class)
            for spec in settings.classes
            if spec.name in snapshot.classes
            for of_class in [_accuracy_of(drawn, spec.name)]
        ),
        accuracy=suggestion_accuracy(drawn),
        calibration_error=suggestion_calibration(drawn),
        snapshot=snapshot.version,
        snapshot_sha256=snapshot.hash,
        encoder=snapshot.encoder,
        head=snapshot.head,
        made_at="" if record is None else f"{record.created_at:%Y-%m-%d %H:%M} UTC",
        versions=_versions(),
    )


class ModelCard:
    """A model card: shown in a notebook's cell, and written with `save`.

    Parameters
    ----------
    facts : ModelFacts
    guard : callable
        Gets the path to write; raises `BadInput` if nothing may be written there.
    """

    def __init__(self, facts: ModelFacts, guard: Callable[[Path], None]) -> None:
        self.facts = facts
        self._guard = guard

    @property
    def markdown(self) -> str:
        """The card with a front matter: the README.md of a model."""
        facts = self.facts
        front = [
            "---",
            f"model_name: {yaml_text(facts.name)}",
            "library_name: dalt",
            SIGN,
            f"  snapshot: {facts.snapshot}",
            f'  snapshot_sha256: "{facts.snapshot_sha256}"',
            "---",
        ]
        return "\n".join([*front, "", self._repr_markdown_()])

    @takes(path=PATH)
    def save(self, path: str | Path) -> Path:
        """Write the card as Markdown; the file appears whole or not at all.

        Raises
        ------
        BadInput
            If `path` is a folder, lies in a project or in a missing folder, cannot be written, or
            is a file that is no model card.
        """
        place = Path(path).expanduser()
        if place.is_dir():
            raise BadInput(f"{str(place)!r} is a folder; name a file in it: {place / 'README.md'}.")
        require_folder(place)
        self._guard(place)
        try:
            if place.exists() and SIGN.encode() not in place.read_bytes():
                raise BadInput(
                    f"{str(place)!r} is there already and is no model card; name another file."
                )
            write_atomically(place, self.markdown)
        except OSError as error:
            raise not_written(place, error) from error
        return place

    def __repr__(self) -> str:
        facts = self.facts
        return (
            f"Model card of {facts.name}: snapshot {facts.snapshot}, "
            f"{counted(facts.n_labels, 'label')}; card.save('README.md') writes it."
        )

    def _repr_markdown_(self) -> str:
        """The card without its front matter, for a cell of a notebook."""
        facts = self.facts
        parts = [
            f"# Model card: {markdown(facts.name)}",
            _what(facts),
            "## What it learned from",
            _learned_from(facts),
            _table(facts),
            "## How good it is",
            _how_good(facts),
            "## Limits",
            _limits(facts),
            "## Which model this is",
            _identity(facts),
        ]
        return "\n\n".join(parts) + "\n"


def _what(facts: ModelFacts) -> str:
    classes = " or ".join(markdown(each.spec.name) for each in facts.classes)
    gets = "several of the classes, or none" if facts.multi else "one class"
    guideline = f"\n\n> {markdown(facts.guideline)}" if facts.guideline else ""
    guided = " People labelled by this guideline:" if facts.guideline else ""
    return f"{KINDS[facts.kind]} get {gets}: {classes}.{guided}{guideline}"


def _learned_from(facts: ModelFacts) -> str:
    people = counted(facts.n_annotators, "annotator")
    return (
        f"{counted(facts.n_labels, 'label')} by {people}, out of "
        f"{counted(facts.n_samples)} that the encoder has seen without labels."
    )


def _table(facts: ModelFacts) -> str:
    lines = ["| Class | Labels | Right where drawn uniformly |", "|---|---|---|"]
    for each in facts.classes:
        name, about = markdown(each.spec.name), markdown(each.spec.description)
        said = f"{name}: {about}" if about else name
        lines.append(f"| {said} | {each.n_labels:,} | {_share(each.accuracy)} |")
    return "\n".join(lines)


def _share(estimate: Estimate | None) -> str:
    if estimate is None:
        return "unknown"
    return (
        f"{estimate.value:.0%} ({estimate.low:.0%} to {estimate.high:.0%}, "
        f"of {counted(estimate.n)})"
    )


def _how_good(facts: ModelFacts) -> str:
    if facts.accuracy is None:
        return (
            "Unknown: no sample was drawn uniformly while a suggestion was on screen, so nothing "
            "was measured."
        )
    said = (
        f"**{_share(facts.accuracy)}** of the suggestions were right for samples that were drawn "
        "uniformly from the pool. The interval (95 %, Wilson) is for the share in the pool. Each "
        "suggestion was made before its sample was labelled, by the model of that moment, which "
        "had fewer labels than this one."
    )
    if facts.calibration_error is not None:
        said += (
            f" Stated probabilities differ from how often they were right by "
            f"{facts.calibration_error:.2f} on average (calibration error)."
        )
    return said


def _limits(facts: ModelFacts) -> str:
    few = [each for each in facts.classes if each.n_labels < 10]
    limits = [
        "The figures hold for samples like those of the pool. Of other sources, times or devices "
        "they say nothing.",
        "It always names classes of this list: a sample that belongs to none of them gets one, too."
        if not facts.multi
        else "It knows the classes of this list only.",
        "Probabilities are those of the model, not of a person: check them where errors cost much.",
    ]
    if few:
        names = ", ".join(markdown(each.spec.name) for each in few)
        limits.append(f"Fewer than ten labels each: {names}. It hardly knows these.")
    return "\n".join(f"- {line}" for line in limits)


def _identity(facts: ModelFacts) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in facts.versions.items())
    lines = [
        f"Snapshot {facts.snapshot}" + (f" of {facts.made_at}" if facts.made_at else ""),
        f"SHA-256 of the snapshot `{facts.snapshot_sha256}`",
        f"Encoder `{facts.encoder}`, head {markdown(facts.head)}",
        f"Written with {versions}",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _accuracy_of(drawn: list[Label], name: str) -> Estimate | None:
    """Accuracy among the samples whose last label is this class."""
    last = {event.sample_id: event for event in drawn}
    of_class = {sample_id for sample_id, event in last.items() if _has(event, name)}
    return suggestion_accuracy(event for event in drawn if event.sample_id in of_class)


def _has(event: Label, name: str) -> bool:
    label = event.label
    return label == name if isinstance(label, str) or label is None else name in label


def _versions() -> dict[str, str]:
    found = {"DALT": __version__, "Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
