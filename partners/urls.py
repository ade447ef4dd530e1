from django.urls import path, register_converter

from partners import views


class SideConverter:
    regex = "need|offer"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SideConverter, "side")

app_name = "partners"
urlpatterns = [
    path("my/organisations/<slug:code>/", views.profile, name="profile"),
    path("my/organisations/<slug:code>/edit/", views.OrganisationUpdate.as_view(), name="organisation-update"),
    path("my/organisations/<slug:code>/add/<side:side>/", views.ListingEdit.as_view(), name="listing-create"),
    path("my/listings/<slug:code>/", views.ListingEdit.as_view(), name="listing-update"),
    path("my/listings/<slug:code>/remove/", views.listing_delete, name="listing-delete"),
    path("my/details/<slug:code>/", views.PersonUpdate.as_view(), name="person-update"),
]
