"""The answer that stays open: pulses for a board, no row and no word in it."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from gongzhi.observation.push import Pulses, take_place


def answer() -> HttpResponseBase:
    """A stream of pulses; 204 when every place of this process is taken (a browser then does not ask again)."""
    if not take_place():
        return HttpResponse(status=204, headers={"Retry-After": "60"})
    pulses = Pulses()
    try:
        response = StreamingHttpResponse(pulses, content_type="text/event-stream")
    except BaseException:
        pulses.close()
        raise
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
