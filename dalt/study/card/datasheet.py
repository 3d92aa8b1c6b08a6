"""The sections of a card, by the questions of Datasheets for Datasets.

References
----------
Gebru, Morgenstern, Vecchione, Vaughan, Wallach, Daumé III, Crawford: Datasheets for Datasets,
Communications of the ACM 64(12), 2021.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from dalt.core.audits import Certificate
from dalt.core.records import Estimate
from dalt.core.summaries import counted
from dalt.study.card.document import Block, Heading, Paragraph, Quote, Rows, Yours
from dalt.study.card.escaping import yaml_text
from dalt.study.card.event_hash import FORMAT, LABELS_FORMAT
from dalt.study.card.facts import Facts, Measured
from dalt.study.card.kept import NOT_ANNOTATED

UNKNOWN = "—"
SIGN = "dalt_card"
"""The key of the front matter by which a card is known."""
DRAWS = {
    "uniform": "uniformly, each open sample with the same chance",
    "weighted": "at random by the strategy, with recorded chances",
    "strategy": "by the strategy, its best candidate",
    "verify": "on a page of samples that the model puts in one class",
    "gold": "as a gold sample, whose answer is known",
    "audit": "for the audit of a frozen model, uniformly from what it would label",
    "none": "not drawn: asked for by name",
}
MARKED = {
    "boxes": "boxes", "polygons": "polygons", "points": "points", "spans": "passages of text",
}  # fmt: skip
CATEGORIES = {
    "boxes": "object-detection", "polygons": "image-segmentation", "points": "keypoint-detection",
    "spans": "token-classification", "image": "image-classification",
    "text": "text-classification", "table": "tabular-classification",
    "audio": "audio-classification",
}  # fmt: skip
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
         (10_000_000, "1M<n<10M"))  # fmt: skip
NOUNS = {"image": "image", "text": "text", "table": "table row", "audio": "sound"}


def front_matter(facts: Facts, seal: str) -> str:
    """The YAML block of a data set's README.md on the Hugging Face Hub, and the card's mark.

    Parameters
    ----------
    facts : Facts
    seal : str
        Of the text below it (`dalt.study.card.kept.seal_of`).
    """
    task, mark = facts.task, facts.mark
    category = CATEGORIES.get(task.task) or CATEGORIES.get(task.kind or "")
    if category == "image-classification" and task.multi_label:
        category = "multi-label-image-classification"
    size = next((name for most, name in SIZES if facts.pool.n_samples < most), "n>10M")
    lines = ["---", f"pretty_name: {yaml_text(task.name)}"]
    if not facts.n_labels:
        lines += NOT_ANNOTATED.splitlines()
    if category and not category.startswith("multi-label"):
        lines += ["task_categories:", f"- {category}"]
    elif category:
        lines += ["task_categories:", "- image-classification", "task_ids:", f"- {category}"]
    lines += ["size_categories:", f"- {size}", "tags:", "- dalt", f"{SIGN}:"]
    lines += [f"  n_events: {mark.n_events}", f"  events_sha256: {yaml_text(mark.events)}"]
    lines += [f"  labels_sha256: {yaml_text(mark.labels)}", f"  text_sha256: {yaml_text(seal)}"]
    return "\n".join([*lines, "---", ""])


def datasheet(facts: Facts) -> list[Block]:
    """All sections, in the order of the questions."""
    return [
        Heading(1, facts.task.name),
        *_motivation(facts),
        *_composition(facts),
        *_collection(facts),
        *_labeling(facts),
        *_errors(facts),
        *_uses(),
        *_maintenance(facts),
    ]


# --- sections -----------------------------------------------------------------------------


def _motivation(facts: Facts) -> list[Block]:
    task = facts.task
    noun = NOUNS.get(task.kind or "", "sample")
    if task.task in MARKED:
        asked = f"People marked {MARKED[task.task]} in each {noun} and gave each a class."
    elif task.multi_label:
        asked = f"People gave each {noun} the classes that fit, or none."
    else:
        asked = f"People gave each {noun} one class."
    told: Block = Quote(task.guideline) if task.guideline.strip() else Paragraph("There is none.")
    return [
        Heading(2, "Motivation"),
        Paragraph(asked),
        Yours(
            "purpose",
            "For what purpose, by whom and with whose money it was made, its owner can tell.",
        ),
        Heading(3, "Guideline for annotators"),
        told,
    ]


def _composition(facts: Facts) -> list[Block]:
    pool = facts.pool
    noun = NOUNS.get(facts.task.kind or "", "sample")
    people = counted(facts.task.annotations_per_sample, "annotator")
    said = (
        f"{counted(pool.n_samples, noun)}, of which {pool.n_labelled:,} are labelled by "
        f"{people} each, as many as are asked for. {counted(facts.n_labels, 'label')} "
        f"{'holds' if facts.n_labels == 1 else 'hold'} in all."
    )
    if pool.n_removed:
        said += f" {counted(pool.n_removed)} more {_was(pool.n_removed)} removed by the owner."
    blocks: list[Block] = [Heading(2, "Composition"), Paragraph(said)]
    if pool.origins:
        rows = tuple((name, f"{n:,}") for name, n in pool.origins)
        blocks += [Heading(3, "Sources"), Rows(("From", "Samples"), rows)]
    return [*blocks, *_class_table(facts)]


def _class_table(facts: Facts) -> list[Block]:
    whole = facts.task.task == "classes"
    total = sum(each.n_labels for each in facts.classes)
    what = "Labels" if whole else "Regions"
    header = ("Class", "Description", what, "Share", *(("Samples, by consensus",) if whole else ()))
    rows = []
    for each in facts.classes:
        former = f" (formerly {', '.join(each.formerly)})" if each.formerly else ""
        row = (
            f"{each.name}{former}",
            each.description or UNKNOWN,
            f"{each.n_labels:,}",
            f"{each.n_labels / total:.1%}" if total else UNKNOWN,
        )
        rows.append((*row, f"{each.n_agreed:,}") if whole else row)
    note: list[Block] = []
    if total and facts.pool.n_labelled < facts.pool.n_samples:
        note.append(
            Paragraph(
                "Shares are of what is labelled, which need not be those of all samples: only "
                "samples drawn at random speak for the others."
            )
        )
    return [Heading(3, "Classes"), Rows(header, tuple(rows)), *note]


def _collection(facts: Facts) -> list[Block]:
    task, log = facts.task, facts.log
    said = (
        f"Samples are asked one after another: a share of {task.uniform_share:.1%} drawn "
        f"uniformly, the rest by the strategy “{task.strategy}”."
    )
    if task.blind_share:
        said += f" {task.blind_share:.1%} of them are shown without the model's suggestion."
    said += (
        f" {counted(log.n_suggested, 'label')} came with a suggestion on screen, "
        f"{log.n_blind:,} in a blind mode."
    )
    blocks: list[Block] = [Heading(2, "Collection process"), Paragraph(said)]
    if log.draws:
        rows = tuple(
            (DRAWS.get(kind, kind), f"{n:,}", f"{n / log.n_answers:.1%}") for kind, n in log.draws
        )
        blocks.append(Rows(("Drawn", "Answers", "Share"), rows))
    if log.first is not None and log.last is not None:
        first, last = (each.astimezone(UTC).date().isoformat() for each in (log.first, log.last))
        blocks.append(Paragraph(f"Labels are from {first} to {last} (UTC)."))
    if log.n_imported:
        blocks.append(Paragraph(f"{counted(log.n_imported, 'label')} came from files."))
    if log.n_undone:
        blocks.append(
            Paragraph(f"{counted(log.n_undone, 'answer')} {_was(log.n_undone)} taken back.")
        )
    if facts.studies:
        hashes = "; ".join(facts.studies)
        n = counted(len(facts.studies), "randomised study").replace("studys", "studies")
        blocks.append(Paragraph(f"{n} ran; SHA-256 of the registrations: {hashes}."))
    return blocks


def _labeling(facts: Facts) -> list[Block]:
    blocks: list[Block] = [Heading(2, "Preprocessing, cleaning and labeling")]
    if not facts.people:
        return [*blocks, Paragraph("Nobody has labelled anything yet.")]
    who = "by name" if facts.named else "by pseudonyms, which a secret of the project makes"
    skips = sum(each.n_skips for each in facts.people)
    seconds = sum(each.seconds for each in facts.people)
    said = f"{counted(len(facts.people), 'annotator')}, {who}. {counted(skips, 'skip')}"
    said += f" {'holds' if skips == 1 else 'hold'}: a skipped sample has no label."
    if seconds:
        said += f" Time spent, as far as it was measured: {_duration(seconds)}."
    rows = tuple(
        (
            each.name,
            f"{each.n_labels:,}",
            f"{each.n_skips:,}",
            _duration(each.seconds) if each.seconds else UNKNOWN,
            UNKNOWN if each.pace is None else f"{each.pace.value:.1f} s",
            shown_share(each.agreement),
            shown_share(each.gold),
        )
        for each in facts.people
    )
    header = ("Annotator", "Labels", "Skips", "Time", "Median", "As the others", "Gold right")
    blocks += [Paragraph(said), Rows(header, rows)]
    if facts.agreement:
        blocks += [Heading(3, "Agreement"), _figures(facts.agreement, percent=False)]
    return blocks


def _errors(facts: Facts) -> list[Block]:
    rows = (*facts.human, *facts.model)
    blocks: list[Block] = [Heading(3, "Estimated errors"), _figures(rows)]
    note = "Intervals are at 95 %; “—” where there is nothing to measure it by."
    if facts.task.task in MARKED:
        note += " Regions of different people are not compared."
    blocks.append(Paragraph(note))
    if facts.certificate is not None:
        blocks.append(Paragraph(certified(facts.certificate)))
    return blocks


def certified(certificate: Certificate) -> str:
    """What the certificate in force promises, in a sentence."""
    return (
        f"A model's labels are certified: {counted(certificate.n_labelled)} when it was issued on "
        f"{certificate.issued_at.astimezone(UTC).date().isoformat()}, of which at most "
        f"{certificate.error_bound:.2%} are wrong, with a confidence of "
        f"{certificate.confidence:.1%}. People checked {certificate.n_checked:,} of them and found "
        f"{certificate.n_wrong:,} wrong."
    )


def _uses() -> list[Block]:
    return [
        Heading(2, "Uses"),
        Yours("uses", "What it is for, and what it should not be used for, its owner can tell."),
        Heading(2, "Distribution"),
        Yours(
            "licence",
            "Its licence, and the rights of those whom the samples are about, its owner can tell.",
        ),
    ]


def _maintenance(facts: Facts) -> list[Block]:
    mark = facts.mark
    return [
        Heading(2, "Maintenance"),
        Rows(("Made with", "Version"), facts.versions),
        Paragraph(
            f"The log has {counted(mark.n_events, 'event')} with the SHA-256 {mark.events} "
            f"({FORMAT}); the labels have {mark.labels} ({LABELS_FORMAT})."
        ),
        Paragraph("“dalt card PROJECT --check FILE” tells whether labels have changed since."),
    ]


# --- words --------------------------------------------------------------------------------


def _figures(rows: Iterable[Measured], *, percent: bool = True) -> Rows:
    written = shown_share if percent else shown_number
    told = tuple((each.what, written(each.estimate), each.how) for each in rows)
    return Rows(("Figure", "Value", "Of what"), told)


def shown_share(found: Estimate | None) -> str:
    """Write a share with its interval and the number of what it is of.

    Examples
    --------
    >>> shown_share(Estimate(0.1, 0.05, 0.2, 40)), shown_share(None)
    ('10.0% (5.0% to 20.0%), n = 40', '—')
    """
    if found is None:
        return UNKNOWN
    spread = f" ({found.low:.1%} to {found.high:.1%})" if found.high > found.low else ""
    return f"{found.value:.1%}{spread}, n = {found.n:,}"


def shown_number(found: Estimate | None) -> str:
    """Write a measure of agreement with its interval.

    Examples
    --------
    >>> shown_number(Estimate(0.5, 0.25, 0.75, 40))
    '0.500 (0.250 to 0.750)'
    """
    if found is None:
        return UNKNOWN
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _was(n: int) -> str:
    return "was" if n == 1 else "were"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"
