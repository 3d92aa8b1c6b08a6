"""Choosing the head that learns: the newest accepted one of a search, or the default."""

from __future__ import annotations

from dalt.learning.heads.contract import Head
from dalt.learning.heads.registry import default_head
from dalt.learning.heads.tuned import head_of
from dalt.storage.store import Store


class ChosenHead:
    """Looks up the choice in use, by one look into an index while nothing changes.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read = 0
        self._found: tuple[Head, str] | None = None
        self._refused = ""

    def head(self, encoder: str) -> Head:
        """Return the head in use on the embeddings of an encoder.

        A choice holds for the embeddings that it was made on: on others the default head
        learns until the next search.
        """
        newest = self._store.head_choices.newest_id()
        if newest != self._read:
            choice = self._store.head_choices.accepted()
            self._found = None if choice is None else (head_of(choice.recipe), choice.encoder)
            self._read = newest
        if self._found is None or self._found[1] != encoder:
            return default_head()
        head = self._found[0]
        return default_head() if head.name == self._refused else head

    def refuse(self, head: Head) -> None:
        """Stop using a head that could not be fitted, in this process."""
        self._refused = head.name


def known_heads(store: Store) -> dict[str, Head]:
    """All heads that may have learned a snapshot, by name; for a replay."""
    recipes = (choice.recipe for choice in store.head_choices.all())
    heads = [default_head(), *(head_of(each) for each in recipes if each.kind != "encoder")]
    return {head.name: head for head in heads}
