"""Mutations of schema files as trees of YAML nodes."""

from __future__ import annotations

import io
from collections import defaultdict
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import yaml

from .corpus import NAMES, TYPES, VALUES, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

# The stubs of PyYAML leave nodes and texts without types.
YAML: Any = yaml
RESOLVER: Any = yaml.SafeDumper(io.StringIO())
LIST = "tag:yaml.org,2002:seq"
MAP = "tag:yaml.org,2002:map"
WIDEST = 1_000
DEEPEST = 60
MOST_NODES = 4_000


def mutated_tree(text: str, random: Random) -> str:
    """Return a text after one to four mutations of what it says."""
    root: yaml.Node = YAML.compose(text, Loader=yaml.CSafeLoader)
    for _ in range(random.choice((1, 1, 2, 2, 3, 4))):
        random.choice(MUTATIONS)(root, random)
    written: str = YAML.serialize(root, Dumper=Dumper, allow_unicode=True, width=10_000)
    return written


class Dumper(yaml.SafeDumper):
    """Writes nodes that stand in several places again and again, without aliases.

    The dumper in Python is taken, as the one in C refuses lone surrogates.
    """

    def anchor_node(self, node: yaml.Node) -> None:
        """Give no node an anchor."""
        del node
        self.anchors = defaultdict(lambda: None)

    def serialize_node(self, node: yaml.Node, parent: Any, index: Any) -> None:
        """Write a node as if it had not been written before."""
        self.serialized_nodes.clear()
        base: Any = super()
        base.serialize_node(node, parent, index)


def nodes(root: yaml.Node) -> list[yaml.Node]:
    """Return all nodes of a tree that have children, the root first."""
    found, waiting = list[yaml.Node](), [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.CollectionNode) and node.value:
            found.append(node)
            waiting.extend(children(node))
    return found


def children(node: yaml.Node) -> Iterator[yaml.Node]:
    """Yield the values of a map and the items of a list."""
    for child in node.value:
        yield child[1] if isinstance(node, yaml.MappingNode) else child


def size(node: yaml.Node) -> int:
    """Return how many nodes a tree has."""
    if isinstance(node, yaml.CollectionNode):
        return 1 + sum(size(child) for child in children(node))
    return 1


def scalar(text: str) -> yaml.ScalarNode:
    """Return a text that is written without quotes where YAML allows it."""
    tag = RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    return yaml.ScalarNode(tag, text)


def any_value(random: Random) -> yaml.Node:
    """Return a scalar, a list or a map, some of them deep or wide."""
    leaf: yaml.Node = scalar(random.choice((*VALUES, *NAMES, *TYPES, *words())))
    form = random.randrange(8)
    if form == 0:
        return yaml.SequenceNode(LIST, [leaf] * random.choice((0, 1, 3)))
    if form == 1:
        pairs = [(scalar(random.choice(words())), leaf)] * random.choice((0, 1, 2))
        return yaml.MappingNode(MAP, pairs)
    if form == 2:
        return nested(leaf, random)
    return leaf


def nested(node: yaml.Node, random: Random) -> yaml.Node:
    """Return a node below many lists or maps."""
    for _ in range(random.choice((3, 28, DEEPEST))):
        if random.random() < 0.5:
            node = yaml.SequenceNode(LIST, [node], flow_style=True)
        else:
            node = yaml.MappingNode(MAP, [(scalar("type"), node)], flow_style=True)
    return node


def place(root: yaml.Node, random: Random) -> tuple[Any, int]:
    """Choose a child: the node it is in, and its index."""
    node = random.choice(nodes(root) or [root])
    return node, random.randrange(len(node.value)) if node.value else 0


def put(node: Any, index: int, value: yaml.Node) -> None:
    """Replace the value at an index of a list or map."""
    if index < len(node.value):
        pair = isinstance(node, yaml.MappingNode)
        node.value[index] = (node.value[index][0], value) if pair else value


def replace_value(root: yaml.Node, random: Random) -> None:
    put(*place(root, random), any_value(random))


def delete(root: yaml.Node, random: Random) -> None:
    node, index = place(root, random)
    del node.value[index : index + 1]


def move(root: yaml.Node, random: Random) -> None:
    source, index = place(root, random)
    if index < len(source.value):
        value = deepcopy([*children(source)][index])
        put(*place(root, random), value)


def rename(root: yaml.Node, random: Random) -> None:
    node, index = place(root, random)
    if isinstance(node, yaml.MappingNode) and node.value:
        name: str = str(node.value[index][0].value)
        changed = random.choice(
            (name.upper(), name.swapcase(), f"{name}_", name[:-1], f"{name}s", "names")
        )
        other = random.choice((changed, random.choice(NAMES), random.choice(words())))
        node.value[index] = (scalar(other), node.value[index][1])


def add_twin(root: yaml.Node, random: Random) -> None:
    """Put a name beside one that differs only in the way it is written."""
    node, index = place(root, random)
    if isinstance(node, yaml.MappingNode) and node.value:
        key, value = node.value[index]
        name = str(key.value)
        twins = (name, name.upper(), name.capitalize(), f"{name}_", f"\uff41{name[1:]}")
        node.value.append((scalar(random.choice(twins)), value))


def add(root: yaml.Node, random: Random) -> None:
    node, index = place(root, random)
    pair = isinstance(node, yaml.MappingNode)
    value = any_value(random)
    node.value.insert(index, (scalar(random.choice(words())), value) if pair else value)


def widen(root: yaml.Node, random: Random) -> None:
    node, index = place(root, random)
    if not node.value or size(root) > MOST_NODES:
        return
    child = [*children(node)][index]
    times = min(random.choice((*(2, 3) * 5, 100, WIDEST)), MOST_NODES // size(child))
    if isinstance(node, yaml.MappingNode):
        name = node.value[index][0].value
        node.value += [(scalar(f"{name}{n}"), child) for n in range(times)]
    else:
        node.value += [child] * times


def shuffle(root: yaml.Node, random: Random) -> None:
    node, _ = place(root, random)
    random.shuffle(node.value)


def turn_style(root: yaml.Node, random: Random) -> None:
    node, _ = place(root, random)
    node.flow_style = not node.flow_style


MUTATIONS: tuple[Callable[[yaml.Node, Random], None], ...] = (
    *(replace_value, replace_value, delete, move, move, rename, rename),
    *(add, add, add_twin, widen, shuffle, turn_style),
)
