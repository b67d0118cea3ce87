"""The application: which class implements which actor."""

from ._generated.registry import Registry
from .actors.archive import Archive
from .actors.everything import Everything
from .actors.journey import Journey
from .actors.partner import Partner
from .actors.plain import Plain
from .actors.silent import Silent
from .actors.str import Str
from .actors.super import Super

registry = Registry(
    plain=Plain,
    everything=Everything,
    partner=Partner,
    archive=Archive,
    journey=Journey,
    silent=Silent,
    super_=Super,
    str=Str,
)
