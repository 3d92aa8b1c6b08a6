"""Settings of raw data: the table ``[data]``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from dalt.core.settings.declaration import Table, setting

MAX_PIXELS = 64_000_000
CACHE_MEGABYTES = 2_000


class DataSettings(Table, frozen=True, kw_only=True):
    """Which files are taken as samples, and how many are kept."""

    TABLE: ClassVar[str] = "data"

    max_pixels: Annotated[
        int,
        Meta(ge=1, le=10_000_000_000, title="a whole number of pixels"),
        setting(
            "Pictures of more pixels are left out; a JPEG may have four times as many, because it "
            "is decoded at half the size."
        ),
    ] = MAX_PIXELS
    cache_megabytes: Annotated[
        int,
        Meta(ge=1, title="a whole number of megabytes"),
        setting(
            "How many megabytes of files behind addresses (`s3://`, `https://` …) are kept in the "
            "project's folder."
        ),
    ] = CACHE_MEGABYTES
