"""The thread that writes to the database while the main thread reads.

Not the main thread: dlt puts signal handlers of its own there, and would swallow a Ctrl-C. In this thread it does not,
and the main thread hears every signal at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Queue
from types import TracebackType
from typing import Any, Self

_WAITING_JOBS = 32


class Worker:
    """Does jobs one after the other, in their order. After one has failed it does no more.

    `after_job` is called after each one, and told whether more are waiting or to be expected at once; and at the end.

    Leaving the `with` block waits for the jobs, unless by an exception.
    """

    def __init__(self, after_job: Callable[[bool], None]) -> None:
        self._after_job = after_job
        # Bounded, so that what is read does not pile up on disk when the database is slow.
        self._jobs: Queue[Callable[[], None] | None] = Queue(_WAITING_JOBS)
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="loader", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._jobs.put(None)
            self._thread.join()
            self.raise_if_failed()

    def do(self, job: Callable[..., None], *arguments: Any) -> None:
        """Hands a job over; waits when there are too many. Raises what an earlier job has raised."""
        self.raise_if_failed()
        self._jobs.put(lambda: job(*arguments))

    def raise_if_failed(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._try(job, not self._jobs.empty())
        self._try(lambda: None, False)

    def _try(self, job: Callable[[], None], more: bool) -> None:
        if self._failure is None:
            try:
                job()
                self._after_job(more)
            except Exception as error:
                self._failure = error
