"""Reads what a card tells from a project's store and settings."""

from __future__ import annotations

import platform
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from dalt.core.records import ClassSet, Consensus, Estimate, Label, Progress, Region
from dalt.core.settings.settings import Settings
from dalt.core.version import __version__
from dalt.labeling.quality.accuracy import suggestion_accuracy, wilson
from dalt.labeling.quality.agreement import Agreement, by_pair, overall
from dalt.labeling.quality.board import Member, board
from dalt.labeling.quality.judging import judge
from dalt.labeling.quality.votes import votes_of
from dalt.storage.store import Store
from dalt.study.card.event_hash import LogHash, labels_hash
from dalt.study.card.facts import (
    ClassFacts,
    Facts,
    Log,
    Mark,
    Measured,
    PersonFacts,
    Pool,
    Task,
)
from dalt.study.card.origins import origins
from dalt.study.card.pseudonyms import SECRET, Naming, pseudonyms

RESAMPLES = 1_000
MOST_PAIRS = 45
"""Most pairs of annotators that are compared one by one: those of ten people."""
TRIES = 5
"""How often the log is read again because somebody labelled meanwhile."""
REPORTED_EVERY = 2_000
NO_DRAW = "none"
ANSWERS = ("label", "skip")


@dataclass
class Reading:
    """One pass over the log; `seconds` are by annotator."""

    hash: LogHash
    draws: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    n_blind: int = 0
    n_suggested: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, event: Label) -> None:
        """Take the next event."""
        self.hash.add(event)
        self.kinds[event.kind] += 1
        if event.kind in ANSWERS:
            self.draws[event.draw or NO_DRAW] += 1
            self.seconds[event.annotator] += event.active_seconds or 0.0
        if event.kind in ("label", "import"):
            self.first = self.first or event.created_at
            self.last = event.created_at
        if event.kind == "label":
            self.n_blind += event.mode == "blind"
            self.n_suggested += event.suggested is not None

    def log(self) -> Log:
        """The figures of the log, for the card."""
        return Log(
            draws=tuple(self.draws.most_common()),
            n_answers=sum(self.draws.values()),
            n_imported=self.kinds["import"],
            n_undone=self.kinds["undo"],
            n_blind=self.n_blind,
            n_suggested=self.n_suggested,
            first=self.first,
            last=self.last,
        )


def gather(
    store: Store,
    settings: Settings,
    *,
    encoder: str | None,
    names: bool,
    report: Progress,
) -> Facts:
    """Read everything that a card tells.

    Parameters
    ----------
    store : Store
    settings : Settings
    encoder : str or None
        Fingerprint of the encoder in use.
    names : bool
        Call annotators by their names instead of pseudonyms.
    report : callable
        Gets the progress.
    """
    classes, naming = settings.class_set, pseudonyms(store.secret(SECRET))
    reading, labels = read_log(store, classes, naming, report)
    certificate = store.audits.in_force()
    answers, decisions = store.answers.current(), store.adjudications.decisions()
    seen = store.events.last_seen()
    members = board(answers, decisions, classes, seen)
    agreed = [] if classes.shape else judge(labels, decisions, classes).consensus()
    counts, kind = store.samples.counts(), next(iter(store.samples.kinds()), None)
    removed = set(store.removals.positions())
    sources = (source for row, source in store.samples.every_source() if row not in removed)
    decided = Counter(each.kind for each in decisions)
    return Facts(
        task=_task(settings, kind),
        pool=Pool(
            n_samples=counts.samples,
            n_labelled=counts.labelled,
            n_removed=len(removed),
            n_gold=decided["gold"],
            n_adjudicated=decided["adjudicate"],
            origins=() if kind is None else origins(sources, kind, () if names else seen),
        ),
        classes=_classes(settings, labels, agreed),
        people=_people(members, reading, str if names else naming),
        named=names,
        agreement=_agreement(labels, settings, str if names else naming),
        human=_human_errors(members, agreed, classes),
        model=_model_errors(store, classes),
        log=reading.log(),
        certificate=certificate,
        studies=tuple(each.hash for each in store.studies.all()),
        versions=_versions(store, encoder),
        mark=Mark(
            reading.hash.n_events,
            reading.hash.hexdigest(),
            labels_hash(labels, naming, certificate),
        ),
    )


def read_log(
    store: Store, classes: ClassSet, naming: Naming, report: Progress
) -> tuple[Reading, list[Label]]:
    """Read the log and the labels that hold after its last event, with present names.

    While people label the log grows: it is read again until nothing came in between, or, after
    `TRIES`, as it is.
    """
    for _ in range(TRIES):
        reading, newest = Reading(LogHash(naming)), store.events.newest_id()
        labels = [classes.read(event) for event in store.labels.current()]
        for event in store.events.all():
            if event.event_id > newest:
                break
            if reading.hash.n_events % REPORTED_EVERY == 0:
                report("Reading the events", min(event.event_id, newest), newest)
            reading.add(event)
        if store.events.newest_id() == newest:
            break
    report("Reading the events", 1, 1)
    return reading, labels


# --- parts ------------------------------------------------------------------------------


def _task(settings: Settings, kind: str | None) -> Task:
    return Task(
        name=settings.name,
        kind=kind,
        task=settings.task,
        multi_label=settings.multi_label,
        guideline=settings.guideline,
        strategy=settings.strategy,
        uniform_share=settings.uniform_share,
        blind_share=settings.blind.share,
        gold_share=settings.gold_share,
        annotations_per_sample=settings.annotations_per_sample,
    )


def _classes(
    settings: Settings, labels: Iterable[Label], agreed: Iterable[Consensus]
) -> tuple[ClassFacts, ...]:
    """The classes in their order, and former ones that labels still have behind them."""
    given: Counter[str] = Counter()
    for event in labels:
        given.update(_named(event.label))
    shared = Counter(name for each in agreed for name in _named(each.label))
    known = {spec.name: spec for spec in settings.classes}
    names = [*known, *(name for name in given if name not in known)]
    return tuple(
        ClassFacts(
            name=name,
            description=known[name].description if name in known else "",
            formerly=known[name].formerly if name in known else (),
            n_labels=given[name],
            n_agreed=shared[name],
        )
        for name in names
    )


def _named(label: object) -> list[str]:
    """The classes that a label names, of regions as often as they are marked."""
    given = label if isinstance(label, tuple) else (label,)
    names = (each.label if isinstance(each, Region) else each for each in given)
    return [str(name) for name in names if name is not None]


def _people(members: Iterable[Member], reading: Reading, naming: Naming) -> tuple[PersonFacts, ...]:
    """Annotators, most labels first: an order by name would give hints of the names."""
    found = [
        PersonFacts(
            name=naming(each.annotator),
            n_labels=each.labels,
            n_skips=each.skips,
            seconds=reading.seconds[each.annotator],
            pace=each.seconds,
            agreement=each.agreement,
            gold=each.gold,
        )
        for each in members
    ]
    return tuple(sorted(found, key=lambda each: (-each.n_labels, each.name)))


def _agreement(labels: Sequence[Label], settings: Settings, naming: Naming) -> tuple[Measured, ...]:
    classes = settings.class_set
    if classes.shape:
        return ()
    how = "MASI distance" if classes.multi else "nominal"

    def alpha(what: str, rows: Sequence[Label]) -> Measured:
        votes = votes_of(rows, classes)
        found = overall(votes, multi=classes.multi, seed=settings.seed, resamples=RESAMPLES)
        return Measured(what, found.beyond_chance, f"{how}; on {found.n:,} samples")

    rows = [alpha("Krippendorff's alpha of all", labels)]
    blind = [event for event in labels if event.mode == "blind"]
    if blind:
        rows.append(alpha("Krippendorff's alpha, only labels given without suggestions", blind))
    n_people = len({event.annotator for event in labels})
    if n_people > 1 and n_people * (n_people - 1) // 2 <= MOST_PAIRS:
        pairs = by_pair(
            votes_of(labels, classes),
            multi=classes.multi,
            seed=settings.seed,
            resamples=RESAMPLES,
        )
        rows += [_pair(each, naming) for each in pairs]
    return tuple(rows)


def _pair(found: Agreement, naming: Naming) -> Measured:
    first, second = sorted(map(naming, found.annotators))
    what = f"Cohen's kappa of {first} and {second}"
    return Measured(what, found.beyond_chance, f"on {found.n:,} samples that both labelled")


def _human_errors(
    members: Sequence[Member], agreed: Sequence[Consensus], classes: ClassSet
) -> tuple[Measured, ...]:
    if classes.shape:
        return ()
    doubts = [1 - each.probability for each in agreed if each.source == "consensus" and each.n > 1]
    mean = sum(doubts) / len(doubts) if doubts else 0.0
    return (
        Measured(
            "Labels of gold samples",
            _errors([each.gold for each in members]),
            "share of wrong answers to samples with a known answer",
        ),
        Measured(
            "Labels that differ from the others'",
            _errors([each.agreement for each in members]),
            "share that the consensus of the others, or a decision, contradicts",
        ),
        Measured(
            "Consensus",
            Estimate(mean, mean, mean, len(doubts)) if doubts else None,
            "expected share of wrong ones, where several people labelled and nobody decided",
        ),
    )


def _errors(shares: Iterable[Estimate | None]) -> Estimate | None:
    """The share of wrong labels, from each person's share of right ones."""
    known = [each for each in shares if each is not None]
    n = sum(each.n for each in known)
    right = sum(round(each.value * each.n) for each in known)
    return wilson(n - right, n) if n else None


def _model_errors(store: Store, classes: ClassSet) -> tuple[Measured, ...]:
    """Errors of the model's suggestions."""
    found = suggestion_accuracy(map(classes.read, store.events.uniform()))
    return (
        Measured(
            "Suggestions",
            None
            if found is None
            else Estimate(1 - found.value, 1 - found.high, 1 - found.low, found.n),
            "share of wrong ones among first answers to samples that were drawn uniformly",
        ),
    )


def _versions(store: Store, encoder: str | None) -> tuple[tuple[str, str], ...]:
    rows = [("DALT", __version__), ("Python", platform.python_version())]
    with suppress(PackageNotFoundError):  # not imported: a thin process does without
        rows.append(("PyTorch", version("torch")))
    if encoder is not None:
        rows.append(("Encoder", encoder))
    for snapshot in store.snapshots.all(limit=1):
        rows.append(("Head", snapshot.head))
        rows.append(("Snapshot", f"{snapshot.version}, of {snapshot.n_labels:,} labels"))
        rows.append(("Hash of the snapshot", snapshot.hash))
    return tuple(rows)
