"""Name the build of the dashboard that is served."""

from pathlib import Path

from queryd.http.static_site import build_name


def test_a_build_is_identified_by_its_page(tmp_path: Path) -> None:
    """An open page compares that name with its own; a build made while queryd runs counts."""
    page = tmp_path / "index.html"
    page.write_text('<head><meta name="build" content="0123abcd"><title>Hookwatch</title></head>')
    assert build_name(tmp_path) == "0123abcd"
    page.write_text('<head><meta name="build" content="4567cdef"></head>')
    assert build_name(tmp_path) == "4567cdef"


def test_a_page_without_assets_and_a_missing_page_have_no_build(tmp_path: Path) -> None:
    """Streams are served all the same."""
    assert build_name(tmp_path) is None
    (tmp_path / "index.html").write_text("<head></head>")
    assert build_name(tmp_path) is None
