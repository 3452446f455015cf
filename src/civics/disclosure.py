"""What may be published without exposing anyone: small counts withheld, and enough others that none can be computed.

    told = withhold({"medical": 3, "family": 40, "traffic": 12})
    told.cells          # {"medical": None, "family": 40, "traffic": None}, told.total == 55

A count of 1 … ``least`` - 1 is withheld (a nought says that there was nobody, and stays). With the totals beside them a
single gap in a line could be filled by subtraction, so others are withheld too (secondary suppression), the cheapest
first. Whoever reads knows all totals that stand there, that nothing is negative, and that what is withheld is not a
nought. What they can know of a withheld count is an interval; every one is at least ``least`` wide, or more is withheld,
totals at last.

How: a table with totals is a circulation (rows' totals flow to cells, cells to columns' totals, those to the grand total
and back), each number an edge. How far a withheld number may move while all that is shown stays is a maximum flow through
the other withheld ones; which to withhold besides is a shortest cycle (Cox, Network models for complementary cell
suppression, J. Am. Stat. Assoc. 90, 1995; Fischetti and Salazar, Management Science 47, 2001). So the audit is exact for
tables of one and two dimensions; what is withheld besides is good but not proved least. Units: counts. It does not see
other tables of the same people: publish disjoint spans, one division of each, and each of them once, for two looks at the
same span can withhold different things, and a later one can be subtracted from an earlier one.

Of a span that is not over, a number rounded to :data:`STEP` may be told, at fixed moments; when it is over,
:func:`tells_little_more` says whether the exact number may follow.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: Counts smaller than this are not published.
LEAST = 5
#: To what numbers of a running span are rounded: an interval of so many counts, so that a difference of two is as wide.
STEP = 2 * LEAST
#: How much dearer it is to withhold a total than a count.
_TOTAL = 1_000


def rounded(count: int, *, step: int = STEP) -> int:
    """A count to the nearest ``step``; a half goes up. ValueError for what is no count."""
    if count < 0 or int(count) != count:
        raise ValueError(f"{count} is no count")
    return (count + step // 2) // step * step


def behind(told: int, *, step: int = STEP) -> tuple[int, int]:
    """The counts that a rounded one may stand for: (at least, at most)."""
    return max(0, told - step // 2), told - step // 2 + step - 1


def tells_little_more(exact: int, earlier: Iterable[int], *, step: int = STEP, least: int = LEAST) -> bool:
    """May an exact number be told after rounded ones of earlier moments of the same span? What came in between is their
    difference, and must stay an interval at least ``least`` wide.

    >>> tells_little_more(869, [810]), tells_little_more(86, [90])
    (True, False)
    """
    for told in earlier:
        low, high = behind(told, step=step)
        if min(high, exact) - low < least:
            return False
    return True


def nested(counts: Sequence[int], *, least: int = LEAST) -> list[int | None]:
    """Counts of which each is a part of the one before (given, of these passed on, of these confirmed): None for what is
    withheld, because it is small or because what is left of the last one told would be.

    >>> nested([12, 11, 6]), nested([12, 12, 3])
    ([12, None, 6], [12, 12, None])
    """
    out: list[int | None] = []
    last: int | None = None
    for count in counts:
        if count < 0 or (out and last is not None and count > last):
            raise ValueError(f"{count} is no part of {last}")
        shown = count >= least and (last is None or last == count or last - count >= least)
        out.append(count if shown else None)
        last = count if shown else last
    return out


@dataclass(frozen=True)
class Withheld:
    """One line of counts. None: withheld. ``known``: the interval a reader can work out for each that is withheld."""

    cells: Mapping[str, int | None]
    total: int | None
    known: Mapping[str, tuple[int, int | None]]


@dataclass(frozen=True)
class WithheldTable:
    """A table with its totals. None: withheld."""

    cells: Mapping[str, Mapping[str, int | None]]
    rows: Mapping[str, int | None]
    columns: Mapping[str, int | None]
    total: int | None
    known: Mapping[tuple[str, str], tuple[int, int | None]]


def withhold(counts: Mapping[str, int], *, least: int = LEAST) -> Withheld:
    """Counts of one line with their total. ValueError for what is no count."""
    net = _Net(least)
    for key, count in counts.items():
        net.add(("cell", key), "from", "to", count)
    net.add(("total", ""), "to", "from", sum(counts.values()), total=True)
    net.protect()
    return Withheld(
        {key: net.shown(("cell", key)) for key in counts},
        net.shown(("total", "")),
        {key: net.known(("cell", key)) for key in counts if ("cell", key) in net.hidden},
    )


def withhold_table(table: Mapping[str, Mapping[str, int]], *, least: int = LEAST) -> WithheldTable:
    """Counts by two things, each row with the same columns. ValueError for what is no count, or rows that differ."""
    columns = list(next(iter(table.values()), {}))
    if any(list(row) != columns for row in table.values()):
        raise ValueError("every row needs the same columns")
    net = _Net(least)
    for name, row in table.items():
        for column, count in row.items():
            net.add(("cell", name, column), ("row", name), ("column", column), count)
        net.add(("row", name), "all rows", ("row", name), sum(row.values()), total=True)
    sums = {column: sum(row[column] for row in table.values()) for column in columns}
    for column, count in sums.items():
        net.add(("column", column), ("column", column), "all columns", count, total=True)
    net.add(("total",), "all columns", "all rows", sum(sums.values()), total=True)
    net.protect()
    return WithheldTable(
        {name: {c: net.shown(("cell", name, c)) for c in columns} for name in table},
        {name: net.shown(("row", name)) for name in table},
        {column: net.shown(("column", column)) for column in columns},
        net.shown(("total",)),
        {
            (name, c): net.known(("cell", name, c))
            for name in table
            for c in columns
            if ("cell", name, c) in net.hidden
        },
    )


_Key = tuple[str, ...]
_Node = object
#: More than any count: what a withheld number may grow by.
_MUCH = 10**12


class _Net:
    """Numbers as edges of a circulation, and which of them are withheld."""

    def __init__(self, least: int) -> None:
        self.least = least
        self.edges: dict[_Key, tuple[_Node, _Node, int]] = {}
        self.totals: set[_Key] = set()
        self.hidden: set[_Key] = set()

    def add(self, key: _Key, tail: _Node, head: _Node, count: int, *, total: bool = False) -> None:
        if count < 0 or int(count) != count:
            raise ValueError(f"{count} is no count")
        self.edges[key] = (tail, head, count)
        if total:
            self.totals.add(key)

    def shown(self, key: _Key) -> int | None:
        return None if key in self.hidden else self.edges[key][2]

    def protect(self) -> None:
        """Withhold what is small, then whatever else lets a small one be worked out."""
        small = [key for key, (_t, _h, count) in self.edges.items() if 0 < count < self.least]
        self.hidden.update(small)
        for key in sorted(small, key=lambda one: (self.edges[one][2], one)):
            while not self._wide(key):
                more = self._cycle(key) or self._next_to(key)
                if not more:
                    break
                self.hidden |= more
        # what was withheld for others' sake and can be worked out all the same hides nothing: it is shown
        for key in sorted(self.hidden - set(small)):
            low, high = self.known(key)
            if low == high:
                self.hidden.discard(key)

    def known(self, key: _Key) -> tuple[int, int | None]:
        """What can be worked out of a withheld number: (at least, at most); None: no end."""
        tail, head, count = self.edges[key]
        down = min(count - 1, self._flow(tail, head, key, count - 1))
        up = self._flow(head, tail, key, _MUCH)
        return count - down, None if up >= _MUCH else count + up

    def _wide(self, key: _Key) -> bool:
        low, high = self.known(key)
        return high is None or high - low >= self.least

    def _residual(self, without: _Key) -> dict[_Node, dict[_Node, int]]:
        """Where numbers may move: forward without end, backward down to one."""
        room: dict[_Node, dict[_Node, int]] = defaultdict(lambda: defaultdict(int))
        for key in self.hidden:
            if key != without:
                tail, head, count = self.edges[key]
                room[tail][head] += _MUCH
                room[head][tail] += count - 1
        return room

    def _flow(self, source: _Node, sink: _Node, without: _Key, most: int) -> int:
        """Maximum flow between two nodes over the withheld numbers (Edmonds and Karp), up to ``most``."""
        room, flow = self._residual(without), 0
        while flow < most:
            came: dict[_Node, _Node] = {source: source}
            queue = deque([source])
            while queue and sink not in came:
                here = queue.popleft()
                for there, left in room[here].items():
                    if left > 0 and there not in came:
                        came[there] = here
                        queue.append(there)
            if sink not in came:
                break
            path, node = [], sink
            while node != source:
                path.append((came[node], node))
                node = came[node]
            step = min(most - flow, *(room[a][b] for a, b in path))
            for a, b in path:
                room[a][b] -= step
                room[b][a] += step
            flow += step
        return flow

    def _price(self, key: _Key) -> int:
        if key in self.hidden:
            return 0
        return self.edges[key][2] + 1 + (_TOTAL * (self.edges[key][2] + 1) if key in self.totals else 0)

    def _cycle(self, key: _Key) -> set[_Key]:
        """The cheapest cycle through a number, over numbers that are not nought; what of it is still shown."""
        start, goal, _count = self.edges[key]
        ways: dict[_Node, list[tuple[_Node, _Key]]] = defaultdict(list)
        for other, (tail, head, count) in self.edges.items():
            if other != key and count > 0:
                ways[tail].append((head, other))
                ways[head].append((tail, other))
        best: dict[_Node, int] = {start: 0}
        came: dict[_Node, tuple[_Node, _Key]] = {}
        queue: list[tuple[int, int, _Node]] = [(0, 0, start)]
        turn = 0
        while queue:
            price, _turn, here = heapq.heappop(queue)
            if here == goal:
                break
            if price > best[here]:
                continue
            for there, other in ways[here]:
                dearer = price + self._price(other)
                if dearer < best.get(there, dearer + 1):
                    best[there], came[there] = dearer, (here, other)
                    turn += 1
                    heapq.heappush(queue, (dearer, turn, there))
        if goal not in came:
            return set()
        found, node = set(), goal
        while node != start:
            node, other = came[node]
            found.add(other)
        return found - self.hidden

    def _next_to(self, key: _Key) -> set[_Key]:
        """The cheapest number that is still shown: beside this one, or anywhere."""
        tail, head, _count = self.edges[key]
        left = [
            (not {tail, head} & {other[0], other[1]}, self._price(name), name)
            for name, other in self.edges.items()
            if name not in self.hidden and other[2] > 0
        ]
        return {min(left)[2]} if left else set()
