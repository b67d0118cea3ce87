"""The application: which class implements which actor."""

from ._generated.registry import Registry
from .actors.counter import Counter
from .actors.depot import Depot
from .actors.guarded import Guarded
from .actors.inbox import Inbox

registry = Registry(counter=Counter, depot=Depot, guarded=Guarded, inbox=Inbox)
