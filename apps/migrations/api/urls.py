# [DEF:migrations.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of the migrations.

from __future__ import annotations

from django.urls import path

from apps.migrations.api import views

urlpatterns = [
    path("migrations", views.MigrationList.as_view(), name="migrations"),
    path("migrations/plan", views.MigrationPlan.as_view(), name="migration-plan"),
    path("migrations/<int:pk>", views.MigrationDetail.as_view(), name="migration"),
    path("migrations/<int:pk>/replan", views.MigrationReplan.as_view(), name="migration-replan"),
    path("migrations/<int:pk>/submit", views.MigrationSubmit.as_view(), name="migration-submit"),
    path("migrations/<int:pk>/approve", views.MigrationApprove.as_view(), name="migration-approve"),
    path("migrations/<int:pk>/reject", views.MigrationReject.as_view(), name="migration-reject"),
    path("migrations/<int:pk>/withdraw", views.MigrationWithdraw.as_view(), name="migration-withdraw"),
    path("migrations/<int:pk>/comment", views.MigrationComment.as_view(), name="migration-comment"),
    path("migrations/<int:pk>/explain", views.MigrationExplain.as_view(), name="migration-explain"),
    path("migrations/<int:pk>/apply", views.MigrationApply.as_view(), name="migration-apply"),
    path("migrations/<int:pk>/rollback", views.MigrationRollback.as_view(), name="migration-rollback"),
    path("migrations/<int:pk>/dismiss", views.MigrationDismiss.as_view(), name="migration-dismiss"),
    path("migrations/<int:pk>/restore", views.MigrationRestore.as_view(), name="migration-restore"),
]
