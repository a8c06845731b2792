"""A hexagon for each place: computed from coordinates, neighbours near one another, every place of the same size.

In three steps, all deterministic: places become discs of one size that push each other apart while neighbours hold on
to each other (a Dorling cartogram of equal areas); each disc takes the nearest free tile, from the middle outwards;
then tiles are exchanged as long as that brings neighbours nearer or a place nearer to where its disc was.
"""

import math
from collections.abc import Sequence

# Axial coordinates of pointy-topped hexagons: column along the row, row downwards.
Tile = tuple[int, int]
Point = tuple[float, float]

STEPS = ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))
ROW = math.sqrt(3) / 2  # height of a row, where tiles of a row are 1 apart
CLOSE = 8  # how many of the nearest places are looked at as neighbours
ROUNDS, SWEEPS = 240, 40
# Weight of a place's distance from its disc, beside the distance of its neighbours.
HOME = 0.35


def layout(places: Sequence[Point]) -> list[Tile]:
    """The tile of each ``(lat, lon)``, in the order given; no two on one tile."""
    if not places:
        return []
    points = _plane(places)
    neighbours = _neighbours(points)
    discs = _spread(points, neighbours)
    tiles = _nearest_free(discs)
    return _exchange(tiles, discs, neighbours)


def centre(tile: Tile) -> Point:
    """Where the middle of a tile is, with tiles of a row 1 apart and y downwards."""
    return tile[0] + tile[1] / 2, tile[1] * ROW


def distance(a: Tile, b: Tile) -> int:
    """Steps from tile to tile."""
    q, r = a[0] - b[0], a[1] - b[1]
    return max(abs(q), abs(r), abs(q + r))


# --- the plane --------------------------------------------------------------------------------------------------------
def _plane(places: Sequence[Point]) -> list[Point]:
    """North up (y downwards), about as many units of area as places. Places at one spot are set around it."""
    scale = math.cos(math.radians(sum(lat for lat, _lon in places) / len(places)))
    flat = [(lon * scale, -lat) for lat, lon in places]
    spread = math.sqrt(_middle_spread([x for x, _y in flat]) * _middle_spread([y for _x, y in flat])) or 1
    size = math.sqrt(len(places)) / spread
    seen: dict[Point, int] = {}
    points = []
    for x, y in flat:
        again = seen[(x, y)] = seen.get((x, y), -1) + 1
        angle = again * 2.4  # the golden angle: never twice in one direction
        radius = 0.02 * math.sqrt(again)
        points.append((x * size + radius * math.cos(angle), y * size + radius * math.sin(angle)))
    return points


def _middle_spread(values: list[float]) -> float:
    """Of the middle nine tenths: an island far away must not make the city a dot."""
    values = sorted(values)
    cut = len(values) // 20
    return values[-1 - cut] - values[cut]


def _neighbours(points: list[Point]) -> list[list[int]]:
    """Gabriel neighbours: two places are neighbours if no third lies in the circle between them."""
    found: list[set[int]] = [set() for _ in points]
    for i, (x, y) in enumerate(points):
        by_distance = sorted((math.dist((x, y), other), j) for j, other in enumerate(points) if j != i)[: 2 * CLOSE]
        for length, j in by_distance[:CLOSE]:
            middle = ((x + points[j][0]) / 2, (y + points[j][1]) / 2)
            if all(math.dist(middle, points[k]) >= length / 2 for _length, k in by_distance if k != j):
                found[i].add(j)
                found[j].add(i)
    return [sorted(each) for each in found]


# --- discs of one size ------------------------------------------------------------------------------------------------
def _spread(points: list[Point], neighbours: list[list[int]]) -> list[Point]:
    x, y = [p[0] for p in points], [p[1] for p in points]
    for number in range(ROUNDS):
        # First neighbours draw together, in the end only the pushing is left.
        pull = 0.25 * (1 - number / ROUNDS)
        dx, dy = [0.0] * len(x), [0.0] * len(x)
        for i, near in enumerate(neighbours):
            for j in near:
                if j > i:
                    _move(i, j, x, y, dx, dy, strength=pull, push=False)
        for i, j in _overlapping(x, y):
            _move(i, j, x, y, dx, dy, strength=0.45, push=True)
        for i in range(len(x)):
            x[i] += dx[i]
            y[i] += dy[i]
    return list(zip(x, y, strict=True))


def _move(i: int, j: int, x, y, dx, dy, *, strength: float, push: bool) -> None:
    """Towards a distance of 1, each by half: if they are nearer and pushed, or farther and drawn."""
    ax, ay = x[j] - x[i], y[j] - y[i]
    length = math.hypot(ax, ay) or 1e-9
    if (length < 1) != push:
        return
    part = strength * (length - 1) / length / (1 if push else 4)
    dx[i] += ax * part
    dy[i] += ay * part
    dx[j] -= ax * part
    dy[j] -= ay * part


def _overlapping(x: list[float], y: list[float]):
    """Pairs nearer than 1, found in a grid of cells of that size."""
    cells: dict[Tile, list[int]] = {}
    for i in range(len(x)):
        cells.setdefault((math.floor(x[i]), math.floor(y[i])), []).append(i)
    for (cx, cy), here in cells.items():
        around = [j for ax in (-1, 0, 1) for ay in (-1, 0, 1) for j in cells.get((cx + ax, cy + ay), ())]
        for i in here:
            for j in around:
                if j > i and (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 < 1:
                    yield i, j


# --- tiles ------------------------------------------------------------------------------------------------------------
def _nearest_free(discs: list[Point]) -> list[Tile]:
    middle = (sum(x for x, _y in discs) / len(discs), sum(y for _x, y in discs) / len(discs))
    tiles: dict[int, Tile] = {}
    taken: set[Tile] = set()
    for i in sorted(range(len(discs)), key=lambda i: (math.dist(discs[i], middle), i)):
        tiles[i] = _free_near(discs[i], taken)
        taken.add(tiles[i])
    return [tiles[i] for i in range(len(discs))]


def _free_near(at: Point, taken: set[Tile]) -> Tile:
    row = round(at[1] / ROW)
    first = (round(at[0] - row / 2), row)
    reach = 1
    while True:
        free = [tile for tile in _within(first, reach) if tile not in taken]
        if free:
            return min(free, key=lambda tile: (math.dist(centre(tile), at), tile))
        reach += 1


def _within(tile: Tile, reach: int):
    for q in range(-reach, reach + 1):
        for r in range(max(-reach, -q - reach), min(reach, -q + reach) + 1):
            yield tile[0] + q, tile[1] + r


def _exchange(tiles: list[Tile], discs: list[Point], neighbours: list[list[int]]) -> list[Tile]:
    held = {tile: i for i, tile in enumerate(tiles)}

    def cost(i: int, tile: Tile) -> float:
        x, y = centre(tile)
        own = HOME * ((x - discs[i][0]) ** 2 + (y - discs[i][1]) ** 2)
        return own + sum((distance(tile, tiles[j]) - 1) ** 2 for j in neighbours[i])

    for _sweep in range(SWEEPS):
        moved = False
        for i in range(len(tiles)):
            moved |= _better_place(i, tiles, held, cost)
        if not moved:
            break
    return tiles


def _better_place(i: int, tiles: list[Tile], held: dict[Tile, int], cost) -> bool:
    """Move ``i`` to the tile nearby, free or by exchange, that saves most; False if none saves anything."""
    here, best, gain = tiles[i], None, 1e-9
    for there in _within(here, 2):
        if there == here:
            continue
        other = held.get(there)
        before = cost(i, here) + (cost(other, there) if other is not None else 0)
        tiles[i] = there
        if other is not None:
            tiles[other] = here
        after = cost(i, there) + (cost(other, here) if other is not None else 0)
        tiles[i] = here
        if other is not None:
            tiles[other] = there
        if before - after > gain:
            best, gain = there, before - after
    if best is None:
        return False
    other = held.pop(best, None)
    del held[here]
    held[best], tiles[i] = i, best
    if other is not None:
        held[here], tiles[other] = other, here
    return True
