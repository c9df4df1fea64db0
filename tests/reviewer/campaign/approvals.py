"""A pull request that brings a version and its approval, merged in each way: who may approve was known before."""

from pathlib import Path

from assay.git.child import make_key, sign
from assay.guidelines.approval import SIGNERS, Approval, approval_bytes, approval_path, signature_path
from assay.guidelines.edits import load_content
from assay.guidelines.signatures import NAMESPACE, signer_line
from assay.project.config import find_project
from proposing import git
from reviewer.campaign.case import APPROVAL, OK, REFUSED, Case, Request, edit
from reviewer.campaign.configuration import NEXT
from reviewer.campaign.project import TIME
from reviewer.campaign.scene import Scene, Shop

APPOINTED = "{role: reviewer, handle: mallory-x, emails: [mallory@example.org]}\n"
GUIDE = "guidelines/mood.md"
WAYS = ("merge", "squash", "rebase", "fast-forward")


def _merged(approver: str, way: str, *, appoints: bool = False, edited: str = ""):
    """What `guideline verify` says on the default branch after ada's pull request: a version, and its signed approval."""

    def _make(scene: Scene) -> Request:
        name = f"approval-{approver}-{way}{'-edited' if edited else ''}"
        (scene.place / "clones").mkdir(exist_ok=True)
        git(scene.place, "clone", "--quiet", str(scene.root), f"clones/{name}")
        shop = Shop(folder=scene.place / "clones" / name)
        shop.git("switch", "--quiet", "--create", "proposal")
        key = scene.keys / approver
        if appoints:
            line = signer_line(
                approver, make_key(key, approver) if not key.exists() else key.with_suffix(".pub").read_text()
            )
            signers = (shop.folder / SIGNERS).read_text()
            shop.commit({f"labels/annotators/{approver}.yaml": APPOINTED, SIGNERS: f"{signers}{line}\n"})
        shop.commit({GUIDE: NEXT})
        shop.commit(_record(shop, approver, key))
        if edited:
            shop.commit({GUIDE: NEXT + edited})
        _merge(shop, way)
        return Request(folder=f"clones/{name}", command=("guideline", "verify", "mood"))

    return _make


def _record(shop: Shop, approver: str, key: Path) -> dict[str, str]:
    content = load_content(find_project(shop.folder), "mood")
    stated = {"task": "mood", "version": content.version}
    said = Approval(
        project="campaign-project", **stated, digest=content.digest, way="signed", authors=("ada",), approvers=(approver,), at=TIME
    )  # fmt: skip
    record = approval_bytes(said)
    return {
        approval_path(**stated): record.decode(),
        signature_path(**stated): sign(key, NAMESPACE, record).decode(),
    }


def _merge(shop: Shop, way: str) -> None:
    if way == "rebase":
        shop.git("switch", "--quiet", "main")
        shop.commit({"docs/page.md": "Beside.\n"}, by="noor")
        shop.git("switch", "--quiet", "proposal")
        shop.git("rebase", "--quiet", "main", by="noreply@github.com")
    shop.git("switch", "--quiet", "main")
    options = {"merge": ["--no-ff", "--no-edit"], "squash": ["--squash"]}.get(way, ["--ff-only"])
    shop.git("merge", "--quiet", *options, "proposal", by="noor")
    if way == "squash":
        shop.commit(said="squashed")


APPROVALS = (
    *(Case(kind="approval", name=f"the pull request appoints its approver: {way}", outcome=REFUSED, says="held",
           make=_merged("mallory", way, appoints=True)) for way in WAYS),
    *(Case(kind="approval", name=f"by a reviewer of old: {way}", outcome=OK, says="approved", make=_merged("rei", way)) for way in WAYS[:2]),
    *(Case(kind="approval", name=f"of what was then edited: {way}", outcome=REFUSED, says="held",
           make=_merged("rei", way, edited="More.\n")) for way in WAYS[:3]),
    Case(kind="approval", name="by an annotator whose key may sign", outcome=REFUSED, says="held", make=_merged("ben", "merge")),
    Case(kind="approval", name="by its author", outcome=REFUSED, says="held", make=_merged("ada", "merge")),
    Case(kind="approval", name="a record by an annotator", outcome=REFUSED, says="needs a reviewer",
         edits=[edit("ada", {"guidelines/approvals/mood/0.2.0.yaml": "x\n"})]),
    Case(kind="approval", name="a version, its approver and their key in one change", outcome=REFUSED, says="needs a lead",
         edits=[edit("ada", {GUIDE: NEXT, "labels/annotators/mallory.yaml": APPOINTED})]),
    Case(kind="approval", name="a version that nobody approved yet", outcome=APPROVAL, says=GUIDE, edits=[edit("ada", {GUIDE: NEXT})]),
)  # fmt: skip
