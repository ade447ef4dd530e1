from django.urls import path, re_path

from events import views

app_name = "events"
urlpatterns = [
    path("events/<slug:slug>/", views.event_detail, name="event-detail"),
    path("events/<slug:slug>/calendar.ics", views.event_ics, name="event-ics"),
    path("ask/", views.ask, name="ask"),
    path("ask/draft/<str:token>/", views.ask_resume, name="ask-resume"),
    path("request/<str:token>/", views.request_detail, name="request-detail"),
    path("request/<str:token>/withdraw/", views.request_withdraw, name="request-withdraw"),
    path("my/invitations/<slug:code>/", views.my_invitation, name="my-invitation"),
    path("my/requests/<slug:code>/", views.my_request, name="my-request"),
    path("request/<str:token>/answer/", views.request_answer, name="request-answer"),
    path("invitation/<str:token>/", views.invitation_detail, name="invitation-detail"),
    re_path(
        r"^invitation/(?P<token>[^/]+)/(?P<answer>accept|decline)/$", views.invitation_answer, name="invitation-answer"
    ),
]
