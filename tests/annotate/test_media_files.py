import pytest

from assay.annotate.media import LIMIT
from pages import planned
from projects import FILES, SCHEMA, write_files

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
SCHEMA_OF_MEDIA = SCHEMA.replace(
    "required: [text], properties: {text: {type: string}}",
    "properties: {text: {type: string}, scan: {type: string, contentMediaType: image/png, title: Scan}}",
)
ITEM = '{"id":"i1","data":{"clip":"media/a b/c.mp3","note":"media/x.txt","scan":"media/cat.png","text":"t"}}\n'
MEDIA = "labels/items/texts/media"


@pytest.fixture(scope="module")
def media(start_once, tmp_path_factory):
    files = {
        "schemas/mood.yaml": SCHEMA_OF_MEDIA,
        "labels/items/texts/one.jsonl": ITEM
        + '{"id":"i2","data":{"scan":"gone.png","text":"t"}}\n{"id":"i3","data":{}}\n',
        f"{MEDIA}/cat.png": PNG,
        f"{MEDIA}/a b/c.mp3": b"ID3" + bytes(2000),
        f"{MEDIA}/evil.svg": "<svg onload='alert(1)'/>",
        f"{MEDIA}/evil.html": "<script>alert(1)</script>",
        f"{MEDIA}/.hidden.png": PNG,
        "secret.png": PNG,
    }
    root = tmp_path_factory.mktemp("media")
    write_files(root, {**FILES, **planned(), **files})
    (root / MEDIA / "link.png").symlink_to(root / "secret.png")
    (root / MEDIA / "linked").symlink_to(root)
    (root / MEDIA / "folder.png").mkdir()
    with (root / MEDIA / "huge.png").open("wb") as huge:
        huge.truncate(LIMIT + 1)
    return start_once(root, "mood", "r4", "--as", "ben").enter()


def test_data_that_names_media_comes_as_addresses_in_the_order_of_the_schema(media):
    parts = media.get(f"/items/{media.place('i1')}").json["parts"]
    assert [(part["key"], part["kind"]) for part in parts] == [
        ("text", "text"),
        ("scan", "image"),
        ("clip", "audio"),
        ("note", "text"),
    ]
    assert parts[1] == {"kind": "image", "key": "scan", "title": "Scan", "url": "/media/cat.png"}
    assert parts[2]["url"] == "/media/a%20b/c.mp3"
    assert [media.get(part["url"]).status for part in parts[1:3]] == [200, 200]


def test_a_file_that_is_not_here_is_named_with_the_remedy(media):
    part = media.get(f"/items/{media.place('i2')}").json["parts"][1]
    assert part["note"] == "gone.png: not here; the lead or `dvc pull` brings it"
    assert media.get(part["url"]).status == 404


@pytest.mark.threat(20)
def test_a_file_is_served_as_what_its_ending_says_and_never_sniffed(media):
    reply = media.get("/media/cat.png")
    assert reply.body == PNG
    assert reply.headers["Content-Type"] == "image/png"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert media.get("/media/a%20b/c.mp3").headers["Content-Type"] == "audio/mpeg"


def test_a_part_of_a_file_is_served(media):
    parts = {"bytes=0-9": (0, 10), "bytes=10-": (10, None), "bytes=-5": (-5, None), "bytes=100-999999": (100, None)}
    for stated, (low, high) in parts.items():
        reply = media.get("/media/cat.png", range=stated)
        assert reply.status == 206
        assert reply.body == PNG[low:high]
        first = range(len(PNG))[low]
        assert reply.headers["Content-Range"] == f"bytes {first}-{first + len(reply.body) - 1}/{len(PNG)}"


def test_a_range_that_is_not_understood_gives_the_whole_file(media):
    for stated in ("bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=a-b", "bytes=1-2x"):
        reply = media.get("/media/cat.png", range=stated)
        assert (reply.status, reply.body) == (200, PNG)


def test_a_range_beyond_the_file_is_refused(media):
    for stated in ("bytes=999999-", "bytes=9-3", "bytes=-0"):
        assert media.get("/media/cat.png", range=stated).status == 416


ESCAPES = [
    f"{before}{step}{after}secret.png"
    for before in ("", "a%20b/", "linked/", "./", "%2f", "//")
    for step in ("../../../../", "%2e%2e/%2e%2e/%2e%2e/%2e%2e/", "..%2f..%2f..%2f..%2f", "..%5c..%5c", "%252e%252e/")
    for after in ("", "%00/", "./")
]


@pytest.mark.threat(6)
def test_no_address_leads_out_of_the_media_folder(media):
    wrong = [
        *ESCAPES,
        f"{media.root}/secret.png",
        "linked/secret.png",
        "link.png",
        "cat.png%00",
        "cat.png%00.png",
        "cat.png/",
        "folder.png",
        "huge.png",
        ".hidden.png",
        "evil.svg",
        "evil.html",
        "",
        ".",
        "x" * 5000 + ".png",
        "%ff.png",
        "one.jsonl",
    ]
    replies = [media.get(f"/media/{name}") for name in wrong]
    assert {reply.status for reply in replies} == {404}
    assert media.get("/media/../../../../secret.png").status == 404
    assert media.errors.read_text().count("Traceback") == 0


def test_media_need_the_cookie(media):
    assert media.get("/media/cat.png", cookie="").status == 401
