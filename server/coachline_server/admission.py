"""The commands under way in this daemon, and whether one more may begin."""

from coachline_core.domain import admission
from coachline_core.runtime.seams import Clock

from coachline_server.metrics import Metrics


class Admission:
    """Counts what `domain.admission` judges by."""

    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        self._under_way = 0
        self._judged = admission.Admission()
        metrics.under_way.set_function(lambda: self._under_way)
        metrics.admitted.set_function(lambda: self._judged.limit)

    @property
    def open(self) -> bool:
        """Whether one more may begin."""
        return self._judged.admits(self._under_way)

    def begun(self) -> None:
        """A command was handed to its stream."""
        self._under_way += 1

    def ended(self, heard_at: float) -> None:
        """It was answered; `heard_at` on the monotonic clock."""
        now = self._clock.monotonic()
        self._judged = self._judged.after(now - heard_at, self._under_way, now)
        self._under_way -= 1
