"""The addresses of the front desk."""

from django.urls import path

from gongzhi.counter.views import account, desk, entrance, following, reading

app_name = "counter"

urlpatterns = [
    path("", desk.home, name="home"),
    path("my/", desk.mine, name="mine"),
    path("map/", desk.public_map, name="map"),
    path("map/marks.json", desk.marks, name="marks"),
    path("follow/", following.follow, name="follow"),
    path("follow/<int:pk>/drop/", following.unfollow, name="unfollow"),
    path("feeds/news.atom", following.news_feed, name="news_feed"),
    path("feeds/dates.ics", following.dates_feed, name="dates_feed"),
    path("sign-in/", entrance.sign_in, name="sign_in"),
    path("sign-in/code/", entrance.enter_code, name="enter_code"),
    path("sign-in/staff/", entrance.staff, name="sign_in_staff"),
    path("sign-out/", entrance.sign_out, name="sign_out"),
    path("account/", account.show, name="account"),
    path("account/preferences/", account.preferences, name="preferences"),
    path("account/tokens/", account.tokens, name="tokens"),
    path("account/tokens/<int:pk>/revoke/", account.revoke, name="revoke_token"),
    path("account/data/", account.download, name="my_data"),
    path("account/erase/", account.erase, name="erase"),
    path("language/choose/", reading.language, name="language"),
    path("type/", reading.large_type, name="type"),
]
