"""Pictures from outside: nothing but pixels survives, and what is no picture is refused by its content."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin

from gongzhi.kit.errors import TooLarge, Unprocessable
from gongzhi.kit.images import EDGE, MOST_BYTES, THUMBNAIL_EDGE, check_picture

SECRET = "22.2051N 113.5052E"
#: EXIF: what the picture shows, which way up it is held, and the block that holds the place.
DESCRIPTION, ORIENTATION, PLACE = 0x010E, 0x0112, 0x8825


def taken(kind: str, size: tuple[int, int] = (60, 30), orientation: int = 1) -> bytes:
    """A photo of a telephone, left half red, with a place in every corner that its format has."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[DESCRIPTION], exif[ORIENTATION] = SECRET, orientation
    exif.get_ifd(PLACE)[29] = SECRET
    more: dict[str, object] = {"exif": exif}
    if kind == "PNG":
        more["pnginfo"] = PngImagePlugin.PngInfo()
        more["pnginfo"].add_text("Comment", SECRET)
    if kind == "JPEG":
        more["comment"] = SECRET
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_place_where_it_was_taken_is_gone(kind: str) -> None:
    raw = taken(kind)
    assert SECRET.encode() in raw
    kept = check_picture(io.BytesIO(raw), name="../../IMG 1.heic")
    for content in (kept.content, kept.thumbnail):
        assert SECRET.encode() not in content
        with Image.open(io.BytesIO(content)) as again:
            assert (again.format, dict(again.getexif())) == ("JPEG", {})
            assert set(again.info) <= {
                "jfif",
                "jfif_version",
                "jfif_unit",
                "jfif_density",
                "progressive",
                "progression",
            }
    assert (kept.name, kept.media_type) == ("IMG 1.jpg", "image/jpeg")


def test_what_was_held_upright_stays_upright() -> None:
    kept = check_picture(io.BytesIO(taken("JPEG", orientation=6)))
    assert (kept.width, kept.height) == (30, 60)
    with Image.open(io.BytesIO(kept.content)) as again:
        red, _green, blue = again.convert("RGB").getpixel((15, 5))
    assert red > 200 and blue < 60, "the left half is the upper one now"


def test_large_pictures_become_smaller() -> None:
    kept = check_picture(io.BytesIO(taken("JPEG", (3000, 1000))))
    assert kept.width == EDGE
    with Image.open(io.BytesIO(kept.thumbnail)) as small:
        assert small.width == THUMBNAIL_EDGE


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a" + b"\x00" * 20,
        b"%PDF-1.7",
        b"",
        taken("JPEG")[:300],
    ],
    ids=["svg", "html", "half a gif", "pdf", "nothing", "half a jpeg"],
)
def test_what_is_no_picture_is_refused_whatever_its_name(content: bytes) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_picture(io.BytesIO(content), name="photo.jpg")
    assert refused.value.code == "not_a_picture"


def test_a_file_of_fifty_megabytes_is_refused_unread() -> None:
    class Unread(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("read")

    with pytest.raises(TooLarge):
        check_picture(Unread(), size=50_000_000)
    with pytest.raises(TooLarge):
        check_picture(io.BytesIO(b"\xff\xd8" + b"\0" * MOST_BYTES))
