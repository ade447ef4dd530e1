from django.urls import path

from matching import views

app_name = "matching"
urlpatterns = [
    path("events/<slug:slug>/partners/", views.suggestion_list, name="suggestion-list"),
    path("suggestions/<slug:code>/answer/", views.suggestion_answer, name="suggestion-answer"),
    path("organisations/<slug:code>/", views.organisation_detail, name="organisation-detail"),
    path("introductions/<slug:code>/", views.introduction_detail, name="introduction-detail"),
    path("my/follow-ups/<slug:code>/", views.my_follow_up, name="my-follow-up"),
    path("follow-up/<str:token>/", views.follow_up, name="follow-up"),
    path("follow-up/<str:token>/stop/", views.follow_up_stop, name="follow-up-stop"),
    path("request/<str:token>/more/", views.request_details, name="request-details"),
]
