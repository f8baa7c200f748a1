# [DEF:catalogue.admin:Module]
# @COMPLEXITY: 3
# @PURPOSE: The catalogue, and environments with what a worker does for them; registers the pages of pairs, too.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION INHERITS_FROM -> environments.admin
# @RELATION DEPENDS_ON -> tasks.models
# @RELATION DEPENDS_ON -> users.policies
# @RELATION DEPENDS_ON -> superset.assets

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from apps.catalogue import messages as texts
from apps.catalogue import policies
from apps.catalogue.admin_pages.pairs import linked
from apps.catalogue.models import CatalogueAsset
from apps.catalogue.services.lookup import last_sync
from apps.catalogue.services.queueing import queue_check, queue_refresh_ids, queue_sync
from apps.core.admin import Done, RecordAdmin, RowAction, Text, address, display
from apps.core.policies import Verdict
from apps.environments.admin import EnvironmentAdmin as PlainEnvironmentAdmin
from apps.environments.models import Environment
from apps.superset.assets import Key
from apps.tasks.models import Task
from apps.users.policies import access_of


def _queued(task: Task) -> Done:
    return Done(texts.QUEUED.format(task=task.pk), address(task))


CONNECTION = frozenset({"url", "ca_bundle", "username", "provider", "password"})
"""What decides whether the connection works."""


@admin.register(Environment)
class EnvironmentAdmin(PlainEnvironmentAdmin):
    row_actions = (
        RowAction(
            "check",
            _("Test connection"),
            lambda user, row, _: _queued(queue_check(actor=user, environment=row)),
            "wifi_tethering",
        ),
        RowAction(
            "sync", _("Sync catalogue"), lambda user, row, _: _queued(queue_sync(actor=user, environment=row)), "sync"
        ),
        RowAction(
            "refresh_ids",
            _("Refresh ids"),
            lambda user, row, _: _queued(queue_refresh_ids(actor=user, environment=row)),
            "tag",
        ),
        *PlainEnvironmentAdmin.row_actions,
    )
    change_form_outer_before_template = "admin/catalogue/environment.html"
    application_page = "/environments/{slug}"

    def verdicts(self, user: Any, row: Environment) -> dict[str, Verdict]:
        return super().verdicts(user, row) | policies.allowed_actions(user, row)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        sync = last_sync(row) if row and access_of(request.user).may(policies.VIEW, row) else None
        counts = texts.counted(sync.counts) if sync else ""
        return super().change_view(request, object_id, form_url, {"sync": sync, "counts": counts})

    def save_model(self, request: HttpRequest, obj: Environment, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        obj.to_be_tested = bool(CONNECTION.intersection(form.changed_data))  # type: ignore[attr-defined]

    def response_change(self, request: HttpRequest, obj: Environment) -> HttpResponse:
        """What was stored about the old address no longer holds, so the connection is tested at once."""
        if obj.waiting or not getattr(obj, "to_be_tested", False) or not obj.enabled:
            return super().response_change(request, obj)
        messages.success(request, texts.CONNECTION_CHANGED.format(environment=obj))
        return HttpResponseRedirect(address(queue_check(actor=request.user, environment=obj)))  # type: ignore[arg-type]

    def response_add(self, request: HttpRequest, obj: Environment, post_url_continue: Any = None) -> HttpResponse:
        """Test the connection at once: by a task, whose page comes next."""
        messages.success(request, texts.ADDED.format(environment=obj))
        return HttpResponseRedirect(address(queue_check(actor=request.user, environment=obj)))  # type: ignore[arg-type]


def depends_on(row: CatalogueAsset) -> Any:
    """Links to what it is made of. What the catalogue does not have is named by its key; nothing if not read yet."""
    keys = [Key.parse(text) for text in row.depends_on or ()]
    found = CatalogueAsset.objects.filter(environment=row.environment, uuid__in=[key.uuid for key in keys])
    known = {(each.kind, str(each.uuid)): each for each in found}
    parts = ((known.get((key.kind.value, key.uuid)), key) for key in keys)
    return format_html_join(", ", "{}", ((linked(asset) if asset else str(key),) for asset, key in parts))


@admin.register(CatalogueAsset)
class CatalogueAssetAdmin(RecordAdmin):
    empty_text = _("No assets yet. Open an environment and sync its catalogue.")
    empty_links = ((_("Environments"), "environments_environment_changelist"),)
    has_history = False
    list_display = ("name", "kind", "environment", "number", "shown_status", "shown_owners", "changed_on")
    list_filter = ("environment", "kind", "status")
    search_fields = ("name", "slug")
    list_select_related = ("environment",)

    @display(description=_("Status"), ordering="status", label={"published": "success", "draft": "warning"})
    def shown_status(self, row: CatalogueAsset) -> str:
        return row.status

    @display(description=_("Id in Superset"), ordering="asset_id")
    def number(self, row: CatalogueAsset) -> int:
        return row.asset_id

    @display(description=_("Owners"))
    def shown_owners(self, row: CatalogueAsset) -> str:
        return ", ".join(row.owners)

    def facts(self, row: CatalogueAsset) -> list[tuple[Text, Any]]:
        return [
            (_("Kind"), row.get_kind_display()),
            (_("Name"), row.name),
            (_("Environment"), linked(row.environment)),
            (_("Id in Superset"), str(row.asset_id)),
            (_("UUID"), str(row.uuid)),
            (_("Slug"), row.slug),
            (_("Status"), row.status),
            (_("Owners"), ", ".join(row.owners)),
            (_("Tags"), ", ".join(row.tags)),
            (_("Changed"), f"{row.changed_on:%Y-%m-%d %H:%M:%S} UTC" if row.changed_on else ""),
            (_("Content hash"), row.content_hash),
            (_("Depends on"), depends_on(row)),
            (_("Last seen"), f"{row.seen_at:%Y-%m-%d %H:%M:%S} UTC"),
        ]
