"""The URLs of results, below /m/<merchant>/."""

from django.urls import path

from results.views import outcome_import, result

app_name = "results"

urlpatterns = [
    path("results/", result.index, name="list"),
    path("results/outcomes/new/", outcome_import.new, name="add-outcomes"),
    path("results/outcomes/<int:import_id>/", outcome_import.detail, name="outcomes"),
    path("results/outcomes/<int:import_id>/stage/", outcome_import.stage, name="outcomes-stage"),
    path("results/outcomes/<int:import_id>/confirm/", outcome_import.confirm, name="confirm-outcomes"),
    path("results/outcomes/<int:import_id>/drop/", outcome_import.drop, name="drop-outcomes"),
    path("results/outcomes/<int:import_id>/left-out.csv", outcome_import.left_out, name="outcomes-left-out"),
    path("results/<int:campaign_id>/", result.page, name="result"),
    path("results/<int:campaign_id>/result.json", result.as_json, name="result-json"),
    path("results/<int:campaign_id>/result.csv", result.as_table, name="result-csv"),
]
