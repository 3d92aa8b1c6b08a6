"""The data card of a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dalt.core.arguments import PATH, PROGRESS, TRUTH, optional, takes
from dalt.core.progress import reporting
from dalt.core.records import BadInput
from dalt.project import plans
from dalt.project.export_targets import outside_projects
from dalt.project.plans import Report
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    from dalt.study.card.card import Card
    from dalt.study.card.checking import Changes


class Carding:
    """Makes and checks data cards.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @takes(path=optional(PATH), names=TRUTH, croissant=optional(TRUTH), progress=PROGRESS)
    def card(
        self,
        path: str | Path | None = None,
        *,
        names: bool = False,
        croissant: bool | None = None,
        progress: Report = True,
    ) -> Card:
        """Make the data card: what the labels are, how they came about, and how good they are.

        The card follows the questions of Datasheets for Datasets and can be the README.md of a
        data set on the Hugging Face Hub.  It leaves out paths outside of the project's folder,
        user names and passwords in addresses, and the names of annotators.

        Parameters
        ----------
        path : str or Path, optional
            Where to write the card, as `Card.save` does.
        names : bool
            Call annotators by their names; by default pseudonyms stand for them, the same in all
            cards of a project.
        croissant : bool, optional
            Write Croissant JSON-LD instead of Markdown; by default where `path` ends in
            ``.json`` or ``.jsonld``.
        progress : bool or callable
            Show a line if this takes longer than a second.

        Returns
        -------
        Card
            With ``markdown``, ``html``, ``croissant()``, ``facts`` and ``save(path)``.

        Raises
        ------
        BadInput
            If the card cannot be written to `path`, a card of another project is there, or
            Croissant is wanted and mlcroissant is not installed.

        References
        ----------
        Gebru et al.: Datasheets for Datasets, Communications of the ACM 64(12), 2021.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> ids = project.add_texts(["one", "two"], progress=False)
        >>> card = project.card()
        >>> card
        Card of t: 0 labels of 2 samples; card.save('card.md') writes it.
        >>> card.markdown.splitlines()[1]
        'pretty_name: "t"'
        >>> project.close()
        """
        from dalt.study.card.card import Card
        from dalt.study.card.gathering import gather

        if path is None and croissant:
            raise BadInput(
                "croissant=True says what to write: name a file, as in "
                "project.card('card.json'), or take project.card().croissant()."
            )
        workspace = self._workspace
        workspace.auditor.look()
        with reporting(progress, "Reading the events", patience=plans.PATIENCE) as report:
            facts = gather(
                workspace.store,
                workspace.settings,
                encoder=workspace.cache.fingerprint,
                names=names,
                report=report,
            )
        card = Card(facts, self._check_target)
        if path is not None:
            card.save(path, croissant=croissant)
        return card

    @takes(path=PATH)
    def check_card(self, path: str | Path) -> Changes:
        """Tell whether labels have changed since a card was made.

        Parameters
        ----------
        path : str or Path
            A card in Markdown or Croissant.

        Returns
        -------
        Changes
            True if the card is out of date; ``str()`` says what happened.

        Raises
        ------
        BadInput
            If there is no such file, or the file is not a card.

        Examples
        --------
        >>> import tempfile, dalt
        >>> folder = tempfile.mkdtemp()
        >>> project = dalt.Project.create(folder + "/t.dalt", classes=["a", "b"])
        >>> card = project.card(folder + "/card.md")
        >>> str(project.check_card(folder + "/card.md"))
        'no label has changed since'
        >>> project.close()
        """
        from dalt.study.card.checking import changes_since, read_mark

        place = Path(path).expanduser()
        if not place.is_file():
            raise BadInput(f"There is no file {str(place)!r}; `dalt card -o FILE` makes a card.")
        mark = read_mark(place)
        if mark is None:
            raise BadInput(
                f"{str(place)!r} is not a data card of DALT, or somebody edited the line that "
                "identifies it; write a new card by `dalt card -o FILE`."
            )
        workspace = self._workspace
        workspace.auditor.look()
        return changes_since(mark, workspace.store, workspace.class_set)

    def _check_target(self, path: Path) -> None:
        """Refuse to write into a project, or over the card of another one."""
        from dalt.study.card.checking import changes_since, read_mark

        outside_projects(path)
        mark = read_mark(path)
        if mark is None:
            return
        workspace = self._workspace
        if not changes_since(mark, workspace.store, workspace.class_set).same_log:
            raise BadInput(
                f"{str(path)!r} is the card of another project, or of a log that is not there any "
                "more; name another file, so that nothing in it is lost."
            )
