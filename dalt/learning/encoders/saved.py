"""The base of all encoders: a fingerprint, and saving to disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from dalt.core.records import NotEncoded
from dalt.learning.encoders.saving import Arrays, fingerprint_of, save_encoder

T = TypeVar("T")


class SavedEncoder:
    """An encoder defined by its settings and arrays.

    A subclass provides both; before `fit` they raise the error of `not_fitted`.

    Attributes
    ----------
    embeds_in_threads : bool
        Whether several threads may call `transform` at once.
    """

    embeds_in_threads: ClassVar[bool] = False

    @property
    def fingerprint(self) -> str:
        """Hash of settings and weights.

        Raises
        ------
        NotEncoded
            Before `fit`.
        """
        return fingerprint_of(self._settings(), self._arrays())

    def parts(self) -> tuple[dict[str, Any], Arrays]:
        """Settings and arrays, as `save` writes them.

        Raises
        ------
        NotEncoded
            Before `fit`.
        """
        return self._settings(), self._arrays()

    def save(self, folder: Path) -> None:
        """Write settings (JSON) and weights (safetensors) into `folder`.

        Raises
        ------
        NotEncoded
            Before `fit`.
        """
        save_encoder(folder, self._settings(), self._arrays())

    def _settings(self) -> dict[str, Any]:
        raise NotImplementedError

    def _arrays(self) -> Arrays:
        raise NotImplementedError


class LearnedEncoder(SavedEncoder, Generic[T]):
    """An encoder whose net learns when it is fitted."""

    embeds_in_threads: ClassVar[bool] = True
    _net: T | None = None

    @property
    def net(self) -> T:
        """The net that has learned.

        Raises
        ------
        NotEncoded
            Before `fit`.
        """
        return fitted(self._net)


def not_fitted() -> NotEncoded:
    """The error of an encoder that is used before it has learned."""
    return NotEncoded("This encoder has not learned yet. Call fit() first.")


def fitted(net: T | None) -> T:
    """Return what an encoder has learned.

    Raises
    ------
    NotEncoded
        If the encoder has learned nothing yet.
    """
    if net is None:
        raise not_fitted()
    return net
