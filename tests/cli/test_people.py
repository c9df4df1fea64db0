"""`assay annotator rename|merge|erase`: one person, one name, in every file of a project."""

import json
import re

import pytest

from assay.files.parquet import read_parquet
from projects import FILES, GUIDELINE, write_files

ID = "labels/sources/identities.yaml"
RECORD = (
    'project: test-project\ntask: mood\nversion: "0.1.0"\ndigest: "{digest}"\nway: {way}\nauthors: [ada, ben]\n'
    "approvers: [rei]\nat: 2026-01-02T10:00:00Z\n"
)
NAMED = {
    "labels/annotators/ben.yaml": "# of the north\nkind: person\nrole: lead  # since May\nhandle: ben-x\nemails: [b@x.example]\n"
    "reason: Ben asked\ngroups: {dialect: north}\n",
    "labels/annotators/rei.yaml": "role: reviewer\n",
    "labels/mood/r1/batch.yaml": FILES["labels/mood/r1/batch.yaml"].replace("[ada, ben]", "[ada, ben]  # two") + "prelabels: bot\n",
    "labels/mood/r1/ada.jsonl": '{"item":"i1","label":{"tone":"good"},"suggestion":{"by":"ben","shown":{"tone":"bad"}}}\n',
    "labels/mood/r1/ben.jsonl": '{"item":"i1","label":{"tone":"bad"},"note":"ben"}\n{"item":"i3", "label":{"tone":"good"}}\n',
    "labels/mood/r1/ben.returned.jsonl": '{"item":"i1","annotator":"ada","why":"asked by Ben"}\n',
    "labels/mood/gold/ben.jsonl": '{"item":"i5","label":{"tone":"good"}}\n',
    "guidelines/mood.md": GUIDELINE.replace("changes:", "owners: [rei, ben]  # both\nchanges:") + "Ask ben.\n",
    "guidelines/allowed_signers": "ben,b@x.example ssh-ed25519 AAAA ben's laptop\nrei ssh-ed25519 BBBB\n",
    "guidelines/approvals/mood/0.1.0.yaml": RECORD.format(way="forge", digest="a" * 64),
    "checks/waivers.yaml": "- rule: mood/schema  # once\n  reason: ben is away\n  approver: ben\n  until: 2027-01-01\n",
    ID: 'crowd:\n  "W 1": ben  # by his word\n',
}  # fmt: skip


def files(root):
    """Every file of the project, but for what a command keeps to itself."""
    paths = (path for path in root.rglob("*") if path.is_file() and ".assay" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_text() for path in paths}


def test_rename_reaches_every_file_that_names_somebody_and_leaves_the_rest_byte_for_byte(assay, mood):
    write_files(mood, NAMED)
    before = files(mood)
    dry = assay("annotator", "rename", "ben", "aaa", "--dry-run")
    assert (dry.code, files(mood)) == (0, before)
    said = assay("annotator", "rename", "ben", "aaa")
    assert (said.code, said.out) == (0, dry.out.replace("would write", "wrote").replace("would remove", "removed"))
    after = files(mood)
    moved = {name: re.sub(r"/ben(?=[./])", "/aaa", name) for name in before}
    assert after.keys() == set(moved.values())
    texts = {moved[name]: text for name, text in before.items()}
    assert {name for name in after if after[name] != texts[name]} == {
        "labels/mood/r1/batch.yaml", "labels/mood/r1/assignments.jsonl", "labels/mood/r3/assignments.jsonl",
        "labels/mood/r1/ada.jsonl", "labels/mood/r1/ada.returned.jsonl", "guidelines/mood.md",
        "guidelines/allowed_signers", "guidelines/approvals/mood/0.1.0.yaml", "checks/waivers.yaml", ID,
    }  # fmt: skip
    assert "annotators: [aaa, ada]  # two\nprelabels: bot\n" in after["labels/mood/r1/batch.yaml"], "sorted as it was"
    assert '{"item":"i1","annotators":["aaa","ada"]}\n' in after["labels/mood/r1/assignments.jsonl"]
    assert after["labels/mood/r1/ada.jsonl"] == texts["labels/mood/r1/ada.jsonl"].replace('"ben"', '"aaa"')
    assert "owners: [rei, aaa]  # both\n" in after["guidelines/mood.md"]
    assert after["guidelines/mood.md"].endswith("Ask ben.\n"), "what was approved stays"
    assert after["guidelines/allowed_signers"].startswith("aaa,b@x.example ssh-ed25519 AAAA ben's laptop\n")
    assert "authors: [aaa, ada]\n" in after["guidelines/approvals/mood/0.1.0.yaml"]
    assert "  reason: ben is away\n  approver: aaa\n" in after["checks/waivers.yaml"]
    assert after[ID] == 'crowd:\n  "W 1": aaa  # by his word\n'
    assert '{"item":"i3", "label"' in after["labels/mood/r1/aaa.jsonl"], "no line that names nobody is rewritten"
    source = assay("annotator", "rename", "@crowd/W 1", '@crowd/x"1')
    assert source.code == 0
    assert (mood / "labels/mood/r2/@crowd.jsonl").read_text().count('{"annotator":"x\\"1",') == 2
    assert (mood / "labels/sources/crowd.jsonl").read_text().splitlines() == [
        '{"annotator":"w2","status":"excluded"}', '{"annotator":"x\\"1"}',
    ]  # fmt: skip
    assert (mood / ID).read_text() == 'crowd:\n  "x\\"1": aaa  # by his word\n'
    assert assay("annotator", "rename", '@crowd/x"1', "@crowd/W 1").code == 0
    assert assay("annotator", "rename", "aaa", "ben").code == 0
    assert files(mood) == before | {
        "guidelines/approvals/mood/0.1.0.yaml": files(mood)["guidelines/approvals/mood/0.1.0.yaml"]
    }


@pytest.mark.parametrize(
    ("words", "more", "code", "told"),
    [
        ("rename zed zoe", {}, 2, "'zed' is not in the roster"),
        ("rename ben ada", {}, 2, "ada is in use: labels/annotators/ada.yaml names it"),
        ("rename ben eve", {"labels/mood/r9/eve.jsonl": "{}\n"}, 2, "eve is in use: labels/mood/r9/eve.jsonl"),
        ("rename ben Ben", {}, 2, "'Ben' cannot name an annotator"),
        ("rename @crowd/w2 w2", {}, 2, "'w2' is not a valid name of the same source"),
        ("rename ben zed", {"labels/mood/r1/assignments.jsonl": '{"item":"i1","annotators":["ben"'}, 1, "labels/mood/r1/assignments.jsonl:1"),
        ("rename ben zed", {"labels/mood/r1/ada.returned.jsonl": '{"item":"i1","annotator":"ben","odd":1}\n'}, 1, "'odd'"),
        ("rename ben zed", {"guidelines/approvals/mood/0.1.0.yaml": RECORD.format(way="signed", digest="a" * 64)}, 1, "guidelines/approvals/mood/0.1.0.yaml:6"),
        ("erase ben", {"guidelines/approvals/mood/0.1.0.yaml": RECORD.format(way="signed", digest="a" * 64)}, 1, "--drop-approvals"),
        ("merge ben @crowd/w2", {}, 2, "@crowd/w2 cannot be the merged id"),
        ("merge @crowd/w2 ben", {}, 2, "@crowd/w2 is excluded"),
        ("merge bot ben", {}, 2, "kind: bot is model, and ben person"),
        ("merge ada ben", {}, 2, "ada is a lead, and ben would lose that"),
        ("merge ben ada --keep rei", {}, 2, "--keep rei: not one of the merged ids"),
        ("merge @crowd/w2 ada", {"labels/sources/crowd.jsonl": '{"annotator":"w2"}\n', ID: "crowd: {w2: ben}\n"}, 2, "@crowd/w2 is ben in labels/sources/identities.yaml"),
        ("set @crowd/w2 --status left", {"labels/sources/crowd.jsonl": '{"annotator":"w2"}\n', ID: "crowd: {w2: ben}\n"}, 2, "@crowd/w2 is ben by"),
        ("erase ben --into ada", {}, 2, "omit --into"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_told_with_its_place_and_nothing_is_written(assay, mood, words, more, code, told):
    write_files(mood, more)
    before = files(mood)
    said = assay("annotator", *words.split())
    assert (said.code, said.out, told in said.err) == (code, "", True), said.err
    assert "\n  fix: " in said.err
    assert files(mood) == before


def test_merge_keeps_one_of_two_equal_answers_and_asks_whose_stays_of_two_that_differ(assay, mood):
    write_files(
        mood,
        {
            "labels/annotators/ben.yaml": "kind: person\nhandle: ben-x\ngroups: {dialect: north}\n",
            "labels/annotators/ben2.yaml": "emails: [b@x.example]\nhandle: other\ngroups: {dialect: south, year: 2}\n",
            "labels/mood/r1/assignments.jsonl": '{"item":"i1","annotators":["ben","ben2"]}\n{"item":"i2","annotators":["ben2"]}\n'
            '{"item":"i3","annotators":["ben","ben2"]}\n',
            "labels/mood/r1/ben.jsonl": '{"item":"i1","label":{"tone":"bad"},"seconds":3}\n{"item":"i3","label":{"tone":"bad"}}\n',
            "labels/mood/r1/ben2.jsonl": '{"item":"i1","label":{"tone":"bad"},"seconds":9,"note":"sure"}\n'
            '{"item":"i2","skip":"unreadable"}\n{"item":"i3","label":{"tone":"good"}}\n',
            "labels/mood/r1/ada.returned.jsonl": '{"item":"i1","annotator":"ben","why":"a"}\n{"item":"i1","annotator":"ben2","why":"a"}\n',
        },
    )  # fmt: skip
    before = files(mood)
    refused = assay("annotator", "merge", "ben2", "ben")
    assert (refused.code, files(mood)) == (1, before)
    assert "i3: labels/mood/r1/ben.jsonl:2 (ben) and labels/mood/r1/ben2.jsonl:3 (ben2)" in refused.err
    assert "i1: " not in refused.err
    said = assay("annotator", "merge", "ben2", "ben", "--keep", "ben2")
    assert said.code == 0, said.err
    assert "the handle other of ben2 is dropped: ben has ben-x" in said.err
    assert "group dialect: ben2 has south; north of ben is kept" in said.err
    after = files(mood)
    assert [json.loads(line) for line in after["labels/mood/r1/ben.jsonl"].splitlines()] == [
        {"item": "i1", "label": {"tone": "bad"}, "seconds": 9, "note": "sure"},
        {"item": "i2", "skip": "unreadable"},
        {"item": "i3", "label": {"tone": "good"}},
    ], "of two equal answers the one that says more"
    assert after["labels/mood/r1/assignments.jsonl"].count('["ben"]') == 3
    assert after["labels/mood/r1/ada.returned.jsonl"] == '{"item":"i1","annotator":"ben","why":"a"}\n'
    assert "b@x.example" in after["labels/annotators/ben.yaml"]
    assert "year: 2" in after["labels/annotators/ben.yaml"]
    assert not [name for name in after if "ben2" in name]


@pytest.mark.parametrize("keep", ["ben", "ben2"])
def test_whose_answer_stays_says_too_which_of_two_returns_does(assay, mood, keep):
    sent = {who: f'{{"item":"i1","annotator":"{who}","why":"as {who}"}}\n' for who in ("ben", "ben2")}
    path = "labels/mood/r1/ada.returned.jsonl"
    write_files(mood, {"labels/annotators/ben2.yaml": "kind: person\n", path: sent["ben"] + sent["ben2"]})
    refused = assay("annotator", "merge", "ben2", "ben")
    assert (refused.code, f"i1: {path}:1 (ben) and {path}:2 (ben2)" in refused.err) == (1, True), refused.err
    said = assay("annotator", "merge", "ben2", "ben", "--keep", keep)
    assert said.code == 0, said.err
    assert (mood / path).read_text() == sent[keep].replace('"ben2"', '"ben"')


def test_names_of_sources_become_a_person_in_the_file_that_says_so_and_nobody_votes_twice(assay, mood):
    own = '{"item":"i2","label":{"tone":"bad"},"note":"mine"}\n{"item":"i4","label":{"tone":"good"}}\n'
    write_files(mood, {"labels/mood/r2/ben.jsonl": own})
    crowd = mood / "labels/mood/r2/@crowd.jsonl"
    refused = assay("annotator", "merge", "@crowd/W 1", "ben")
    assert refused.code == 1
    assert "i4: labels/mood/r2/ben.jsonl:2 (ben) and labels/mood/r2/@crowd.jsonl:3 (@crowd/W 1)" in refused.err
    assert not (mood / ID).exists()
    assert assay("annotator", "merge", "@crowd/W 1", "ben", "--keep", "@crowd/W 1").code == 0
    assert (mood / ID).read_text() == 'crowd:\n  "W 1": ben\n'
    assert crowd.read_text().splitlines() == [
        '{"annotator":"w2","item":"i2","label":{"tone":"good"}}',
        '{"annotator":"W 1","item":"i4","label":{"tone":"bad"}}',
    ]
    assert (mood / "labels/mood/r2/ben.jsonl").read_text() == own.splitlines(keepends=True)[0]
    write_files(
        mood,
        {
            "labels/sources/crowd.jsonl": '{"annotator":"W 1"}\n{"annotator":"w2"}\n',
            "labels/annotators/ada.yaml": "kind: person\n",
        },
    )
    assert assay("annotator", "merge", "@crowd/w2", "ada").code == 0
    assert (mood / ID).read_text() == 'crowd:\n  "W 1": ben\n  w2: ada\n'
    erased = assay("annotator", "erase", "@crowd/w2")
    assert (erased.code, "w2" in (mood / ID).read_text() + crowd.read_text()) == (0, False), (
        "so short a word tells nobody"
    )


def test_the_person_kept_is_also_the_names_that_are_theirs_already(assay, mood):
    crowd = mood / "labels/mood/r2/@crowd.jsonl"
    ours = '{"annotator":"W 1","item":"i4","label":{"tone":"bad"}}\n'
    write_files(
        mood,
        {
            "labels/sources/crowd.jsonl": '{"annotator":"W 1"}\n{"annotator":"w2"}\n',
            "labels/mood/r2/@crowd.jsonl": ours + '{"annotator":"w2","item":"i4","label":{"tone":"good"}}\n',
            ID: 'crowd:\n  "W 1": ben\n',
        },
    )
    assert assay("annotator", "merge", "@crowd/w2", "ben").code == 1
    said = assay("annotator", "merge", "@crowd/w2", "ben", "--keep", "ben")
    assert (said.code, crowd.read_text()) == (0, ours), said.err
    assert (mood / ID).read_text() == 'crowd:\n  "W 1": ben\n  w2: ben\n'


@pytest.mark.threat(24)
def test_erase_leaves_no_file_that_holds_the_name_once_what_it_lists_is_written_anew(assay, mood):
    write_files(mood, {**NAMED, "README.md": "Written by Benjamin B.\n", "labels/mood/r1/x.bin": b"\0ben-x\0"})
    before = files(mood)
    words = ("annotator", "erase", "ben", "--word", "Benjamin B")
    assert assay(*words, "--dry-run").code == 1
    assert files(mood) == before
    said = assay(*words)
    assert said.code == 1
    after = files(mood)
    (entry,) = (mood / "labels/annotators").glob("p-*.yaml")
    name = entry.stem
    assert re.fullmatch("p-[0-9a-f]{8}", name)
    assert entry.read_text() == "kind: person\nrole: lead\ngroups:\n  dialect: north\n"
    assert after["guidelines/allowed_signers"] == "rei ssh-ed25519 BBBB\n"
    assert re.fullmatch(rf"crowd:\n  p-[0-9a-f]{{8}}: {name}  # by his word\n", after[ID]), (
        "and who they are in sources"
    )
    assert "W 1" not in after["labels/mood/r2/@crowd.jsonl"] + after["labels/sources/crowd.jsonl"]
    left = [line for line in said.out.splitlines() if not line.startswith(("wrote", "removed"))]
    assert left == [
        "README.md:1 Benjamin B",
        "checks/waivers.yaml:2 ben",
        "guidelines/mood.md:10 ben",
        f"labels/mood/r1/{name}.jsonl:1 ben",
        f"labels/mood/r1/{name}.returned.jsonl:1 Ben",
        "labels/mood/r1/x.bin ben-x",
    ]
    assert "git filter-repo" in said.err
    assert "the groups are kept, as breakdowns use them: dialect" in said.err
    (mood / "labels/mood/r1/x.bin").unlink()
    for path, text in files(mood).items():
        (mood / path).write_text(re.sub(r"(?i)\bben\b|Benjamin B", "somebody", text))
    again = assay("annotator", "erase", "ben", "--word", "Benjamin B", "--word", "b@x.example", "--word", "ben-x")
    assert (again.code, again.out) == (0, ""), again.err
    write_files(
        mood, {"labels/mood/r3/ben.jsonl": '{"item":"i4","label":{"tone":"bad"}}\n', "docs/a.md": "Ben Nevis\n"}
    )
    late = assay("annotator", "erase", "ben", "--into", name, "--leave", "docs/*")
    assert (late.code, (mood / f"labels/mood/r3/{name}.jsonl").read_text().count("\n")) == (0, 2), late.err
    assert not (mood / "labels/mood/r3/ben.jsonl").exists()


@pytest.mark.parametrize(
    ("word", "path", "text", "where"),
    [
        ('Bob "B" Q', "a.jsonl", '{"note":"as Bob \\"B\\" Q said"}\n', ":1"),
        ("back\\slash", "a.jsonl", '\n{"note":"back\\\\slash"}\n', ":2"),
        ("Benno", "a.jsonl", '{"note":"see\\nBenno"}\n', ":1"),
        ("José", "a.jsonl", '{"note":"Jos\\u00e9"}\n', ":1"),
        ("José", "a.md", "by Jose\u0301\n", ":1"),
        ("😀nna", "a.json", '"\\ud83d\\ude00nna"\n', ":1"),
        ("O'Neil", "a.yaml", "who: 'O''Neil'\n", ":1"),
        ("O'Neil", "a.html", "<p>O&#39;Neil</p>\n", ":1"),
        ("Ada Lovelace", "a.md", "> Thanks to Ada\n> Lovelace.\n", ":1"),
        ("Ada Lovelace", "a.md", "?by=Ada%20Lovelace\n", ":1"),
        ("李雷", "a.md", "请问李雷同意\n", ":1"),
        ("Benno", "a.md", "Bennos Benno-x _Benno\n", None),
        ("Benno", "a.json", '"see\\nBennos %zz &amp; \\ud800 \\U99999999"\n', None),
    ],
)  # fmt: skip
def test_erase_finds_a_name_however_a_file_spells_it(assay, mood, word, path, text, where):
    write_files(mood, {path: text})
    said = assay("annotator", "erase", "nobody-here", "--word", word)
    assert (said.code, [line.split(" ")[0] for line in said.out.splitlines()]) == (
        (1, [f"{path}{where}"]) if where else (0, [])
    )


def test_whose_answer_stays_is_said_of_names_with_commas_and_blanks_too(assay, mood):
    lines = '{"annotator":"L, A ","item":"i2","label":{"tone":"bad"}}\n{"annotator":"w2","item":"i2","label":{"tone":"good"}}\n'
    write_files(
        mood,
        {
            "labels/sources/crowd.jsonl": '{"annotator":"L, A "}\n{"annotator":"w2"}\n',
            "labels/mood/r2/@crowd.jsonl": lines,
        },
    )
    said = assay("annotator", "merge", "@crowd/L, A ", "@crowd/w2", "ben", "--keep", "ben,@crowd/L, A ,@crowd/w2")
    assert said.code == 0, said.err
    assert (mood / "labels/mood/r2/@crowd.jsonl").read_text() == lines.splitlines(keepends=True)[0]


def test_a_name_is_found_among_the_identities_however_it_is_quoted_there(assay, mood):
    write_files(
        mood, {"labels/sources/crowd.jsonl": '{"annotator":"O\'Neil"}\n', ID: "crowd: {'O''Neil': ben}  # his word\n"}
    )
    assert assay("annotator", "rename", "@crowd/O'Neil", "@crowd/neil").code == 0
    assert (mood / ID).read_text() == "crowd: {neil: ben}  # his word\n"


def test_people_who_become_one_vote_once_under_the_names_of_sources_that_are_theirs_too(assay, mood):
    """Where the two said different things under names of a source, the one stays whose person --keep names."""
    crowd = '{"annotator":"W 1","item":"i2","label":{"tone":"bad"}}\n{"annotator":"w2","item":"i2","label":{"tone":"good"}}\n'
    write_files(
        mood,
        {
            "labels/annotators/cy.yaml": "kind: person\n",
            "labels/sources/crowd.jsonl": '{"annotator":"W 1"}\n{"annotator":"w2"}\n',
            "labels/mood/r2/@crowd.jsonl": crowd,
            ID: 'crowd: {"W 1": ben, w2: cy}\n',
        },
    )
    before = files(mood)
    refused = assay("annotator", "merge", "cy", "ben")
    assert (refused.code, files(mood)) == (1, before)
    assert "i2: labels/mood/r2/@crowd.jsonl:1 (@crowd/W 1) and labels/mood/r2/@crowd.jsonl:2 (@crowd/w2)" in refused.err
    said = assay("annotator", "merge", "cy", "ben", "--keep", "cy")
    assert said.code == 0, said.err
    assert (mood / ID).read_text() == 'crowd: {"W 1": ben, w2: ben}\n'
    assert (mood / "labels/mood/r2/@crowd.jsonl").read_text() == crowd.splitlines(keepends=True)[1]


def test_what_somebody_is_called_changes_no_figure(assay, mood):
    """Alpha, consensus, queue and findings after a pseudonym that sorts elsewhere: as before, but for the name."""
    rules = "consensus: {method: majority}\nrules: {schema: {errors_at_most: 0}, agreement: {tone: {at_least: 0.2}}}\n"
    votes = {
        f"labels/mood/r1/{who}.jsonl": "".join(
            f'{{"item":"i{number}","label":{{"score":{(number * step) % 6},"tone":"{("good", "bad")[number * step % 2]}"}}}}\n'
            for number in range(1, 6)
        )
        for who, step in (("ada", 1), ("ben", 3), ("rei", 2))
    }
    plan = "".join(f'{{"item":"i{number}","annotators":["ada","ben","rei"]}}\n' for number in range(1, 6))
    write_files(mood, {**votes, "checks/mood.yaml": rules, "labels/annotators/rei.yaml": "role: reviewer\n"})
    write_files(mood, {"labels/mood/r1/assignments.jsonl": plan})
    before = measured(assay, mood, "ada")
    assert assay("annotator", "erase", "ada").code == 1, "the tables still hold the name"
    (entry,) = (mood / "labels/annotators").glob("p-*.yaml")
    assert measured(assay, mood, entry.stem) == before
    assert assay("annotator", "erase", "ada").code == 0


def measured(assay, root, name):
    """All that the stages come to, with another word for somebody's name."""
    for words in ("schema mood", "agreement mood", "policy mood", "consensus mood", "quality mood", "gate"):
        assert assay(*words.split()).code == 0
    texts = {path.name: path.read_text().replace(name, "X") for path in (root / "reports/mood").glob("*.json")}
    texts |= {
        path: (root / path).read_text().replace(name, "X")
        for path in ("build/mood/findings.jsonl", "gate/verdict.json")
    }
    tables = {stem: read_parquet(root / f"build/mood/{stem}.parquet").to_pylist() for stem in ("consensus", "queue")}
    return {path: ordered(json.loads(text) if path.endswith(".json") else text) for path, text in texts.items()}, tables


def ordered(value):
    """A value without digests of what was read, its lists in an order that no name decides."""
    if isinstance(value, dict):
        return {key: ordered(part) for key, part in value.items() if key not in {"made_from", "tables", "inputs"}}
    return sorted(map(ordered, value), key=str) if isinstance(value, list) else value
