"""Clocks that a test sets and advances, and governors that use them."""

from datetime import UTC, datetime, timedelta

from partner_api.pacing.governor import Governor

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)


class FakeClocks:
    """Time passes with `sleep`. The wall clock can be set; the steady one only restarts with the machine."""

    def __init__(self):
        self.wall = NOON
        self.elapsed = timedelta(0)
        self.starts = 1
        self._started = timedelta(0)

    def sleep(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.elapsed += timedelta(seconds=seconds)

    def restart(self, *, off):
        """Reboot the machine after `off` seconds."""
        self.sleep(off)
        self._started = self.elapsed
        self.starts += 1

    @property
    def steady(self):
        return (self.elapsed - self._started).total_seconds()

    def governor(self, **options):
        """Return the governor of one more process."""
        options = {"per_second": 5, "per_quarter_hour": 2000, "chance": lambda: 0.5, **options}
        return Governor(
            name="host 1",
            clock=lambda: self.wall,
            sleep=self.sleep,
            steady=lambda: self.steady,
            machine=f"start {self.starts}",
            **options,
        )
