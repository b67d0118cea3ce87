"""The application: which class implements which actor."""

from ._generated.registry import Registry
from .actors.finder import Finder

registry = Registry(finder=Finder)
