"""A chain of digests, and random single changes of it: what someone could do to the files."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from chalicelib.usecases.evidence.digests import seal_hours
from tests.adapters.scene import entry
from tests.fakes import NOON, World
from tests.fakes.digests import FakeDigestBucket, FakeSigningKey, digest_ports

HOURS = 8
Objects = dict[str, bytes]


class Chain(NamedTuple):
    """The files of some hours, and the public key."""

    objects: Objects
    pem: str

    @property
    def hours(self) -> list[str]:
        return sorted({name.partition("/")[0] for name in self.objects if "/" in name})


class Change(NamedTuple):
    """A changed chain, and what the command must say: one of the paths, and one of the kinds."""

    objects: Objects
    paths: set[str]
    kinds: set[str]


def a_chain(seed: int = 1) -> Chain:
    """Return a chain in which the hours have some entries, one none, and one a late one."""
    draw = random.Random(seed)  # noqa: S311
    world = World(clock=NOON + timedelta(minutes=10))
    ports = digest_ports(world)
    for hour in range(HOURS):
        seal_hours(ports, time_left=lambda: 300)
        begin = NOON + timedelta(hours=hour)
        count = 0 if hour == 3 else 4
        world.earlier_entries += [
            entry(f"{draw.getrandbits(64):016x}", at=begin + timedelta(minutes=10 * n + 11))
            for n in range(count)
        ]
        if hour == 5:
            world.earlier_entries.append(entry("0" * 16, at=begin - timedelta(minutes=1)))
        world.later(hours=1)
    assert isinstance(ports.store, FakeDigestBucket)
    assert isinstance(ports.key, FakeSigningKey)
    return Chain(ports.store.objects, ports.key.read_public_key().decode())


def write(objects: Objects, folder: Path) -> None:
    for name, content in objects.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _bit(chain: Chain, draw: random.Random) -> Change:
    name = draw.choice([n for n, content in chain.objects.items() if content])
    content = bytearray(chain.objects[name])
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return Change({**chain.objects, name: bytes(content)}, {name}, _ANY)


_ANY = {"changed", "removed", "inserted", "reordered", "cut-off"}


Edit = Callable[[list[bytes], random.Random], None]


def _in_a_file(edit: Edit, *kinds: str) -> Callable[[Chain, random.Random], Change]:
    """Return a change of the lines of one file of entries."""

    def change(chain: Chain, draw: random.Random) -> Change:
        names = [n for n, content in chain.objects.items() if content.count(b"\n") > 3]
        name = draw.choice(sorted(n for n in names if "ndj" in n))
        lines = chain.objects[name].splitlines(keepends=True)
        edit(lines, draw)
        return Change({**chain.objects, name: b"".join(lines)}, {name}, {*kinds} or _ANY)

    return change


def _replace(lines: list[bytes], draw: random.Random) -> None:
    lines[draw.randrange(len(lines))] = lines[0].replace(b'"lena"', b'"luis"')


def _remove(lines: list[bytes], draw: random.Random) -> None:
    del lines[draw.randrange(len(lines))]


def _repeat(lines: list[bytes], draw: random.Random) -> None:
    index = draw.randrange(len(lines))
    lines.insert(index, lines[index])


def _reorder(lines: list[bytes], draw: random.Random) -> None:
    index = draw.randrange(len(lines) - 1)
    lines[index], lines[index + 1] = lines[index + 1], lines[index]


def _cut(lines: list[bytes], draw: random.Random) -> None:
    lines[-1] = lines[-1][: -draw.randrange(2, len(lines[-1]))]


def _remove_file(chain: Chain, draw: random.Random) -> Change:
    name = draw.choice([n for n in chain.objects if "/" in n])
    return Change({n: c for n, c in chain.objects.items() if n != name}, {name}, {"removed"})


def _insert_file(chain: Chain, draw: random.Random) -> Change:
    name = draw.choice([f"{draw.choice(chain.hours)}/more.ndjson", "notes.txt", "2026-11-24T1x/a"])
    where = name if name.startswith(tuple(chain.hours)) else name.partition("/")[0]
    return Change({**chain.objects, name: b"{}\n"}, {where}, {"inserted"})


def _remove_hour(chain: Chain, draw: random.Random) -> Change:
    hour = draw.choice(chain.hours[:-1])
    left = {n: c for n, c in chain.objects.items() if not n.startswith(hour)}
    follower = chain.hours[chain.hours.index(hour) + 1]
    return Change(left, {hour, "first-hour.txt", f"{follower}/digest.txt"}, {"removed"})


def _insert_hour(chain: Chain, draw: random.Random) -> Change:
    """Add an hour before or after, with the files of another one."""
    new, index = draw.choice([("2026-11-24T10", 0), ("2026-11-24T19", -1)])
    files = {
        name.replace(chain.hours[index], new): content
        for name, content in chain.objects.items()
        if name.startswith(chain.hours[index])
    }
    return Change({**chain.objects, **files}, {f"{new}/digest.txt"}, {"reordered"})


def _swap_hours(chain: Chain, draw: random.Random) -> Change:
    first, second = draw.sample(chain.hours, 2)
    moved = {first: second, second: first}
    objects = {moved.get(n[:13], n[:13]) + n[13:]: c for n, c in chain.objects.items()}
    return Change(objects, {f"{first}/digest.txt", f"{second}/digest.txt"}, {"reordered"})


def _swap_entries(chain: Chain, draw: random.Random) -> Change:
    names = [n for n, content in chain.objects.items() if n.endswith("ndjson") and content]
    first, second = draw.sample(names, 2)
    swapped = {first: chain.objects[second], second: chain.objects[first]}
    return Change({**chain.objects, **swapped}, {first, second}, {"reordered"})


def _cut_end(chain: Chain, draw: random.Random) -> Change:
    """Remove the last hours: only who has the head can know."""
    hours = chain.hours[: draw.randrange(1, HOURS)]
    left = {n: c for n, c in chain.objects.items() if "/" not in n or n[:13] in hours}
    return Change(left, {f"{hours[-1]}/digest.txt"}, {"cut-off"})


def _other_key(chain: Chain, draw: random.Random) -> Change:
    """Sign one digest, or write the whole chain, with another key."""
    other = a_chain(draw.randrange(2, 1000))
    if draw.random() < 0.5:
        return Change(other.objects, {"digest.sig"}, {"changed"})
    hour = draw.choice(chain.hours)
    name = f"{hour}/digest.sig"
    return Change({**chain.objects, name: other.objects[name]}, {name}, {"changed"})


CHANGES: tuple[Callable[[Chain, random.Random], Change], ...] = (
    _bit, _in_a_file(_replace), _in_a_file(_remove, "changed"), _in_a_file(_repeat, "inserted"),
    _in_a_file(_reorder, "reordered"), _in_a_file(_cut, "cut-off"), _remove_file, _insert_file,
    _remove_hour, _insert_hour, _swap_hours, _swap_entries, _cut_end, _other_key,
)  # fmt: skip
