"""Values in files of labels, at the ends of the calendar."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from dalt.data.exchange.plain_values import plain_value, time_of

WEST, EAST = timezone(-timedelta(hours=12)), timezone(timedelta(hours=14))


@pytest.mark.parametrize(
    "moment", [datetime(9999, 12, 31, 23, tzinfo=WEST), datetime(1, 1, 1, tzinfo=EAST)], ids=str
)
def test_a_time_that_utc_does_not_have_is_never_another_one(moment: datetime) -> None:
    assert time_of(moment) is None
    assert time_of(moment.isoformat()) is None
    assert plain_value(moment) == moment.isoformat()
