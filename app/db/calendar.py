"""The day in Viet Nam (UTC+7, no summer time)."""

from datetime import UTC, date, datetime, timedelta


def today() -> date:
    return (datetime.now(UTC) + timedelta(hours=7)).date()
