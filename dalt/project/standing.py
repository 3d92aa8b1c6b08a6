"""What a project is and where it stands, in a cell of a notebook."""

from __future__ import annotations

from dalt.core.summaries import as_html, counted
from dalt.project.workspace import Workspace

SHOWN_CLASSES = 10


def shown_in_cell(workspace: Workspace) -> str:
    """Say it as HTML; a closed project says how it is opened again."""
    if workspace.closed:
        return as_html(workspace.closed_message)
    workspace.auditor.look()
    settings, kind = workspace.settings, workspace.kind
    counts = workspace.store.samples.counts()
    n_model = workspace.store.audits.n_model_labels()  # of a certified finish
    by_model = f", {n_model:,} more by the model" if n_model else ""
    names = settings.class_names
    shown = ", ".join(names[:SHOWN_CLASSES]) + (", …" if len(names) > SHOWN_CLASSES else "")
    return as_html(
        f"Project {settings.name} in {workspace.folder}",
        [
            f"{settings.task}: {shown}",
            f"{counted(counts.samples, f'{kind} sample' if kind else 'sample')}, "
            f"{counts.labelled:,} labelled{by_model}",
            f"{workspace.n_embedded:,} embedded",
        ],
    )
