"""The URLs of results, below /m/<merchant>/."""

from django.urls import path

from results.views import result

app_name = "results"

urlpatterns = [
    path("results/", result.index, name="list"),
    path("results/<int:campaign_id>/", result.page, name="result"),
    path("results/<int:campaign_id>/result.json", result.as_json, name="result-json"),
    path("results/<int:campaign_id>/result.csv", result.as_table, name="result-csv"),
]
