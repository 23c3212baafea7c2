"""A job as Thanx describes it, and hypothesis strategies for JSON of any kind."""

from hypothesis import strategies as st

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)

JOB = {
    "id": "j1",
    "campaign_id": "c1",
    "variant_id": "v1",
    "state": "completed",
    "total_count": 10,
    "processed_count": 10,
    "success_count": 9,
    "failure_count": 1,
    "progress_percent": 100,
    "created_at": "2026-05-12T12:00:00Z",
    "started_at": None,
    "completed_at": "2026-05-12T14:00:00+02:00",
    "summary": {
        "success_count": 9,
        "failure_count": 1,
        "failures": [{"identifier_index": 3, "identifier_type": "email", "error": "not a member"}],
    },
}
