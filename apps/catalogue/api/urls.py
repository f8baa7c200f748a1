# [DEF:catalogue.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of the catalogue, mappings and pairings.

from __future__ import annotations

from django.urls import path

from apps.catalogue.api import matching, views

urlpatterns = [
    path("environments/<str:slug>/assets", views.AssetList.as_view(), name="assets"),
    path("environments/<str:slug>/catalogue", views.CatalogueDetail.as_view(), name="catalogue"),
    path("environments/<str:slug>/check", views.EnvironmentCheck.as_view(), name="environment-check"),
    path("environments/<str:slug>/sync", views.CatalogueSync.as_view(), name="catalogue-sync"),
    path("environments/<str:slug>/refresh-ids", views.CatalogueRefreshIds.as_view(), name="catalogue-refresh-ids"),
    path("mappings", matching.MappingList.as_view(), name="mappings"),
    path("mappings/suggestions", matching.MappingSuggestions.as_view(), name="mapping-suggestions"),
    path("mappings/<int:pk>", matching.MappingDetail.as_view(), name="mapping"),
    path("pairings", matching.PairingList.as_view(), name="pairings"),
    path("pairings/<int:pk>", matching.PairingDetail.as_view(), name="pairing"),
]
