"""A thread for the tasks of one kind, so that the main thread reads on while they are done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Queue
from types import TracebackType
from typing import Generic, Self, TypeVar

MAX_WAITING = 32
"""Tasks. Bounded, so that files do not pile up on disk when the database is slower than Basecamp."""

Task = TypeVar("Task")


class Worker(Generic[Task]):
    """Does tasks one after the other, in their order. After one has failed, it does no more.

    `do` is called with each task; `finish` after the last.

    Leaving the `with` block waits for all tasks and raises what one of them raised, unless the block itself raised.
    """

    def __init__(self, do: Callable[[Task], None], finish: Callable[[], None]) -> None:
        self._do, self._finish = do, finish
        self._tasks: Queue[Task | None] = Queue(MAX_WAITING)
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="loader", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._tasks.put(None)
            self._thread.join()
            self.raise_if_failed()

    def put(self, task: Task) -> None:
        """Queues a task; waits while the queue is full. Raises what an earlier task has raised."""
        self.raise_if_failed()
        self._tasks.put(task)

    def raise_if_failed(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            # After a failure the queue is still emptied: `put` may be waiting for a place in it.
            if self._failure is None:
                self._failure = _failure_of(self._do, task)
        if self._failure is None:
            self._failure = _failure_of(self._finish)


def _failure_of(function: Callable[..., None], *arguments: object) -> Exception | None:
    try:
        function(*arguments)
    except Exception as error:
        return error
    return None
