# [DEF:project.formats.en.formats:Module]
# @COMPLEXITY: 1
"""Dates as the commands write them: the same for readers of every English."""

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i"
TIME_FORMAT = "H:i"
