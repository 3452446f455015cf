"""Setting pages as PDF with typst: which Chinese letters there are, and the one way a form is set.

No words of any room here: a room brings its own ``.typ`` file and what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from gongzhi.kit.errors import Unavailable

#: Chinese letters for paper, the first that is installed.
FACES = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "HarmonyOS Sans SC", "PingFang SC", "Microsoft YaHei",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "SimHei", "SimSun", "Droid Sans Fallback",
)  # fmt: skip


#: Letters of official papers: for the text, for titles, and for values that were filled in.
_BOOK = {
    "text": ("STFangsong", "FangSong", "FangSong_GB2312", "Source Han Serif", "Noto Serif CJK", "SimSun", "STSong"),
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "STZhongsong", "Source Han Serif", "Noto Serif CJK", "SimSun"),
}  # fmt: skip
#: Families whose signs differ by place carry it at the end of their name.
_PLACED = frozenset({"Noto Serif CJK", "Source Han Serif"})


@lru_cache(maxsize=1)
def _families() -> frozenset[str]:
    import typst

    return frozenset(typst.Fonts(font_paths=[settings.FONTS] if settings.FONTS else []).families())


@lru_cache(maxsize=1)
def faces() -> tuple[str, ...]:
    """The Chinese letters that typst finds on this machine and in GONGZHI_FONTS, best first."""
    return tuple(face for face in FACES if face in _families())


def book_faces(use: str, *, traditional: bool = False) -> tuple[str, ...]:
    """Letters for an official paper (``use``: text, title), best first; the plain ones last."""
    place = "TC" if traditional else "SC"
    wanted = [f"{face} {place}" if face in _PLACED else face for face in _BOOK[use]]
    if traditional:  # the signs of Simplified faces are not those of Taiwan, Hong Kong and Macao
        wanted = [face for face in wanted if face.endswith(place)]
    plain = [face.replace(" SC", " TC") if traditional else face for face in FACES]
    return tuple(face for face in (*wanted, *plain, *faces()) if face in _families())


def set_pages(form: Path, told: Mapping[str, Any], *, at: datetime | None = None) -> bytes:
    """The PDF of a form; ``told`` reaches it as JSON in ``sys.inputs.told``, with ``fonts``. ``at``: the moment the
    file names as that of its making; the same words then make the same file.

    Unavailable (503) with what would help when there are no Chinese letters: boxes instead of words help nobody.
    """
    import typst

    letters = faces()
    if not letters:
        raise Unavailable(
            _("这台服务器上没有中文字体，印不出来。"),
            help=_(
                "请管理员安装字体（Debian：apt install fonts-noto-cjk），或把字体文件放进 GONGZHI_FONTS 指定的文件夹，再重启。"
            ),
            code="no_chinese_font",
        )
    found = typst.compile(
        str(form),
        root=str(form.parent),
        font_paths=[settings.FONTS] if settings.FONTS else [],
        format="pdf",
        sys_inputs={"told": json.dumps({**told, "fonts": list(letters)}, ensure_ascii=False)},
        timestamp=None if at is None else int(at.timestamp()),
    )
    assert isinstance(found, bytes)
    return found
