from django.urls import path, re_path

from events import concerns, needs, views

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
    path("request/<str:token>/decider/", views.request_decider, name="request-decider"),
    path("request/<str:token>/answer/", views.request_answer, name="request-answer"),
    path("request/<str:token>/still-coming/", views.still_coming, name="still-coming"),
    path("request/<str:token>/colleague/", views.request_colleague, name="request-colleague"),
    path("request/<str:token>/move/", views.request_move, name="request-move"),
    path("request/<str:token>/needs/", needs.request_needs, name="request-needs"),
    path("request/<str:token>/seen/", views.request_seen, name="request-seen"),
    path("organisations/<slug:code>/concern/", concerns.ReportConcern.as_view(), name="concern"),
    path("organisations/<slug:code>/concern/<slug:line>/", concerns.ReportConcern.as_view(), name="concern-line"),
    path("invitation/<str:token>/", views.invitation_detail, name="invitation-detail"),
    re_path(
        r"^invitation/(?P<token>[^/]+)/(?P<answer>accept|decline|later)/$",
        views.invitation_answer,
        name="invitation-answer",
    ),
]
