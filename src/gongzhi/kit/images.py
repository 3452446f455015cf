"""Pictures from outside: checked by their content, freed of EXIF, and made small enough to keep.

Whatever arrives is decoded and encoded again, so that nothing but pixels survives. The name it came with decides
nothing.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from gongzhi.kit.errors import TooLarge, Unprocessable

#: The largest file accepted, in bytes.
MOST_BYTES = 15 * 1024 * 1024
#: The largest picture accepted, in pixels: a decompression bomb is refused before it is decoded.
MOST_PIXELS = 60_000_000
#: The same once it stands in memory: JPEG is made smaller while it is read, the other formats are not.
MOST_DECODED = 25_000_000
#: Longest edge of the kept picture and of its thumbnail, in pixels.
EDGE, THUMBNAIL_EDGE = 1600, 320
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


@dataclass(frozen=True)
class Picture:
    """A checked picture: JPEG bytes of the picture and of its thumbnail."""

    name: str
    media_type: str
    content: bytes
    thumbnail: bytes
    width: int
    height: int


def _encode(image: Image.Image, edge: int, quality: int) -> tuple[bytes, int, int]:
    copy = image.copy()
    copy.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    copy.info.clear()  # a comment of the camera would be written again
    out = io.BytesIO()
    copy.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue(), copy.width, copy.height


def check_picture(file: BinaryIO, *, name: str = "", size: int | None = None) -> Picture:
    """Read a picture from ``file``.

    Raises TooLarge (413) above MOST_BYTES and Unprocessable (422) for what is not a JPEG, PNG, WebP or GIF by
    its content, or is broken.
    """
    if size is not None and size > MOST_BYTES:
        raise TooLarge(_too_large())
    raw = file.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise TooLarge(_too_large())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(raw), formats=_FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise TooLarge(_("照片的像素太多，请换一张小一些的。"))
                opened.draft("RGB", (EDGE * 2, EDGE * 2))
                if opened.width * opened.height > MOST_DECODED:
                    raise TooLarge(_("照片的像素太多，请换一张小一些的。"))
                image = ImageOps.exif_transpose(opened).convert("RGB")
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Warning,
    ) as error:
        raise Unprocessable(
            _("这个文件不是可以识别的照片。"),
            help=_("请选择 JPG、PNG 或 WebP 格式的照片。"),
            code="not_a_picture",
        ) from error
    content, width, height = _encode(image, EDGE, 82)
    thumbnail, _w, _h = _encode(image, THUMBNAIL_EDGE, 72)
    stem = PurePath(name).stem[:80] or "photo"
    return Picture(f"{stem}.jpg", "image/jpeg", content, thumbnail, width, height)


def picture_of(image: Image.Image, *, name: str) -> Picture:
    """A picture that we drew ourselves, in the same shape as one from outside."""
    content, width, height = _encode(image, EDGE, 82)
    thumbnail, _w, _h = _encode(image, THUMBNAIL_EDGE, 72)
    return Picture(f"{name}.jpg", "image/jpeg", content, thumbnail, width, height)


def _too_large() -> str:
    return _("照片太大了，每张不能超过 {size} MB。").format(size=MOST_BYTES // 1024 // 1024)
