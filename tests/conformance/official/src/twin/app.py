"""The application: which class implements which actor."""

from ._generated.registry import Registry
from .actors.clock import Clock
from .actors.counter import Counter
from .actors.depot import Depot
from .actors.guarded import Guarded
from .actors.inbox import Inbox
from .actors.mill import Mill

registry = Registry(
    counter=Counter,
    depot=Depot,
    guarded=Guarded,
    inbox=Inbox,
    mill=Mill,
    clock=Clock,
)
