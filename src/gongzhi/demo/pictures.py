"""Invented pictures: simple drawn scenes of a street, with a trouble in them or without it.

Lives here: drawing, as a pure function of a seed. No photograph of any place is used. Only some categories have a
scene; the others stay without a picture, as most reports do.
"""

from __future__ import annotations

import io
import math
from random import Random

from PIL import Image, ImageDraw, ImageFilter

SIZE = (960, 720)
_TWICE = (SIZE[0] * 2, SIZE[1] * 2)
#: Category code (its beginning) → the scene that shows its trouble.
SCENES = {
    "010108": "water", "010107": "water", "010105": "lamp", "010103": "hole", "010101": "hole", "010104": "hole",
    "010301": "tree", "0103": "tree", "0204": "waste", "010604": "waste", "010205": "waste", "030103": "cars",
    "010206": "cars", "010201": "stalls",
}  # fmt: skip

Draw = ImageDraw.ImageDraw


def scene_for(category: str) -> str | None:
    """The scene of a category, by the longest beginning of its code; None when there is none."""
    return next((SCENES[category[:n]] for n in range(len(category), 0, -1) if category[:n] in SCENES), None)


def draw(seed: str, scene: str, *, mended: bool = False) -> bytes:
    """A JPEG of the scene, with its trouble or mended; the street around it depends on the seed only."""
    rng = Random(seed)
    image = Image.new("RGB", _TWICE, "white")
    pen = ImageDraw.Draw(image)
    night = scene == "lamp"
    _sky(pen, night)
    _houses(pen, rng, night)
    _road(pen, night)
    {
        "water": _water,
        "lamp": _lamp,
        "hole": _hole,
        "tree": _tree,
        "waste": _waste,
        "cars": _cars,
        "stalls": _stalls,
    }[scene](pen, Random(f"{seed} {scene}"), mended)
    image = image.filter(ImageFilter.GaussianBlur(1.6)).resize(SIZE, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=84)
    return out.getvalue()


def _mix(one: tuple[int, int, int], other: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _sky(pen: Draw, night: bool) -> None:
    top, low = ((20, 28, 52), (52, 62, 92)) if night else ((146, 190, 214), (232, 238, 232))
    for y in range(0, 800, 4):
        pen.rectangle((0, y, _TWICE[0], y + 4), fill=_mix(top, low, y / 800))


def _houses(pen: Draw, rng: Random, night: bool) -> None:
    x = -40
    while x < _TWICE[0]:
        wide, high = rng.randint(190, 330), rng.randint(300, 620)
        wall = rng.choice(((214, 200, 180), (196, 206, 205), (222, 214, 200), (190, 182, 170)))
        wall = _mix(wall, (30, 36, 58), 0.72) if night else wall
        pen.rectangle((x, 860 - high, x + wide, 860), fill=wall)
        for wy in range(860 - high + 34, 820, 74):
            for wx in range(x + 26, x + wide - 44, 66):
                lit = night and rng.random() < 0.3
                pane = (232, 204, 130) if lit else _mix(wall, (60, 84, 96), 0.45)
                pen.rectangle((wx, wy, wx + 34, wy + 42), fill=pane)
        x += wide + rng.randint(6, 46)


def _road(pen: Draw, night: bool) -> None:
    dark = 0.6 if night else 0.0
    pen.rectangle((0, 856, _TWICE[0], 960), fill=_mix((198, 192, 180), (24, 28, 44), dark))
    pen.rectangle((0, 952, _TWICE[0], 976), fill=_mix((158, 152, 142), (24, 28, 44), dark))
    pen.rectangle((0, 976, _TWICE[0], _TWICE[1]), fill=_mix((112, 114, 116), (24, 28, 44), dark))
    for x in range(60, _TWICE[0], 330):
        pen.rectangle((x, 1196, x + 170, 1212), fill=_mix((226, 224, 212), (24, 28, 44), dark))


def _blob(pen: Draw, rng: Random, box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    left, top, right, low = box
    cx, cy, rx, ry = (left + right) / 2, (top + low) / 2, (right - left) / 2, (low - top) / 2
    points = []
    for step in range(28):
        turn = 2 * math.pi * step / 28
        wobble = 1 + rng.uniform(-0.13, 0.13)
        points.append((cx + rx * wobble * math.cos(turn), cy + ry * wobble * math.sin(turn)))
    pen.polygon(points, fill=colour)


def _grate(pen: Draw, x: int) -> None:
    pen.rounded_rectangle((x, 986, x + 190, 1050), 8, fill=(58, 60, 62))
    for bar in range(x + 18, x + 180, 26):
        pen.rectangle((bar, 996, bar + 9, 1040), fill=(24, 25, 26))


def _water(pen: Draw, rng: Random, mended: bool) -> None:
    x = rng.randint(500, 1100)
    if not mended:
        _blob(pen, rng, (x - 520, 980, x + 720, 1330), (104, 112, 96))
        _blob(pen, rng, (x - 380, 1010, x + 540, 1270), (126, 136, 116))
        for _wave in range(9):
            wx, wy = rng.randint(x - 300, x + 420), rng.randint(1040, 1240)
            pen.arc((wx, wy, wx + 120, wy + 26), 190, 350, fill=(176, 184, 166), width=6)
    _grate(pen, x)
    if not mended:
        _blob(pen, rng, (x - 30, 976, x + 200, 1046), (116, 106, 76))


def _lamp(pen: Draw, rng: Random, mended: bool) -> None:
    x = rng.randint(620, 1200)
    if mended:
        for reach in range(520, 60, -20):
            pen.polygon(
                ((x + 176, 420), (x + 176 - reach, 1180), (x + 176 + reach, 1180)),
                fill=_mix((52, 58, 76), (228, 202, 128), (540 - reach) / 900),
            )
    pen.rectangle((x, 380, x + 22, 966), fill=(96, 100, 108))
    pen.rectangle((x, 380, x + 220, 398), fill=(96, 100, 108))
    pen.rounded_rectangle((x + 130, 394, x + 226, 424), 12, fill=(250, 232, 166) if mended else (70, 72, 80))


def _hole(pen: Draw, rng: Random, mended: bool) -> None:
    x = rng.randint(460, 1060)
    if mended:
        pen.rounded_rectangle((x - 60, 1060, x + 470, 1250), 30, fill=(92, 94, 97))
        return
    _blob(pen, rng, (x, 1080, x + 400, 1220), (84, 78, 70))
    _blob(pen, rng, (x + 50, 1104, x + 350, 1206), (52, 47, 42))
    for _stone in range(16):
        sx, sy = rng.randint(x - 90, x + 470), rng.randint(1060, 1260)
        pen.ellipse((sx, sy, sx + rng.randint(12, 30), sy + rng.randint(9, 20)), fill=(140, 134, 124))


def _tree(pen: Draw, rng: Random, mended: bool) -> None:
    x = rng.randint(520, 1100)
    if mended:
        pen.rectangle((x, 560, x + 54, 950), fill=(112, 88, 64))
        for _leaf in range(26):
            lx, ly = x + rng.randint(-230, 190), rng.randint(300, 600)
            size = rng.randint(90, 180)
            pen.ellipse(
                (lx, ly, lx + size, ly + size),
                fill=rng.choice(((92, 132, 84), (108, 150, 96), (80, 118, 76))),
            )
        return
    pen.polygon(((x - 60, 950), (x + 10, 930), (x + 860, 1120), (x + 850, 1170)), fill=(112, 88, 64))
    for _leaf in range(30):
        lx, ly = x + rng.randint(520, 1050), rng.randint(980, 1240)
        size = rng.randint(70, 170)
        pen.ellipse(
            (lx, ly, lx + size, ly + size * 0.7),
            fill=rng.choice(((92, 132, 84), (108, 150, 96), (80, 118, 76))),
        )


def _waste(pen: Draw, rng: Random, mended: bool) -> None:
    x = rng.randint(420, 1000)
    for bin_x, colour in ((x, (62, 112, 92)), (x + 190, (70, 96, 132)), (x + 380, (62, 112, 92))):
        pen.rounded_rectangle((bin_x, 700, bin_x + 150, 930), 16, fill=colour)
        pen.rounded_rectangle((bin_x - 10, 676, bin_x + 160, 716), 12, fill=_mix(colour, (20, 20, 20), 0.3))
    if mended:
        return
    for _bag in range(24):
        bx, by = x + rng.randint(-210, 640), rng.randint(820, 990)
        size = rng.randint(70, 130)
        bag = rng.choice(((46, 48, 52), (208, 204, 196), (172, 60, 52), (196, 168, 120)))
        pen.ellipse((bx, by, bx + size, by + size * 0.8), fill=bag)
        pen.polygon(
            ((bx + size * 0.4, by + 8), (bx + size * 0.6, by + 8), (bx + size * 0.5, by - 16)), fill=bag
        )


def _car(pen: Draw, x: int, y: int, colour: tuple[int, int, int]) -> None:
    pen.rounded_rectangle((x, y + 70, x + 420, y + 170), 34, fill=colour)
    pen.polygon(((x + 80, y + 80), (x + 140, y), (x + 290, y), (x + 350, y + 80)), fill=colour)
    pen.polygon(
        ((x + 112, y + 74), (x + 152, y + 16), (x + 210, y + 16), (x + 210, y + 74)), fill=(176, 196, 204)
    )
    pen.polygon(
        ((x + 226, y + 74), (x + 226, y + 16), (x + 280, y + 16), (x + 318, y + 74)), fill=(176, 196, 204)
    )
    for wheel in (x + 66, x + 288):
        pen.ellipse((wheel, y + 126, wheel + 84, y + 210), fill=(38, 38, 40))
        pen.ellipse((wheel + 26, y + 152, wheel + 58, y + 184), fill=(150, 150, 152))


def _cars(pen: Draw, rng: Random, mended: bool) -> None:
    paint = ((178, 66, 56), (62, 84, 112), (206, 204, 198), (70, 92, 82))
    if not mended:
        for place in range(3):
            _car(pen, 160 + place * 560 + rng.randint(-30, 30), 790, rng.choice(paint))
    _car(pen, rng.randint(200, 1200), 1120, rng.choice(paint))


def _stalls(pen: Draw, rng: Random, mended: bool) -> None:
    if mended:
        return
    for place in range(3):
        x = 150 + place * 580 + rng.randint(-40, 40)
        pen.rectangle((x, 660, x + 14, 960), fill=(120, 104, 84))
        pen.rectangle((x + 370, 660, x + 384, 960), fill=(120, 104, 84))
        cloth = rng.choice(((186, 72, 60), (58, 112, 104), (202, 152, 70)))
        for strip in range(6):
            shade = cloth if strip % 2 else (236, 230, 218)
            pen.polygon(
                ((x - 20 + strip * 71, 590), (x + 51 + strip * 71, 590), (x + 51 + strip * 71, 680),
                 (x - 20 + strip * 71, 680)),
                fill=shade,
            )  # fmt: skip
        pen.rectangle((x - 10, 840, x + 394, 930), fill=(150, 124, 92))
        for _fruit in range(14):
            fx = x + rng.randint(0, 360)
            pen.ellipse(
                (fx, 806, fx + 40, 846), fill=rng.choice(((204, 92, 52), (224, 180, 72), (116, 154, 84)))
            )
