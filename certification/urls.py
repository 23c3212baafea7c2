"""The URLs of the API log, the budget, the connection and the certification, below /staff/."""

from django.urls import path

from certification.views import api_log, budget, certification, connection, guided, simulator

app_name = "certification"

urlpatterns = [
    # api-log/
    path("api-log/", api_log.index, name="api-log"),
    path("api-log/<int:exchange_id>/", api_log.detail, name="exchange"),
    # budget/
    path("budget/", budget.page, name="budget"),
    path("budget/gauge/", budget.gauge, name="gauge"),
    # connection/
    path("connection/", connection.page, name="connection"),
    path("connection/check/", connection.run, name="check-connection"),
    # certification/
    path("certification/", certification.page, name="certification"),
    path("certification/evidence/", certification.evidence, name="evidence"),
    path("certification/going-live/", certification.going_live, name="going-live"),
    path("certification/demo/", guided.page, name="demo"),
    path("certification/demo/start/", guided.start, name="start-demo"),
    path("certification/demo/<slug:kind>.csv", guided.people, name="demo-people"),
    path("certification/simulator/", simulator.page, name="simulator"),
    path("certification/simulator/put-right/", simulator.put_right, name="put-right"),
    path("certification/simulator/<slug:key>/press/", simulator.press, name="press"),
]
