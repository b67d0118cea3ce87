"""The application: which class implements which actor."""

from ._generated.registry import Registry
from .actors.lamp import Lamp

registry = Registry(lamp=Lamp)
