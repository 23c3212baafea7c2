from ui.downloads import as_file


def test_a_file_of_guests_is_saved_under_its_name_and_kept_by_no_cache():
    answer = as_file(iter([b"email\n", b"ana@example.com\n"]), name="failures-7.csv")

    assert answer.getvalue() == b"email\nana@example.com\n"
    assert answer["Content-Disposition"] == 'attachment; filename="failures-7.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
