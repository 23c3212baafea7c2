"""Charts over time: a table for every reader, from which a small script draws the chart."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from ui.components import figures
from ui.values import Chart, ChartPoint

SECONDS_MATTER_WITHIN = timedelta(hours=2)


def shown(chart: Chart, *, zone: tzinfo) -> dict[str, Any]:
    """Return what the template of a chart needs. Moments without a label are shown in the merchant's zone."""
    in_seconds = _span(chart.points) < SECONDS_MATTER_WITHIN
    rows = [
        {
            "at": point.at.isoformat(),
            "words": point.label or moment_label(point.at, zone=zone, in_seconds=in_seconds),
            "cells": list(zip(chart.series, point.counts, strict=True)),
        }
        for point in chart.points
    ]
    return {"chart": chart, "drawing": chart.drawing.value, "rows": rows, "zone": str(zone), "spoken": spoken(chart)}


def moment_label(at: datetime, *, zone: tzinfo, in_seconds: bool) -> str:
    """Return the label of a row: "25 Nov, 14:05", with seconds where the rows are close."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b}, {local:%H:%M:%S}" if in_seconds else f"{local.day} {local:%b}, {local:%H:%M}"


def spoken(chart: Chart) -> str:
    """Return the chart in one sentence for screen readers. The table has the details."""
    if not chart.points:
        return f"{chart.title}: nothing yet"
    last = chart.points[-1]
    counts = ", ".join(
        f"{figures.number(count)} {series.label.lower()}"
        for series, count in zip(chart.series, last.counts, strict=True)
    )
    return f"{chart.title}: at the end {counts}"


def _span(points: Sequence[ChartPoint]) -> timedelta:
    return points[-1].at - points[0].at if points else timedelta(0)
