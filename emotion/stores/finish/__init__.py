"""From committed parts to a finished store."""

from emotion.stores.finish.accounts import Totals
from emotion.stores.finish.layout import Layout
from emotion.stores.finish.run import finish

__all__ = ["Layout", "Totals", "finish"]
