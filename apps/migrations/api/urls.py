# [DEF:migrations.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The routes of the migrations, and of assets with theirs.

from __future__ import annotations

from django.urls import path

from apps.migrations.api import assets, lists, review, views

urlpatterns = [
    path("environments/<str:slug>/matrix", assets.AssetMatrix.as_view(), name="matrix"),
    path("environments/<str:slug>/assets/<str:kind>/<uuid:uuid>", assets.AssetDetail.as_view(), name="asset"),
    path("migrations", lists.MigrationList.as_view(), name="migrations"),
    path("migrations/plan", views.MigrationPlan.as_view(), name="migration-plan"),
    path("migrations/<int:pk>", views.MigrationDetail.as_view(), name="migration"),
    path("migrations/<int:pk>/replan", views.MigrationReplan.as_view(), name="migration-replan"),
    path("migrations/<int:pk>/submit", views.MigrationSubmit.as_view(), name="migration-submit"),
    path("migrations/<int:pk>/approve", views.MigrationApprove.as_view(), name="migration-approve"),
    path("migrations/<int:pk>/reject", views.MigrationReject.as_view(), name="migration-reject"),
    path("migrations/<int:pk>/withdraw", views.MigrationWithdraw.as_view(), name="migration-withdraw"),
    path("migrations/<int:pk>/comment", views.MigrationComment.as_view(), name="migration-comment"),
    path("migrations/<int:pk>/overview", review.MigrationOverview.as_view(), name="migration-overview"),
    path("migrations/<int:pk>/changes", review.MigrationChanges.as_view(), name="migration-changes"),
    path(
        "migrations/<int:pk>/changes/<uuid:uuid>/raw", review.MigrationChangeRaw.as_view(), name="migration-change-raw"
    ),
    path("migrations/<int:pk>/plan.md", review.MigrationPlanMarkdown.as_view(), name="migration-plan-markdown"),
    path("migrations/<int:pk>/seen", review.MigrationSeen.as_view(), name="migration-seen"),
    path("tasks/<int:pk>/plan", review.TaskPlan.as_view(), name="task-plan"),
    path("tasks/<int:pk>/changes", review.TaskChanges.as_view(), name="task-changes"),
    path("tasks/<int:pk>/changes/<uuid:uuid>/raw", review.TaskChangeRaw.as_view(), name="task-change-raw"),
    path("tasks/<int:pk>/plan.md", review.TaskPlanMarkdown.as_view(), name="task-plan-markdown"),
    path("migrations/<int:pk>/explain", views.MigrationExplain.as_view(), name="migration-explain"),
    path("migrations/<int:pk>/apply", views.MigrationApply.as_view(), name="migration-apply"),
    path("migrations/<int:pk>/rollback", views.MigrationRollback.as_view(), name="migration-rollback"),
    path(
        "migrations/<int:pk>/rollback/preview",
        views.MigrationRollbackPreview.as_view(),
        name="migration-rollback-preview",
    ),
    path("migrations/<int:pk>/dismiss", views.MigrationDismiss.as_view(), name="migration-dismiss"),
    path("migrations/<int:pk>/restore", views.MigrationRestore.as_view(), name="migration-restore"),
]
