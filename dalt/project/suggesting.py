"""Sources of suggestions beside the model: taking, asking, judging and removing them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalt.core.arguments import NAME, PATH, PROGRESS, TEXT, TRUTH, optional, takes
from dalt.core.errors import plain, shown
from dalt.core.progress import reporting
from dalt.core.records import BadInput, DaltError
from dalt.core.suggesters import Vote, Voted
from dalt.core.summaries import FEW, counted, first_of
from dalt.core.user_warnings import LeftOut, warn_user
from dalt.project import plans
from dalt.project.importing.report import Tally
from dalt.project.live_suggesters import LiveSuggester, LiveSuggesters, task_said
from dalt.project.plans import Report
from dalt.project.resolving.outcomes import Match
from dalt.project.resolving.resolver import Resolver
from dalt.project.suggestions_added import SuggestionsAdded
from dalt.project.training import Training
from dalt.project.workspace import Workspace
from dalt.storage.chunks import chunks

if TYPE_CHECKING:
    import pandas as pd

    from dalt.suggesters.contract import Source
    from dalt.suggesters.voted_rows import Voted as VotedRow

GIVEN = "given"
"""The version of predictions that were given once: their votes speak for themselves."""
AT_ONCE = 20_000
MOST_NAME = 80
PATIENCE = 10.0
"""Seconds that adding waits until suggestions can be shown."""


def _predictions(value: Any) -> Any:
    """A path that can be one; what else predictions can be is said where they are read."""
    return PATH(value) if isinstance(value, str | Path) else value


class Suggesting:
    """Sources of suggestions of one open project.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Its trainer takes new suggestions up.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training
        self._live = LiveSuggesters(workspace, training)

    @takes(
        predictions=_predictions,
        source=NAME,
        sample=optional(TEXT),
        label=optional(TEXT),
        probability=optional(TEXT),
        model=optional(TEXT),
        categories=optional(PATH),
        informed=TRUTH,
        progress=PROGRESS,
    )
    def add_suggestions(
        self,
        predictions: str | Path | pd.DataFrame | Sequence[Any],
        *,
        source: str,
        sample: str | None = None,
        label: str | None = None,
        probability: str | None = None,
        model: str | None = None,
        categories: str | Path | None = None,
        informed: bool = False,
        progress: Report = True,
    ) -> SuggestionsAdded:
        """Take predictions that somebody has already as suggestions; they never count as labels.

        They are shown before the first label, and stand before what the model learns.  Labels
        judge them: see `suggesters`.

        Parameters
        ----------
        predictions : path, DataFrame or list of mappings
            A column names the samples, as for `import_labels`; another has the label and, if there
            is one, a third its probability, or each class has a column with its probability.
            Or a file of Label Studio with ``predictions``, or COCO results.
        source : str
            What the source is called.  If there is one of this name, its suggestions for the same
            samples are replaced, and others are added.
        sample, label, probability : str, optional
            The columns, where their names do not tell.
        model : str, optional
            Of a file of Label Studio the ``model_version``, where it has several.
        categories : path, optional
            The COCO file that names the images and categories of COCO results, where it does not
            lie beside them.
        informed : bool
            Whether the predictions come from a model that has learned labels of this project: then
            labels that were there before do not judge it.
        progress : bool or callable
            A line is shown where it takes longer than a second.

        Returns
        -------
        SuggestionsAdded
            How many are ``.new``, ``.replaced`` and ``.unchanged``; ``.skipped`` is a frame of what
            was left out (where, why).

        Warns
        -----
        LeftOut
            If something was left out.

        Raises
        ------
        BadInput
            If nothing can be taken, the source is asked by `add_suggester`, or samples of this
            project have several classes or regions.

        Examples
        --------
        >>> import tempfile, dalt
        >>> import pandas as pd
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["good", "bad"])
        >>> ids = project.add_texts(["well done", "oh no"])
        >>> said = pd.DataFrame({"sample_id": ids, "label": ["good", "bad"], "score": [0.9, 0.6]})
        >>> project.add_suggestions(said, source="my-model")
        my-model: 2 suggestions are new.
        >>> project.suggesters()[["source", "n_votes", "state"]].values.tolist()
        [['my-model', 2, 'used']]
        >>> project.close()
        """
        from dalt.suggesters.files import read_votes

        self._check(source)
        known = self._workspace.store.suggesters.named(source)
        if known is not None and known.kind == "live":
            raise BadInput(
                f"{shown(source)} is asked about samples already (add_suggester): choose another "
                f"name, or take it out first by project.remove_suggester({shown(source)})."
            )
        read = read_votes(
            predictions,
            task_said(self._workspace),
            sample=sample,
            label=label,
            probability=probability,
            model=model,
            categories=categories,
        )
        tally = Tally()
        for each in read.skipped:
            tally.skip(each.where, each.why)
        place = predictions if isinstance(predictions, str | Path) else None
        with reporting(progress, "Adding", plans.SUGGESTING, patience=plans.PATIENCE) as report:
            votes = self._found(read.votes, place, tally, report)
            if not votes:
                raise BadInput(_nothing(tally, place))
            voted = self._record(source, votes, informed, report)
        trainer = self._training.started()
        trainer.wake()
        with suppress(DaltError):  # so the first sample on a page has its suggestion
            trainer.wait(timeout=PATIENCE)
        if tally.n_skipped:
            warn_user(_left_out(tally, len(votes)), LeftOut)
        return SuggestionsAdded.of(source, voted, tally.skipped)

    def _found(
        self, rows: Sequence[VotedRow], place: str | Path | None, tally: Tally, report: Any
    ) -> dict[str, Vote]:
        """The votes by the ids of samples; of one sample the last row counts."""
        workspace = self._workspace
        path = None if place is None else Path(place).expanduser().absolute()
        resolver = Resolver(workspace.store, workspace.files, workspace.kind, path)
        found: dict[str, Vote] = {}
        done = 0
        for part in chunks(rows, AT_ONCE):
            matches = resolver.find([row.sample for row in part])
            for row, match in zip(part, matches, strict=True):
                if isinstance(match, Match):
                    found[match.sample_id] = row.vote
                else:
                    tally.skip(row.sample.where, match)
            done += len(part)
            report("finding samples", done, len(rows))
        return found

    def _record(self, source: str, votes: dict[str, Vote], informed: bool, report: Any) -> Voted:
        store = self._workspace.store
        record = store.suggesters.put(source, "file", GIVEN)
        voted = Voted()
        done = 0
        for part in chunks(list(votes.items()), AT_ONCE):
            voted += store.suggesters.vote(
                record.suggester_id, dict(part), GIVEN, informed=informed
            )
            done += len(part)
            report("adding suggestions", done, len(votes))
        return voted

    @takes(name=NAME)
    def add_suggester(self, name: str, suggester: Source | Callable[[Any], Any]) -> LiveSuggester:
        """Have a function, a model or a service suggest classes for every sample.

        It is asked in the background, as long as the project is open in this process: first about
        labelled samples, which tell how good it is, then about those that the model would ask
        next.  What it says is kept at once.  After an interruption the same call goes on; new
        samples are asked about too.  A source that fails says so in `status`, and labeling goes
        on.

        Parameters
        ----------
        name : str
            What it is called.  If there is one of this name, this call goes on with it; another
            version of it is asked about everything again.
        suggester : callable or Source
            A function gets a raw sample (a text as str, a picture as uint8 array, a row as dict)
            and returns a class, None, or probabilities; or what `dalt.suggesters` makes.

        Returns
        -------
        LiveSuggester
            How far it is: ``.asked``, ``.left``, ``.state``, ``.message``, ``.wait()``.

        Raises
        ------
        BadInput
            If it is neither, the name belongs to given predictions, or samples of this project
            have several classes or regions.
        ThinProject
            If this project only follows another process.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["good", "bad"])
        >>> ids = project.add_texts(["well done", "oh no"])
        >>> rules = project.add_suggester("rules", lambda text: "good" if "well" in text else None)
        >>> rules.wait(timeout=30)
        >>> rules.asked, rules.state
        (2, 'done')
        >>> project.close()
        """
        self._training.check_learns("add_suggester()")
        self._check(name)
        known = self._workspace.store.suggesters.named(name)
        if known is not None and known.kind == "file":
            raise BadInput(
                f"{shown(name)} are predictions that were given already (add_suggestions): choose "
                f"another name, or take them out first by project.remove_suggester({shown(name)})."
            )
        return self._live.start(name, suggester)

    @takes(name=NAME)
    def remove_suggester(self, name: str) -> None:
        """Take a source of suggestions out of the project.

        What it said counts for nothing from now on; the history keeps which labels it was on
        screen for.

        Raises
        ------
        BadInput
            If there is none of this name.
        """
        self._live.end(name)
        store = self._workspace.store
        if not store.suggesters.remove(name):
            names = [each.name for each in store.suggesters.all()]
            there = f"there are {first_of(names, len(names))}" if names else "there are none"
            raise BadInput(f"There is no source of suggestions {shown(name)}; {there}.")
        self._training.wake()

    @takes(by_class=TRUTH)
    def suggesters(self, *, by_class: bool = False) -> pd.DataFrame:
        """Judge the sources of suggestions.

        Samples that were drawn uniformly judge them, as they judge the model: nobody chose these
        for being easy.

        Parameters
        ----------
        by_class : bool
            One row for each source and class.

        Returns
        -------
        DataFrame
            source; kind ("file" or "live"); state ("silent": it says nothing yet, "waiting": the
            model has not read it yet, "used", or "stopped": the model is surely better without
            it); n_votes (samples of which it says something); n_judged, right, low, high (how
            often its likeliest class is the label, with a 95 % interval); weight (what its vote
            counts: 1 is as its errors so far say, 0 nothing); trouble (what it could not do).
            By class: source, label, n_judged, right, low, high.
        """
        from dalt.labeling.quality.sources import source_standings
        from dalt.project.frames.suggesters import by_class_frame, suggesters_frame

        workspace = self._workspace
        found = source_standings(workspace.store, workspace.class_set, self._training.newest())
        return by_class_frame(found) if by_class else suggesters_frame(found)

    def close(self) -> None:
        """Stop asking."""
        self._live.close()

    def _check(self, name: str) -> None:
        self._workspace.check_open()
        classes = self._workspace.class_set
        if classes.shape or classes.multi:
            what = "regions are marked" if classes.shape else "a sample can have several"
            raise BadInput(
                f"Sources of suggestions are for projects where a sample has one class; in this "
                f"one {what}."
            )
        if not name or name != name.strip() or len(name) > MOST_NAME or plain(name) != name:
            raise BadInput(
                f"A source of suggestions needs a name of 1 to {MOST_NAME} printable characters "
                f"without spaces around it, not {shown(name)}."
            )
        if self._workspace.kind is None:
            raise BadInput("This project has no samples yet: add them before suggestions.")


def _nothing(tally: Tally, place: str | Path | None) -> str:
    path = "" if place is None else str(place)
    if not tally.skipped:
        return f"{path!r} holds no suggestions." if path else "There are no suggestions in this."
    others = tally.n_skipped - 1
    more = f" {counted(others, 'other row')} cannot be taken either." if others else ""
    return f"{tally.skipped[0].of(path).removesuffix('.')}.{more}"


def _left_out(tally: Tally, taken: int) -> str:
    first = first_of([each.of("") for each in tally.skipped[:FEW]], tally.n_skipped)
    return (
        f"Left out {tally.n_skipped:,} beside {counted(taken, 'suggestion')} ({first}). "
        "`.skipped` of the result lists them."
    )
