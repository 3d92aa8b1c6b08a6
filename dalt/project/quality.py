"""Agreement, consensus, gold and adjudication, for a project's owner."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dalt.core.arguments import NAME, NUMBER, SAMPLE_IDS, TEXT, TRUTH, WHOLE, optional, takes
from dalt.core.errors import shown
from dalt.core.records import BadInput, DaltError, LabelValue
from dalt.data.formats import Unusable, found_format, read_any
from dalt.labeling.quality.consensus import Method
from dalt.labeling.quality.votes import check_comparable
from dalt.project.frames import annotators as report
from dalt.project.importing.meaning import LabelMeaning
from dalt.project.importing.report import Skipped
from dalt.project.membership import OWNER
from dalt.project.resolving.resolver import Resolver
from dalt.project.training import Training
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

Gold = LabelValue | Sequence[str] | None
"""A known answer; None takes a sample out again."""


class LabelQuality:
    """The quality of several annotators' labels: agreement, consensus, gold and disputes.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Wakes its trainer after new gold.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training

    @takes(method=TEXT)
    def consensus(self, method: Method = "one-coin") -> pd.DataFrame:
        """Combine the labels of all annotators into one for each sample.

        Parameters
        ----------
        method : {"one-coin", "confusion", "majority"}
            "one-coin": each annotator is right with a probability that is learned from how
            they agree (and from gold and adjudicated samples); "confusion": the same for
            each class, as in Dawid and Skene, which needs many more labels;
            "majority": shares of the votes.

        Returns
        -------
        DataFrame
            sample_id, label, probability (that it is true), n (annotators), agreement (share
            of them who gave this label), source (consensus, adjudicated or gold; a decision
            has probability 1), sample_source.

        Raises
        ------
        BadInput
            If the project marks regions, or there is no such method.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> [sample_id] = project.add_texts(["a or b"])
        >>> project.set_gold({sample_id: "b"})
        1
        >>> project.consensus()[["label", "probability", "n", "source"]].values.tolist()
        [['b', 1.0, 0, 'gold']]
        >>> project.close()
        """
        return report.consensus_frame(self._workspace.store, self._workspace.class_set, method)

    @takes(resamples=WHOLE, blind=TRUTH)
    def agreement(self, *, resamples: int = 1_000, blind: bool = False) -> pd.DataFrame:
        """Measure how far annotators agree beyond chance.

        Parameters
        ----------
        resamples : int
            How often to draw the samples again for the intervals (bootstrap, 95 %).
        blind : bool
            Use only labels that were given in blind mode: people who see the same suggestion
            tend to agree with it, and so with each other.

        Returns
        -------
        DataFrame
            measure, first, second, value, low, high, percent, n.  First Krippendorff's alpha
            over all annotators, then Cohen's kappa of every two who have samples in common.
            percent is the share of pairs of answers that are the same, n the number of samples
            that more than one of them labelled.  Sets of classes are compared by the MASI
            distance.

        Raises
        ------
        BadInput
            If the project marks regions.
        """
        return report.agreement_frame(
            self._workspace.store,
            self._workspace.class_set,
            seed=self._workspace.settings.seed,
            resamples=resamples,
            blind=blind,
        )

    @takes(below=optional(NUMBER))
    def adjudications(self, *, below: float | None = None) -> pd.DataFrame:
        """List the samples to adjudicate (with `Session.adjudicate` or `adjudicate`).

        Parameters
        ----------
        below : float in [0, 1], optional
            Also list samples on which annotators agree, if the consensus is less probable
            than this.

        Returns
        -------
        DataFrame
            sample_id, label and probability (of the consensus, the least certain first), n,
            agreement, answers (from annotators to their labels), sample_source.  Gold and
            adjudicated samples are left out.
        """
        return report.adjudications_frame(self._workspace.store, self._workspace.class_set, below)

    def board(self) -> pd.DataFrame:
        """Measure how much, how quickly and how well each annotator labels.

        Returns
        -------
        DataFrame
            annotator, labels, skips, seconds (median of the newest 1,000, with
            seconds_low and seconds_high), agreement (share of their labels that match the
            others' consensus, or the decision; with Wilson's interval and agreement_n), gold
            (share of gold samples that they answered correctly; the same), last_seen.
            Intervals are at 95 %; NaN where there is no data.
        """
        return report.board_frame(self._workspace.store, self._workspace.class_set)

    @takes(annotator=NAME)
    def set_gold(self, gold: Mapping[str, Gold] | str | Path, annotator: str = OWNER) -> int:
        """Make samples with known answers gold: annotators cannot tell them from others.

        Each annotator gets each gold sample at most once; one in twenty samples is gold
        (``gold_share`` in ``project.toml``).  `board` says how many were right.  The model
        does not learn gold samples, or it would suggest the known answer.  Annotators who
        have already labelled one do not get it.

        Parameters
        ----------
        gold : mapping of str to label, or path of a csv file
            From sample ids; None takes a sample out again.  A file has the columns
            ``sample_id``, ``source`` or ``path``, and ``label``.
        annotator : str
            Who set the answers.

        Returns
        -------
        int
            How many were set: all or none.

        Raises
        ------
        UnknownSample, UnknownClass
            If the project has no such sample or class.
        BadInput
            If the file is not valid, or the project marks regions.
        """
        classes = self._workspace.class_set
        check_comparable(classes)
        if isinstance(gold, str | Path):
            gold = self._read_gold(gold)
        if not hasattr(gold, "items"):  # a Series has them, too
            raise BadInput(
                "Gold is a dict from ids of samples to labels, or the path of a csv file, not "
                f"{shown(gold)}."
            )
        SAMPLE_IDS([sample_id for sample_id, _ in gold.items()])
        checked = {
            sample_id: None if label is None else classes.checked(label)
            for sample_id, label in gold.items()
        }
        key = uuid.uuid4().hex
        self._workspace.store.adjudications.decide(checked, "gold", annotator, key, key=key)
        self._training.wake()
        return len(checked)

    def _read_gold(self, path: str | Path) -> dict[str, LabelValue]:
        """Read sample ids and labels of a file, checking each line."""
        workspace = self._workspace
        place = Path(path).expanduser().absolute()
        resolver = Resolver(workspace.store, workspace.files, workspace.kind, place)
        meaning = LabelMeaning(workspace.settings, workspace.files)
        found: dict[str, LabelValue] = {}
        items = []
        for item in read_any(path, _format_of(path), workspace.class_set):
            if isinstance(item, Unusable):
                raise _refused(item.where, item.why, path)
            items.append(item)
        for item, match in zip(items, resolver.find(items), strict=True):
            if isinstance(match, str):
                raise _refused(item.where, match, path)
            try:
                label = meaning.of(item, None)
            except DaltError as error:
                raise _refused(item.where, str(error), path) from error
            if found.setdefault(match.sample_id, label) != label:
                raise BadInput(
                    f"{item.where} of {str(path)!r} gives a second label to the same sample."
                )
        return found


def _format_of(path: str | Path) -> str:
    """The format of a file of gold: csv, unless it is known for another one."""
    try:
        return found_format(Path(path).expanduser())
    except (BadInput, OSError):
        return "csv"


def _refused(where: str, why: str, path: str | Path) -> BadInput:
    return BadInput(f"{Skipped(where, why).of(str(path))}.")
