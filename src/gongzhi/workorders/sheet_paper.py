"""The printed form: its words in Chinese, English and Portuguese, its number as a picture, and the PDF.

The form is the same whatever language the clerk reads: it is for people on the street. Nothing here writes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gongzhi.kit.components.drawings import qr_picture
from gongzhi.kit.typesetting import set_pages
from gongzhi.territory.ground import ground
from gongzhi.workorders.actions.sheets import code_of
from gongzhi.workorders.models.sheets import SheetBatch

HERE = Path(__file__).parent / "typst"
#: label, the same in English and Portuguese, lines to write on, boxes to tick
_FIELDS: tuple[tuple[str, str, int, tuple[tuple[str, str], ...]], ...] = (
    ("发生了什么", "What happened · O que aconteceu", 7, ()),
    ("在哪里", "Where · Onde", 2, ()),
    ("想要什么", "What you want · O que pretende", 0, (
        ("来解决", "fix it · resolver"), ("回答问题", "an answer · resposta"), ("提建议", "suggest · sugerir"), ("表扬", "thank · agradecer"),
    )),
    ("怎么称呼您（可以不写）", "Your name, if you like · O seu nome, se quiser", 1, ()),
    ("电话（想知道结果就写）", "Telephone, to hear from us · Telefone, para receber resposta", 1, ()),
)  # fmt: skip


def told(batch: SheetBatch, *, address: str) -> dict[str, Any]:
    """All that stands on the forms of a batch; ``address`` is where the code leads, with the code at its end."""
    area = ground().areas[batch.division_id]
    street = ground().areas[batch.street_id]
    sheets = []
    for serial in range(batch.first, batch.first + batch.count):
        code = code_of(street.code, serial)
        sheets.append({"code": code, "short": code.partition("-")[2], "qr": qr_picture(f"{address}{code}")})
    return {
        "title": "居民反映表",
        "others": "Tell your neighbourhood · Comunicação de moradores",
        "area": f"{street.name} · {area.name}",
        "how": "写好以后交给社区、网格员，或投进意见箱。一张表写一件事。",
        "how_others": "Hand it in at the community office, to a grid worker, or drop it in the box. One matter per form. · "
        "Entregue no escritório comunitário ou na caixa. Um assunto por folha.",
        "fields": [
            {"label": label, "others": others, "lines": lines, "choices": [list(one) for one in choices]}
            for label, others, lines, choices in _FIELDS
        ],
        "urgent": "危险、火情、急病请马上打 110、119、120，不要写在这张表上。",
        "urgent_others": "Danger, fire, illness: call 110, 119, 120 now. · Perigo, incêndio, doença: ligue já 110, 119, 120.",
        "foot": "姓名和电话只用来答复您。 Name and telephone are used only to answer you. Nome e telefone servem apenas para lhe responder.",
        "sheets": sheets,
    }


def pdf(batch: SheetBatch, *, address: str) -> bytes:
    """The forms of a batch, one to a page."""
    return set_pages(HERE / "sheet.typ", told(batch, address=address))
