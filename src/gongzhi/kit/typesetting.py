"""Setting pages as PDF with typst: which Chinese letters there are, and the one way a form is set.

No words of any room here: a room brings its own ``.typ`` file and what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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


@lru_cache(maxsize=1)
def faces() -> tuple[str, ...]:
    """The Chinese letters that typst finds on this machine and in GONGZHI_FONTS, best first."""
    import typst

    found = set(typst.Fonts(font_paths=[settings.FONTS] if settings.FONTS else []).families())
    return tuple(face for face in FACES if face in found)


def set_pages(form: Path, told: Mapping[str, Any]) -> bytes:
    """The PDF of a form; ``told`` reaches it as JSON in ``sys.inputs.told``, with ``fonts``.

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
    )
    assert isinstance(found, bytes)
    return found
