"""The application: which class implements which actor."""

from ._generated.registry import Registry
from .actors.archive import Archive
from .actors.everything import Everything
from .actors.partner import Partner
from .actors.plain import Plain
from .actors.str import Str
from .actors.super import Super

registry = Registry(
    plain=Plain,
    everything=Everything,
    partner=Partner,
    archive=Archive,
    super_=Super,
    str=Str,
)
