# [DEF:catalogue.admin_pages.pairs:Module]
# @COMPLEXITY: 3
# @PURPOSE: What stands for what: the pages of database mappings and asset pairings.
# @RELATION INHERITS_FROM -> core.admin
# @RELATION DEPENDS_ON -> users.models
# @RELATION DEPENDS_ON -> superset.assets
# @RELATION DEPENDS_ON -> environments.models
# @RELATION CALLS -> catalogue.services.mappings

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apps.catalogue import messages as texts
from apps.catalogue.models import AssetPairing, CatalogueAsset, DatabaseMapping
from apps.catalogue.services.mappings import confirmed_mapping, remove_mappings, set_mappings, suggest_mappings
from apps.catalogue.services.pairings import unpair_assets
from apps.catalogue.services.sides import stored_sides
from apps.core.admin import Confirmation, Done, RecordAdmin, RowAction, Text, address, display
from apps.core.errors import LockstepError, worded
from apps.environments.models import Environment
from apps.superset.assets import Kind
from apps.users.models import User

CHOICE = "target-of-"
"""The fields of the page of suggestions are called by this and the UUID of the source's database."""


class PairAdmin(RecordAdmin):
    """What a mapping and a pairing have in common: two sides, confirmed by somebody."""

    list_filter: Any = ("source", "target")
    search_fields = ("source_name", "target_name")
    list_select_related = ("source", "target", "confirmed_by")

    @display(description=_("From"), ordering="source_name", header=True)
    def here(self, row: Any) -> list[str]:
        return [row.source_name, str(row.source)]

    @display(description=_("To"), ordering="target_name", header=True)
    def there(self, row: Any) -> list[str]:
        return [row.target_name, str(row.target)]

    def facts(self, row: Any) -> list[tuple[Text, Any]]:
        return [
            (
                _("From"),
                format_html("{}: “{}” <small>{}</small>", linked(row.source), row.source_name, row.source_uuid),
            ),
            (_("To"), format_html("{}: “{}” <small>{}</small>", linked(row.target), row.target_name, row.target_uuid)),
            (_("Reason"), getattr(row, "reason", "")),
            (
                _("Confirmed"),
                texts.CONFIRMED_BY.format(moment=f"{row.confirmed_at:%Y-%m-%d %H:%M:%S}", user=row.confirmed_by),
            ),
        ]


@admin.register(DatabaseMapping)
class DatabaseMappingAdmin(PairAdmin):
    list_display = ("here", "there", "confirmed_by", "confirmed_at")
    change_list_template = "admin/catalogue/mappings.html"
    empty_text = _("No databases are mapped yet. A plan needs to know which database of the target to use for each.")
    empty_links = ((_("Map databases"), "catalogue_databasemapping_suggest"),)
    row_actions = (
        RowAction(
            "remove",
            _("Remove"),
            lambda user, row, _: _remove_mapping(user, row),
            "delete",
            "danger",
            confirm=lambda row: Confirmation(texts.FORGET_MAPPING.format(row=row)),
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.suggest_view)
        return [path("suggest/", view, name="catalogue_databasemapping_suggest"), *super().get_urls()]

    def suggest_view(self, request: HttpRequest) -> HttpResponse:
        """Two environments, and for each database of one the most likely one of the other, to be confirmed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        user: Any = request.user
        source, target = (_chosen(request, name) for name in ("source", "target"))
        context: dict[str, Any] = {
            "environments": Environment.objects.visible_to(user).order_by("name"),
            "source": source,
            "target": target,
            "crumb": _("Map databases"),
        }
        if source and target:
            try:
                if request.method == "POST":
                    return self._store(request, source, target)
                context["databases"] = database_choices(user, source, target)
            except LockstepError as error:
                messages.error(request, str(error))
        return self.page(request, "admin/catalogue/suggest.html", str(_("Map databases")), context)

    def _store(self, request: HttpRequest, source: Environment, target: Environment) -> HttpResponse:
        known = confirmed_mapping(source=source, target=target)
        chosen = chosen_databases(request.POST)
        pairs = [f"{here}={there}" for here, there in chosen.items() if known.get(here) != there]
        user: Any = request.user
        stored = set_mappings(actor=user, source=source, target=target, pairs=pairs, sides=stored_sides)
        number = len(stored)
        text = texts.MAPPINGS_STORED.format(number=number) if stored else str(texts.NOTHING_CHANGED)
        messages.success(request, text)
        return HttpResponseRedirect(reverse("admin:catalogue_databasemapping_changelist"))


@admin.register(AssetPairing)
class AssetPairingAdmin(PairAdmin):
    empty_text = _(
        "No assets are paired by hand. Assets are matched by UUID, so this is rarely needed: only where a plan is "
        "refused because a name is taken. Pairings are added through the API or on the server."
    )
    list_display = ("kind", "here", "there", "reason", "confirmed_by", "confirmed_at")
    list_display_links = ("here",)
    list_filter = ("kind", "source", "target")
    row_actions = (
        RowAction(
            "remove",
            _("Remove"),
            lambda user, row, _: _remove_pairing(user, row),
            "delete",
            "danger",
            confirm=lambda row: Confirmation(texts.FORGET_PAIRING.format(row=row)),
        ),
    )


def database_choices(
    user: User, source: Environment, target: Environment, chosen: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """For each database of the source what can stand for it: chosen already, confirmed, or likely, in this order."""
    stored = confirmed_mapping(source=source, target=target)
    return [
        {
            "name": f"{CHOICE}{each.source.uuid}",
            "source": each.source,
            "candidates": each.candidates,
            "stored": stored.get(each.source.uuid, ""),
            "stored_is_offered": stored.get(each.source.uuid) in {one.target.uuid for one in each.candidates},
            "chosen": {**stored, **(chosen or {})}.get(each.source.uuid) or (each.target.uuid if each.target else ""),
            "reason": worded(each.reason),
            "score": round(each.score),
        }
        for each in suggest_mappings(actor=user, source=source, target=target, sides=stored_sides)
    ]


def chosen_databases(form: QueryDict) -> dict[str, str]:
    """UUID of the source's → UUID of the target's, of those that were given one."""
    fields = {name.removeprefix(CHOICE): value for name, value in form.items() if name.startswith(CHOICE)}
    return {here: str(there) for here, there in fields.items() if there}


def _chosen(request: HttpRequest, name: str) -> Environment | None:
    number = request.GET.get(name, "")
    seen = Environment.objects.visible_to(request.user)
    return seen.filter(pk=number).first() if number.isdecimal() else None


def _remove_mapping(user: Any, row: DatabaseMapping) -> Done:
    names = [str(row.source_uuid)]
    remove_mappings(actor=user, source=row.source, target=row.target, names=names)
    return Done(texts.REMOVED.format(row=row), reverse("admin:catalogue_databasemapping_changelist"))


def _remove_pairing(user: Any, row: AssetPairing) -> Done:
    names = [str(row.source_uuid)]
    unpair_assets(actor=user, source=row.source, target=row.target, kind=Kind(row.kind), names=names)
    return Done(texts.REMOVED.format(row=row), reverse("admin:catalogue_assetpairing_changelist"))


def linked(row: Environment | CatalogueAsset) -> str:
    return format_html('<a href="{}">{}</a>', address(row), row)
