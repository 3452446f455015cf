"""Photos of an order, for whoever may see the order and the photo. Nobody else learns that there is one."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import content_disposition_header, parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.journal import queries as journal
from gongzhi.journal.models import Attachment
from gongzhi.kit.errors import NotFound
from gongzhi.workorders import queries
from gongzhi.workorders.policies import standing


@require_safe
def photo(request: HttpRequest, key: UUID, small: bool = False) -> HttpResponse:
    """One photo, or its thumbnail."""
    by = request.actor  # type: ignore[attr-defined]
    gone = NotFound(_("没有找到这张照片，或者您不能查看。"))
    thread_id = Attachment.objects.filter(pk=key).values_list("thread_id", flat=True).first()
    if thread_id is None:
        raise gone
    try:
        order = queries.get_order(thread_id, by=by)
    except NotFound as error:
        raise gone from error
    part = "thumbnail" if small else "blob"
    file = journal.files(order.pk, standing=standing(by, order)).select_related(part).filter(pk=key).first()
    kept = getattr(file, part, None)
    if file is None or kept is None:
        raise gone
    etag = f'"{bytes(kept.digest).hex()[:24]}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(bytes(kept.content), content_type=file.media_type)
        name = file.name if file.name.isascii() else f"photo-{str(file.pk)[:8]}.jpg"
        response.headers["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, max-age=600, must-revalidate"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
