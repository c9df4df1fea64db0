"""The authors that the caller of a command names."""

from assay.reviewer.verification import Statements, statements


def test_authors_are_named_by_login_and_by_login_with_an_address():
    stated = statements(("ada-x", "ben-x= Ben@Home.example ", "ada-x", "ben-x=b@x.example=y", "cy="))
    assert stated == Statements(
        logins=("ada-x", "ben-x", "cy"), addresses={"ben@home.example": "ben-x", "b@x.example=y": "ben-x"}
    )
    assert statements(()) == Statements(logins=(), addresses={})
