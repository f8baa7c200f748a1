# [DEF:schedules.api.urls:Module]
# @COMPLEXITY: 2
# @PURPOSE: The addresses of schedules.

from __future__ import annotations

from django.urls import path

from apps.schedules.api import views

urlpatterns = [
    path("schedules", views.ScheduleList.as_view(), name="schedules"),
    path("schedules/<int:pk>", views.ScheduleDetail.as_view(), name="schedule"),
    path("schedules/<int:pk>/runs", views.ScheduledRuns.as_view(), name="schedule-runs"),
    path("schedules/<int:pk>/pause", views.SchedulePause.as_view(), name="schedule-pause"),
    path("schedules/<int:pk>/resume", views.ScheduleResume.as_view(), name="schedule-resume"),
    path("schedules/<int:pk>/run", views.ScheduleRun.as_view(), name="schedule-run"),
    path("schedules/<int:pk>/dismiss", views.ScheduleDismiss.as_view(), name="schedule-dismiss"),
    path("schedules/<int:pk>/restore", views.ScheduleRestore.as_view(), name="schedule-restore"),
]
