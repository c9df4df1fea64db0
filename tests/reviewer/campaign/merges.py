"""Changes made by git's own merge, rebase, squash, revert and pick: what a merge would do is what is judged."""

from collections.abc import Mapping

from reviewer.campaign.case import APPROVAL, OK, REFUSED, Case, Request, Told
from reviewer.campaign.project import ADAS, BENS, FILES, LOWERED, POLICY, R3, SCHEMA, batch, line, plan, vote
from reviewer.campaign.scene import Scene, Shop, push

MINE, BENS_OWN = f"{R3}/ada.jsonl", f"{R3}/ben.jsonl"
GATE, PAGE = "checks/mood.yaml", "docs/page.md"
RAISED = POLICY.replace("at_least: 0.6", "at_least: 0.9")
MORE = {MINE: ADAS + vote("i7")}
CLOSED = {f"{R3}/batch.yaml": batch("r3")}
BEN_TURNED = {BENS_OWN: BENS.replace("bad", "mixed")}
FULL_PLAN = FILES[f"{R3}/assignments.jsonl"]
LESS = {f"{R3}/assignments.jsonl": FULL_PLAN.replace('"i7","annotators":["ada","ben"]', '"i7","annotators":["ben"]')}
DRAFT = {GATE: LOWERED}


def _on_main(shop: Shop, files: Mapping[str, str | None], by: str = "noor", at: int = 0, start: str = "main") -> str:
    """A commit on what the default branch is then."""
    return shop.at(start).commit(files, by=by, at=at)


def _parted(base_files, head_files, *, by="ada", base_by="noor"):
    """The default branch and the change parted, and each has a commit; nobody merged anything."""

    def _make(scene: Scene) -> Request:
        shop = scene.shop("main")
        base = _on_main(shop, base_files, by=base_by)
        return Request(base=base, head=_on_main(shop, head_files, by=by))

    return _make


def _criss_cross(*, main_first: int, branch_first: int, kept: str, conflicts: bool = False):
    """The lead raises a threshold while ada labels, and each merges the other; the branch then has the gate `kept`.

    Two commits are then the newest that both have, one with each threshold. Their dates decide which git names first.
    """

    def _make(scene: Scene) -> Request:
        shop = scene.shop("main")
        raised = _on_main(shop, {GATE: RAISED, **({PAGE: "The lead's page.\n"} if conflicts else {})}, at=main_first)
        first = _on_main(
            shop, {MINE: ADAS + vote("i7"), **({PAGE: "Ada's page.\n"} if conflicts else {})}, by="ada", at=branch_first
        )
        base = _joined(shop, raised, first, {PAGE: "The lead's page.\n"} if conflicts else {}, by="noor")
        _joined(shop, first, raised, {GATE: kept, **({PAGE: "Ada's page.\n"} if conflicts else {})}, by="ada")
        return Request(base=base, head=shop.commit({MINE: ADAS + vote("i7", "mixed")}, at=9000))

    return _make


def _joined(shop: Shop, ours: str, theirs: str, files: Mapping[str, str | None], by: str) -> str:
    """A merge that says what some files are, whatever git makes of them."""
    shop.at(ours).git("merge", "--no-ff", "--no-commit", theirs, by=by, at=8000, fails=True)
    return shop.commit(files, by=by, at=8000)


def _octopus(*branches: tuple[str, Mapping[str, str | None]], drops: str = ""):
    """Several branches, each a commit of somebody's, merged at once; `drops` puts one file back as it was."""

    def _make(scene: Scene) -> Request:
        shop = scene.shop("main")
        base = _on_main(shop, {PAGE: "Another page.\n"})
        heads = [_on_main(shop, files, by=by, at=place) for place, (by, files) in enumerate(branches)]
        shop.at(base).merge(*heads)
        return Request(base=base, head=shop.commit({drops: FILES[drops]}) if drops else shop.head)

    return _make


def _updated(base_files, head_files, merged_files=None, *, options=(), later=None, by="ada", base_by="noor"):
    """The branch merges the default branch into itself; `merged_files` are put in in the merge itself."""

    def _make(scene: Scene) -> Request:
        shop = scene.shop("main")
        base = _on_main(shop, base_files, by=base_by)
        head = _on_main(shop, head_files, by="ada")
        if merged_files is None:
            shop.at(head).merge(base, by=by, options=options)
        else:
            _joined(shop, head, base, merged_files, by)
        found = shop.head
        return Request(base=_on_main(shop, later, start=base) if later else base, head=found)

    return _make


def _rebased(*, by="ada", told=None):
    def _make(scene: Scene) -> Request:
        shop = scene.shop("main")
        base = _on_main(shop, {PAGE: "Another page.\n"})
        shop.at("main").commit(MORE)
        old = shop.commit({MINE: ADAS + vote("i7", "mixed")}, at=1)
        shop.git("rebase", "--quiet", base, by=by, at=100)
        return Request(base=base, head=shop.head, told=told(old, shop.head) if told else None)

    return _make


def _squashed(*branches: tuple[str, Mapping[str, str | None]]):
    def _make(scene: Scene) -> Request:
        shop = scene.shop("main")
        heads = [_on_main(shop, files, by=by) for by, files in branches]
        shop.at("main")
        for head in heads:
            shop.git("merge", "--squash", head, by="ada")
            shop.commit()
        return Request(head=shop.head)

    return _make


def _reverted(files, *, by="ada", base_by="noor", again=False, merge=False):
    """What the default branch got last is taken back; `again`: and brought in again; `merge`: it came by a merge."""

    def _make(scene: Scene) -> Request:
        shop = scene.shop("main")
        base = _on_main(shop, files, by=base_by)
        if merge:
            base = shop.at("main").merge(base, by=base_by)
        shop.git("revert", "--no-edit", *(["-m", "1"] if merge else []), base, by=by)
        if again:
            shop.git("revert", "--no-edit", "HEAD", by=by)
        return Request(base=base, head=shop.head)

    return _make


def _picked(scene: Scene) -> Request:
    shop = scene.shop("main")
    bens = _on_main(shop, BEN_TURNED, by="ben")
    shop.at("main").git("cherry-pick", bens, by="ada")
    return Request(head=shop.head)


def _smuggled(scene: Scene) -> Request:
    """The lead's own branch, which is not merged yet, comes along with ada's."""
    shop = scene.shop("main")
    draft = _on_main(shop, DRAFT, by="noor")
    shop.at("main").commit(MORE)
    return Request(head=shop.merge(draft))


def _moved(path: str, new: str) -> Mapping[str, str | None]:
    return {path: None, new: FILES[path]}


def _folder(old: str, new: str) -> Mapping[str, str | None]:
    gone = [path for path in FILES if path.startswith(old)]
    return {**dict.fromkeys(gone), **{path.replace(old, new, 1): FILES[path] for path in gone}}


def _merged_already(scene: Scene) -> Request:
    shop = scene.shop("main")
    head = _on_main(shop, MORE, by="ada")
    return Request(base=shop.at("main").merge(head, by="noor"), head=head)


def _forge_update(scene: Scene) -> Request:
    """The button «update branch»: the forge commits the merge, in the name of who pressed it."""
    shop = scene.shop("main")
    base, head = _on_main(shop, {PAGE: "Another page.\n"}), _on_main(shop, MORE, by="ada")
    tree = shop.git("merge-tree", "--write-tree", head, base).splitlines()[0]
    made = shop.git(
        "-c", "user.name=GitHub", "-c", "user.email=noreply@github.com",
        "commit-tree", tree, "-p", head, "-p", base, "-m", "Merge branch 'main'",
    )  # fmt: skip
    return Request(base=base, head=made)


ITEMS = "labels/items/texts/two.jsonl"
_DATES = {
    "the lead's commit is the older": (0, 3600),
    "the lead's commit is the newer": (3600, 0),
    "at one moment": (0, 0),
}

CRISS_CROSS = (
    *(Case(kind="criss-cross", name=f"takes a threshold back, {name}", outcome=REFUSED, says=GATE,
           make=_criss_cross(main_first=main, branch_first=branch, kept=POLICY)) for name, (main, branch) in _DATES.items()),
    *(Case(kind="criss-cross", name=f"keeps the threshold, {name}", outcome=OK,
           make=_criss_cross(main_first=main, branch_first=branch, kept=RAISED)) for name, (main, branch) in _DATES.items()),
    Case(kind="criss-cross", name="of merges that were settled differently", outcome=REFUSED, says="docs/page.md: conflicts",
         make=_criss_cross(main_first=0, branch_first=3600, kept=RAISED, conflicts=True)),
)  # fmt: skip

MERGES = (
    Case(kind="octopus", name="of own branches", outcome=OK,
         make=_octopus(("ada", MORE), ("ada", {"labels/song/r1/ada.jsonl": line(item="s1", label={"mood": "sad"})}))),
    Case(kind="octopus", name="with another's votes", outcome=REFUSED, says="ben",
         make=_octopus(("ada", MORE), ("ben", BEN_TURNED), ("ada", {"labels/song/r1/ada.jsonl": line(item="s1", label={"mood": "sad"})}))),
    Case(kind="octopus", name="with a lead's threshold", outcome=REFUSED, says=GATE, make=_octopus(("ada", MORE), ("noor", DRAFT))),
    Case(kind="octopus", name="that takes a page of the base back", outcome=APPROVAL, says=PAGE,
         make=_octopus(("ada", MORE), ("ada", {"labels/song/r1/ada.jsonl": line(item="s1", label={"mood": "sad"})}), drops=PAGE)),
    Case(kind="merge", name="the base into the branch", outcome=OK, make=_updated({PAGE: "Another page.\n"}, MORE)),
    Case(kind="merge", name="the base into the branch, by the forge", outcome=OK, make=_forge_update),
    Case(kind="merge", name="the base into the branch, by another", outcome=REFUSED, says="ben", make=_updated({PAGE: "x\n"}, MORE, by="ben")),
    Case(kind="merge", name="merged already", outcome=OK, make=_merged_already),
    Case(kind="merge", name="a lead's branch that is not merged yet", outcome=REFUSED, says=GATE, make=_smuggled),
    Case(kind="evil merge", name="another's votes in the merge itself", outcome=REFUSED, says=BENS_OWN,
         make=_updated({PAGE: "Another page.\n"}, MORE, BEN_TURNED)),
    Case(kind="evil merge", name="a threshold in the merge itself", outcome=REFUSED, says=GATE,
         make=_updated({GATE: RAISED}, MORE, {GATE: POLICY})),
    Case(kind="evil merge", name="a threshold in the merge itself, and the base moved on", outcome=REFUSED, says=GATE,
         make=_updated({GATE: RAISED}, MORE, {GATE: POLICY}, later={PAGE: "Later.\n"})),
    Case(kind="evil merge", name="an item of the base is lost in it", outcome=REFUSED, says=ITEMS,
         make=_updated({ITEMS: FILES[ITEMS] + line(id="i10", data={"text": "new"})}, MORE, {ITEMS: FILES[ITEMS]})),
    Case(kind="evil merge", name="own votes alone", outcome=OK, make=_updated({PAGE: "Another page.\n"}, {}, MORE)),
    Case(kind="ours", name="takes the base's threshold back", outcome=REFUSED, says=GATE,
         make=_updated({GATE: RAISED}, MORE, options=["-s", "ours"])),
    Case(kind="ours", name="takes it back, and the base moved on", outcome=REFUSED, says=GATE,
         make=_updated({GATE: RAISED}, MORE, options=["-s", "ours"], later={PAGE: "Later.\n"})),
    Case(kind="ours", name="takes another's votes back", outcome=REFUSED, says=BENS_OWN, make=_updated(BEN_TURNED, MORE, options=["-s", "ours"], base_by="ben")),
    Case(kind="ours", name="takes back nothing but a page", outcome=APPROVAL, says=PAGE,
         make=_updated({PAGE: "Another page.\n"}, MORE, options=["-s", "ours"])),
    Case(kind="ours", name="of a conflict, by preference", outcome=REFUSED, says=GATE,
         make=_updated({GATE: RAISED}, {**MORE, GATE: LOWERED}, options=["-X", "ours"])),
    Case(kind="rebase", name="pushed as a whole", outcome=OK, make=_rebased()),
    Case(kind="rebase", name="of which only the former commits were pushed", outcome=APPROVAL, says="unknown who pushed",
         make=_rebased(told=lambda old, _new: Told(pushes=[push(old, "ada-x")]))),
    Case(kind="rebase", name="pushed by force", outcome=OK,
         make=_rebased(told=lambda old, new: Told(pushes=[push(old, "ada-x"), push(new, "ada-x", before=old)]))),
    Case(kind="rebase", name="by another", outcome=REFUSED, says="ben took part in it", make=_rebased(by="ben")),
    Case(kind="squash", name="of own commits", outcome=OK, make=_squashed(("ada", MORE))),
    Case(kind="squash", name="with another's votes", outcome=REFUSED, says=BENS_OWN, make=_squashed(("ada", MORE), ("ben", BEN_TURNED))),
    Case(kind="squash", name="with a lead's threshold", outcome=REFUSED, says=GATE, make=_squashed(("ada", MORE), ("noor", DRAFT))),
    Case(kind="revert", name="of one's own answer", outcome=OK, make=_reverted(MORE, base_by="ada")),
    Case(kind="revert", name="of a lead's threshold", outcome=REFUSED, says="needs a lead", make=_reverted({GATE: RAISED})),
    Case(kind="revert", name="of a lead's threshold by another lead", outcome=APPROVAL, says=GATE, make=_reverted({GATE: RAISED}, by="lea"),
         by="lea-x"),
    Case(kind="revert", name="of another's answer", outcome=REFUSED, says=BENS_OWN, make=_reverted(BEN_TURNED, base_by="ben")),
    Case(kind="revert", name="of a merge of another's answer", outcome=REFUSED, says=BENS_OWN, make=_reverted(BEN_TURNED, base_by="ben", merge=True)),
    Case(kind="revert", name="of a revert", outcome=OK, make=_reverted({GATE: RAISED}, again=True)),
    Case(kind="pick", name="of another's commit", outcome=REFUSED, says="ben", make=_picked),
    Case(kind="conflict", name="of one line", outcome=REFUSED, says=f"{MINE}: conflicts",
         make=_parted({MINE: ADAS.replace("good", "mixed", 1)}, {MINE: ADAS.replace("good", "bad", 1)}, base_by="ada")),
    Case(kind="conflict", name="of two new files", outcome=REFUSED, says=f"{R3}/rei.jsonl: conflicts", by="rei-x",
         make=_parted({f"{R3}/rei.jsonl": vote("i5")}, {f"{R3}/rei.jsonl": vote("i6")}, by="rei", base_by="rei")),
    Case(kind="conflict", name="changed here, gone there", outcome=REFUSED, says=f"{MINE}: conflicts",
         make=_parted({MINE: None}, {MINE: ADAS.replace("good", "mixed", 1)}, base_by="ada")),
    Case(kind="conflict", name="a file where there is a folder now", outcome=REFUSED, says="conflicts",
         make=_parted({"docs/deep/page.md": "x\n"}, {"docs/deep": "x\n"})),
    Case(kind="conflict", name="renamed to two names", outcome=REFUSED, says="conflicts",
         make=_parted(_moved(PAGE, "docs/one.md"), _moved(PAGE, "docs/other.md"))),
    Case(kind="merge result", name="the base asks ada no more", outcome=REFUSED, says="label/not-assigned", make=_parted(LESS, MORE)),
    Case(kind="merge result", name="the base dropped the value", outcome=REFUSED, says="label/schema",
         make=_parted({"schemas/mood.yaml": SCHEMA.replace(", mixed", ""), f"{R3}/bot.jsonl": vote("i5")}, {MINE: ADAS + vote("i7", "mixed")})),
    Case(kind="merge result", name="the base closed the batch", outcome=REFUSED, says="r3 is closed", make=_parted(CLOSED, MORE)),
    Case(kind="merge result", name="the base says that ada left", outcome=REFUSED, says="marked as left in the roster since 2026-01-01",
         make=_parted({"labels/annotators/ada.yaml": FILES["labels/annotators/ada.yaml"].replace("role", "status: left, since: 2026-01-01, role")}, MORE)),
    Case(kind="merge result", name="one item stands two times", outcome=REFUSED, says="label/duplicate-item",
         make=_parted({MINE: vote("i7") + ADAS}, {MINE: ADAS + vote("i7", "bad")}, base_by="ada")),
    Case(kind="merge result", name="each asks a reviewer for itself", outcome=OK,
         make=_parted({f"{R3}/assignments.jsonl": plan({"i5": "ada ben rei rex noor"}) + "".join(FULL_PLAN.splitlines(True)[1:])}, MORE)),
    Case(kind="renamed folder", name="the base renamed it, the change adds to it", outcome=REFUSED, says="conflicts",
         make=_parted(_folder("labels/song/r1/", "labels/song/r2/"), {"labels/song/r1/ada.jsonl": line(item="s1", label={"mood": "sad"})})),
    Case(kind="renamed folder", name="the change renames others' files", outcome=REFUSED, says="ben",
         make=_parted({PAGE: "x\n"}, _folder("labels/song/r1/", "labels/song/r2/"))),
    Case(kind="renamed folder", name="the base renamed the file that changes", outcome=OK,
         make=_parted(_folder(f"{R3}/", "labels/mood/r6/"), MORE)),
)  # fmt: skip
