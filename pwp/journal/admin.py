from django.contrib import admin
from django.http import HttpRequest

from pwp.journal.models import Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    list_display = ["at", "subject_model", "subject_code", "from_state", "to_state", "by_name", "reason"]
    list_filter = ["subject_model", "to_state"]
    search_fields = ["subject_code", "by_name", "reason"]
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
