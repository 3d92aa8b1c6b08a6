"""Certified finish: the model labels the rest, with an exact bound on its errors."""

from __future__ import annotations

from dalt.core.arguments import NUMBER, TEXT, TRUTH, takes
from dalt.core.errors import shown
from dalt.core.records import BadInput, NothingLearned
from dalt.project.training import Training
from dalt.project.workspace import Workspace
from dalt.study.certificates.finish import Finish


class Finishing:
    """Begins the audit of a frozen model, and says how far it is.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Has the model to freeze.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training
        self._auditor = workspace.auditor

    @takes(max_error=NUMBER, confidence=NUMBER, anew=TRUTH)
    def finish(
        self, max_error: float = 0.02, confidence: float = 0.95, *, anew: bool = False
    ) -> Finish:
        """Let the model label the samples that people have not, with a bound on its errors.

        This freezes the present model and audits it.  People label samples drawn uniformly from
        just those that the model would label, without suggestions, until an exact bound says that
        at most `max_error` of the model's labels are wrong.  Sessions and pages hand these samples
        out first.  Call `finish` again to see how far the audit is; once the promise holds,
        `labels` and `export` have the model's labels too.

        Parameters
        ----------
        max_error : float in (0, 1)
            The share of the model's labels that may be wrong, that is, differ from the answer
            that an annotator gives.
        confidence : float in (0, 1)
            How sure the promise is.  All attempts of a project, with whatever model or
            `max_error`, share one error budget of 1 - `confidence`.  If they ask for different
            confidences, what all of them promise together holds at the lowest one.
        anew : bool
            Begin a new attempt with the newest model although a certificate with this promise is
            in force, as when the model has become better and could label more.  Without a label
            since that certificate was issued, nothing begins.

        Returns
        -------
        Finish
            Whether the promise holds, how many samples the model labels, and how many more labels
            are needed.

        Raises
        ------
        BadInput
            If an argument is out of range, the project marks regions, the model has learned from
            too few labels or is not sure enough, no sample is left, or the error budget is used
            up.
        NotEncoded, NothingLearned
            If there is no model.

        Notes
        -----
        With the same arguments as before, a running audit goes on and a certificate in force
        stays.  Another `max_error` or `confidence` begins a new attempt, with the newest model, and
        ends the running audit as soon as the new attempt can begin.  Until the new attempt holds,
        the earlier certificate stays in force.

        If the newest attempt at the same promise has failed or was voided, `finish` returns its
        standing, with the reason, until somebody has labelled another sample or the model has
        another head or other embeddings.  So calling it again never spends the budget by itself.

        Examples
        --------
        >>> import tempfile, numpy as np, pandas as pd, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["low", "high"])
        >>> ids = project.add_table(pd.DataFrame({"x": range(400)}))
        >>> _ = project.add_embeddings(np.repeat([[0, 1], [1, 0]], 200, axis=0).astype("f4"))
        >>> def label(session, asked):
        ...     session.submit(asked, "low" if asked.sample.position < 200 else "high")
        >>> with project.session(annotator="ana") as session:
        ...     for _ in range(30):
        ...         label(session, session.next())
        ...     begun = project.finish(max_error=0.1)
        ...     while project.finish(max_error=0.1).running:
        ...         label(session, session.next())
        >>> begun.holds, project.finish(max_error=0.1).holds
        (False, True)
        >>> sorted(project.labels().source.unique())
        ['human', 'model']
        >>> project.close()
        """
        self._check(max_error, confidence)
        audits = self._workspace.store.audits
        self._auditor.look()
        asked = (max_error, confidence)
        running, certificate = audits.running(), audits.in_force()
        stand = [each for each in (running, None if anew else certificate) if each is not None]
        if asked not in [(each.max_error, each.confidence) for each in stand]:
            self._begin_anew(float(max_error), float(confidence))
        standing = self._auditor.standing()
        assert standing is not None  # there is an attempt now
        return standing

    def certificate(self) -> Finish | None:
        """Say where the certified finish stands, without beginning anything.

        Returns
        -------
        Finish or None
            None if nobody has called `finish` in this project.
        """
        self._auditor.look()
        return self._auditor.standing()

    @takes(why=TEXT)
    def void_certificate(self, why: str = "It was given up.") -> bool:
        """End the running audit and the certificate in force, and drop the model's labels.

        What the attempts have spent of the error budget stays spent.

        Parameters
        ----------
        why : str
            A sentence that the history keeps.

        Returns
        -------
        bool
            Whether there was anything to end.
        """
        return self._auditor.void(why)

    def _check(self, max_error: float, confidence: float) -> None:
        if self._workspace.class_set.shape:
            raise BadInput(
                "This project marks regions; finish() certifies classes of whole samples. Ask "
                "project.status() how often proposed regions are kept."
            )
        if not 0 < max_error < 1:
            raise BadInput(
                f"max_error={shown(max_error)}: it is a share between 0 and 1, as 0.02; without "
                "any error every sample has to be labelled by people."
            )
        if not 0 < confidence < 1:
            raise BadInput(
                f"confidence={shown(confidence)}: it is a share between 0 and 1, as 0.95."
            )

    def _begin_anew(self, max_error: float, confidence: float) -> None:
        """Begin an attempt, unless nothing is new since the last one at the same promise ended."""
        trainer = self._training.started()
        trainer.wait()  # learns the newest labels before the freeze: later ones judge it
        snapshot = self._training.newest()
        if snapshot is None:
            raise NothingLearned(
                "The model has not learned anything yet, so there is nothing to audit: label some "
                "samples first."
            )
        if self._auditor.nothing_new(snapshot, max_error=max_error, confidence=confidence):
            return
        record = self._workspace.store.snapshots.get(snapshot.version)
        self._auditor.begin(
            snapshot,
            max_error=max_error,
            confidence=confidence,
            seed=self._workspace.settings.seed,
            n_learned=0 if record is None else record.n_labels,
        )
