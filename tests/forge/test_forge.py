"""Addresses of remotes, and where on a forge a pull request is opened."""

from urllib.parse import parse_qs, urlsplit

import pytest

from assay.forge.pull_request import Address, ForgeKind, RequestDraft, address_of, forge_of, page_to_open

GITHUB = Address(host="github.com", path="lab/moods")


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://github.com/lab/moods.git", "github.com", "lab/moods"),
        ("https://github.com/lab/moods/", "github.com", "lab/moods"),
        ("https://ada:sesame@github.com/lab/moods.git", "github.com", "lab/moods"),
        ("https://x-access-token:t%40k@git.example.org:8443/lab/moods", "git.example.org:8443", "lab/moods"),
        ("git@github.com:lab/moods.git", "github.com", "lab/moods"),
        ("github.com:lab/moods", "github.com", "lab/moods"),
        ("git@GitLab.com:/lab/deep/moods.git", "gitlab.com", "lab/deep/moods"),
        ("ssh://git@gitlab.example.org:2222/lab/moods.git", "gitlab.example.org", "lab/moods"),
        ("ssh://git@ssh.github.com:443/lab/moods.git", "github.com", "lab/moods"),
        ("git+ssh://git@codeberg.org/lab/moods.git", "codeberg.org", "lab/moods"),
        ("git://git.example.org/lab/moods.git", "git.example.org", "lab/moods"),
    ],
)
def test_an_address_on_a_host_is_its_host_and_path_without_user_and_password(url, host, path):
    address = address_of(url)
    assert (address.host, address.path) == (host, path)
    assert address.web == f"https://{host}/{path}"


@pytest.mark.parametrize(
    "url",
    [
        "", "/srv/git/moods.git", "../moods.git", "moods", "C:\\git\\moods", "C:/git/moods", "file:///srv/git/moods.git",
        "https://github.com/", "https://[bad/lab/moods", "https://host:port/lab/moods", "ext::sh -c x",
    ],
)  # fmt: skip
def test_a_folder_or_nonsense_is_no_address(url):
    assert address_of(url) is None


@pytest.mark.parametrize(
    ("host", "stated", "forge"),
    [
        ("github.com", "", ForgeKind.GITHUB),
        ("github.example.org", "", ForgeKind.GITHUB),
        ("gitlab.example.org:8443", "", ForgeKind.GITLAB),
        ("codeberg.org", "", ForgeKind.GITEA),
        ("forgejo.example.org", "", ForgeKind.GITEA),
        ("bitbucket.org", "", ForgeKind.BITBUCKET),
        ("git.example.org", "", None),
        ("git.example.org", "gitlab", ForgeKind.GITLAB),
        ("notgithub.com", "nonsense", None),
    ],
)
def test_the_forge_is_known_by_its_host_or_as_stated(host, stated, forge):
    assert forge_of(Address(host=host, path="lab/moods"), stated) is forge


def proposal(forge, host, head="ada-k/moods", base="lab/moods"):
    return RequestDraft(
        forge=forge,
        head=Address(host=host, path=head),
        branch="ada/mood/r4-1",
        base=Address(host=host, path=base),
        into="main",
        title="a & b",
        body="c",
    )


@pytest.mark.parametrize(
    ("made", "page", "query"),
    [
        (
            proposal(ForgeKind.GITHUB, "github.com"),
            "https://github.com/lab/moods/compare/main...ada-k:ada/mood/r4-1",
            {"quick_pull": ["1"], "title": ["a & b"], "body": ["c"]},
        ),
        (
            proposal(ForgeKind.GITHUB, "github.com", head="lab/moods"),
            "https://github.com/lab/moods/compare/main...ada/mood/r4-1",
            {"quick_pull": ["1"], "title": ["a & b"], "body": ["c"]},
        ),
        (
            proposal(ForgeKind.GITLAB, "gitlab.com"),
            "https://gitlab.com/ada-k/moods/-/merge_requests/new",
            {
                "merge_request[source_branch]": ["ada/mood/r4-1"],
                "merge_request[target_branch]": ["main"],
                "merge_request[title]": ["a & b"],
            },
        ),
        (
            proposal(ForgeKind.GITEA, "codeberg.org"),
            "https://codeberg.org/lab/moods/compare/main...ada-k:ada/mood/r4-1",
            {},
        ),
        (
            proposal(ForgeKind.BITBUCKET, "bitbucket.org"),
            "https://bitbucket.org/ada-k/moods/pull-requests/new",
            {"source": ["ada/mood/r4-1"], "dest": ["lab/moods::main"]},
        ),
        (
            proposal(ForgeKind.BITBUCKET, "bitbucket.org", head="lab/moods"),
            "https://bitbucket.org/lab/moods/pull-requests/new",
            {"source": ["ada/mood/r4-1"], "dest": ["main"]},
        ),
    ],
)
def test_the_page_that_opens_a_pull_request(made, page, query):
    url = page_to_open(made)
    assert url.partition("?")[0] == page
    assert parse_qs(urlsplit(url).query) == query
