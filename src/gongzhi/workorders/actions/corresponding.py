"""Putting a code list of another system in place, with what its codes mean here. Codes that go are ended, not deleted."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.journal import books
from gongzhi.kit import clock
from gongzhi.kit.acting import Actor
from gongzhi.kit.errors import Conflict, Invalid
from gongzhi.kit.revision import bump
from gongzhi.workorders.actions.ruling import in_own_area
from gongzhi.workorders.codes import Wanted, code_lists, differences
from gongzhi.workorders.models import CodeList, Correspondence, OutsideCode
from gongzhi.workorders.policies.desk import require


@transaction.atomic
def put_list(
    code: str,
    wanted: Wanted,
    *,
    name: str = "",
    source: str = "",
    by: Actor,
    at: datetime,
    seen: int | None = None,
) -> CodeList:
    """The list is as the file says from now on. ``seen`` is the count of edits that the editor had before them."""
    require(by, "change_tables")
    in_own_area(by, None)
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,19}", code):
        raise Invalid(
            _("代码表的编号用小写字母、数字和连字符，2 到 20 个字符。"),
            code="bad_code",
            fields={"list": [_("例如 city-parts。")]},
        )
    book = books.open_book("codes", at=at)
    row = CodeList.objects.select_for_update().filter(code=code).first()
    before = list_values(row)
    if row is None:
        if not name.strip():
            raise Invalid(_("请写代码表的名称。"), code="name", fields={"title": [_("请填写。")]})
        row = CodeList.objects.create(code=code, name=name.strip()[:60])
    if seen is not None and row.edits != seen:
        raise Conflict(
            _("就在刚才，有人先改了这张代码表。"),
            help=_("请重新下载现在的表格，再改一次。"),
            code="someone_was_quicker",
        )
    row.name = name.strip()[:60] or row.name
    row.source = source.strip()[:200] or row.source
    row.edits += 1
    row.save()
    today = clock.local(at).date()
    apart = differences(code_lists().get(code), wanted)
    known = {one.code: one for one in row.codes.all()}
    fresh = [OutsideCode(list=row, code=c, name=n) for c, n in wanted.names.items() if c not in known]
    changed = []
    for one in known.values():
        was = (one.name, one.ends_on)
        one.name = wanted.names.get(one.code, one.name)
        one.ends_on = None if one.code in wanted.names else one.ends_on or today
        if was != (one.name, one.ends_on):
            changed.append(one)
    OutsideCode.objects.bulk_create(fresh, batch_size=1000)
    OutsideCode.objects.bulk_update(changed, ["name", "ends_on"], batch_size=500)
    keys = dict(row.codes.values_list("code", "pk"))
    Correspondence.objects.filter(outside__list=row).delete()
    Correspondence.objects.bulk_create(
        [Correspondence(category_id=key, outside_id=keys[c], rank=rank) for c, key, rank in wanted.pairs],
        batch_size=1000,
    )
    bump("codes")
    books.note(
        book, books.Change(code, before, {**(list_values(row) or {}), **apart}, row.name), by=by, at=at
    )
    return row


def list_values(row: CodeList | None) -> dict[str, Any] | None:
    """What a code list says as a whole, for the book."""
    return None if row is None else {"name": row.name, "source": row.source, "edits": row.edits}
