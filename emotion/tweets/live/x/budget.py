"""How many posts may still be asked of X, where each that it sends is paid for."""

import threading

SMALLEST, LARGEST = 10, 100  # posts that a page of recent search may be asked to hold


class Budget:
    """What is left, for all threads that read posts; None is without end."""

    def __init__(self, most: int | None) -> None:
        self._left = most
        self._lock = threading.Lock()

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self._left is not None and self._left <= 0

    def pay(self, posts: int) -> int:
        """Take off so many posts that came; returns how many of them lie beyond the budget."""
        with self._lock:
            if self._left is None:
                return 0
            before, self._left = max(self._left, 0), self._left - posts
            return max(posts - before, 0)

    def page(self) -> int:
        """Posts that a page of search should hold: what is left, and no rest that is smaller than the smallest page."""
        left = self._left
        if left is None or left >= LARGEST + SMALLEST:
            return LARGEST
        return max(SMALLEST, left if left <= LARGEST else left - SMALLEST)
