"""The addresses of the observation window."""

from django.urls import path

from gongzhi.observation.views import board

app_name = "observation"

urlpatterns = [
    path("board/", board.board, name="board"),
    path("board/panes/", board.panes, name="panes"),
    path("board/areas.json", board.areas, name="areas"),
    path("board/stream/", board.stream, name="stream"),
    path("board/list/", board.behind, name="behind"),
]
