"""Django sees a request as it arrived."""

from io import BytesIO

from tests.thanx_portal.http.asgi.client import scope
from thanx_portal.http.asgi.requests import wsgi_environment


def seen(*headers, path="/", query=b""):
    return wsgi_environment(scope("POST", path, headers=headers, query=query), body=BytesIO(b"abc"), size=3)


def test_the_path_and_the_query_keep_every_byte():
    found = seen(path="/m/caf%C3%A9/%2e/a%00b", query=b"q=%C3%A9&x=1")

    assert found["PATH_INFO"].encode("latin-1") == "/m/café/./a\0b".encode()
    assert found["QUERY_STRING"] == "q=%C3%A9&x=1"


def test_the_size_is_what_has_arrived_and_not_what_was_announced():
    assert seen(("Content-Length", 99))["CONTENT_LENGTH"] == "3"
    assert seen(("Transfer-Encoding", "chunked"))["CONTENT_LENGTH"] == "3"


def test_headers_that_come_twice_are_joined():
    found = seen(("Cookie", "a=1"), ("Cookie", "b=2"), ("X-Forwarded-For", "1"), ("X-Forwarded-For", "2"))

    assert (found["HTTP_COOKIE"], found["HTTP_X_FORWARDED_FOR"]) == ("a=1; b=2", "1,2")


def test_a_header_with_an_underscore_cannot_pass_for_one_of_the_proxy():
    assert "HTTP_X_FORWARDED_FOR" not in seen(("X_Forwarded_For", "198.51.100.1"))


def test_no_header_can_name_a_key_of_ours():
    assert not {"portal.asked", "portal.refused"} & set(seen(("portal.asked", "1"), ("Portal.Refused", "413")))


def test_the_client_and_the_method_are_told():
    found = seen(("Content-Type", "text/csv"), ("Host", "portal.example"))

    assert (found["REMOTE_ADDR"], found["REQUEST_METHOD"]) == ("192.0.2.1", "POST")
    assert (found["CONTENT_TYPE"], found["HTTP_HOST"]) == ("text/csv", "portal.example")
