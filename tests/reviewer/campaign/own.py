"""Honest changes, and who says that somebody pushed them: the forge, a signature, or nobody."""

from assay.reviewer.change_authors import drawn
from reviewer.campaign.case import APPROVAL, OK, REFUSED, UNKNOWN, Case, Told, edit
from reviewer.campaign.project import ADAS, BENS, R1, R3, R4, decision, line, sent_back, vote
from reviewer.campaign.scene import Scene, push
from signing import sign_branch

MINE = f"{R3}/ada.jsonl"
MORE = {MINE: ADAS + vote("i7")}
STILL = {MINE: ADAS + vote("i7", "mixed")}
TWO = (edit("ada", MORE), edit("ada", STILL))
NOBODY = "unknown who pushed"

HONEST = (
    Case(kind="honest", name="an answer is added", outcome=OK, edits=[edit("ada", MORE)]),
    Case(kind="honest", name="in several commits", outcome=OK, edits=TWO),
    Case(kind="honest", name="an answer is changed", outcome=OK, edits=[edit("ada", {MINE: ADAS.replace("good", "mixed", 1)})]),
    Case(kind="honest", name="an answer is taken back", outcome=OK, edits=[edit("ada", {MINE: ADAS.splitlines(True)[1]})]),
    Case(kind="honest", name="a first file of one's own", outcome=OK, by="ben-x",
         edits=[edit("ben", {f"{R4}/ben.jsonl": vote("i1") + vote("i2")})]),
    Case(kind="honest", name="what was sent back is corrected", outcome=OK,
         edits=[edit("ada", {MINE: vote("i5") + vote("i6", "good", first={"tone": "bad"})})]),
    Case(kind="honest", name="an item is skipped", outcome=OK, edits=[edit("ada", {MINE: ADAS + line(item="i7", skip="unreadable")})]),
    Case(kind="honest", name="a suggestion that the model made", outcome=OK, by="rei-x",
         edits=[edit("rei", {f"{R3}/rei.jsonl": vote("i6", "mixed", suggestion={"by": "bot", "shown": {"tone": "mixed"}})})]),
    Case(kind="honest", name="two tasks at once", outcome=OK,
         edits=[edit("ada", {**MORE, "labels/song/r1/ada.jsonl": line(item="s1", label={"mood": "sad"})})]),
    Case(kind="honest", name="a decision on what two differ in", outcome=OK, by="rex-x",
         edits=[edit("rex", {f"{R1}/rex.adjudicated.jsonl": decision("i2")})]),
    Case(kind="honest", name="an answer of an open batch is sent back", outcome=OK, by="rei-x",
         edits=[edit("rei", {f"{R3}/rei.returned.jsonl": sent_back("i5", "ben") + sent_back("i6", "ada")})]),
    Case(kind="honest", name="written in another way", outcome=OK, edits=[edit("ada", {MINE: ADAS.replace('":', '": ')})]),
    Case(kind="honest", name="put in and taken out again", outcome=OK,
         edits=[edit("ada", {f"{R3}/ben.jsonl": BENS.replace("bad", "good")}), edit("ada", {f"{R3}/ben.jsonl": BENS})]),
)  # fmt: skip


def _opened(actor, *, action="opened", sha=None, author="ada-x", number=7):
    def _tell(scene: Scene, head: str) -> Told:
        side = {"ref": "x", "sha": scene.commit(sha or head)}
        request = {"number": number, "user": {"login": author}, "title": "t", "head": side, "base": {"ref": "main"}}
        return Told(event={"action": action, "pull_request": request, "sender": {"login": actor}})

    return _tell


def _pushes(*entries, event=None):
    """A list of (before, after, actor); `head` stands for the head, other names are commits of the scene."""

    def _tell(scene: Scene, head: str) -> Told:
        ids = {"head": scene.commit(head), "before": scene.commit(f"{head}~"), "": "0" * 40, "away": "ab" * 20}
        told = [push(ids[after], actor, ids[before]) for before, after, actor in entries]
        return Told(pushes=told, event=event(scene, head).event if event else None)

    return _tell


def _signed(*names, tell=None):
    def _make(scene: Scene, head: str) -> Told:
        keys = [scene.keys / name if name else None for name in names]
        sign_branch(scene.root, head, keys)
        return tell(scene, head) if tell else Told()

    return _make


def _number(secret, *, lot):
    """A pull request that the draw takes, or leaves."""
    return next(n for n in range(1000) if drawn(secret, f"campaign-project\npull request {n}\nmain", 0.05) is lot)


_SECRET = b"a secret"
_DRAW = {"ASSAY_DRAW_SECRET": _SECRET.decode()}

PUSHED = (
    Case(kind="pushed", name="the event of the opening", outcome=OK, edits=TWO, tell=_opened("ada-x")),
    Case(kind="pushed", name="signed by the owner", outcome=OK, edits=TWO, tell=_signed("ada", "ada")),
    Case(kind="pushed", name="signed in part, pushed in part", outcome=OK, edits=TWO,
         tell=_signed("ada", None, tell=_pushes(("before", "head", "ada-x")))),
    Case(kind="pushed", name="two pushes", outcome=OK, edits=TWO,
         tell=_pushes(("", "before", "ada-x"), ("before", "head", "ada-x"))),
    Case(kind="pushed", name="only the first push", outcome=APPROVAL, says=NOBODY, edits=TWO,
         tell=_pushes(("", "before", "ada-x"))),
    Case(kind="pushed", name="only the last push", outcome=APPROVAL, says="no entry of --pushes covers it", edits=TWO,
         tell=_pushes(("before", "head", "ada-x"))),
    Case(kind="pushed", name="a push that started at what is not here", outcome=APPROVAL, says=NOBODY, edits=TWO,
         tell=_pushes(("away", "head", "ada-x"))),
    Case(kind="pushed", name="an empty list", outcome=APPROVAL, says=NOBODY, edits=TWO, tell=_pushes()),
    Case(kind="pushed", name="another pushed the last commit", outcome=REFUSED, says="ben took part in it", edits=TWO,
         tell=_pushes(("", "before", "ada-x"), ("before", "head", "ben-x"))),
    Case(kind="pushed", name="whom the roster does not know pushed", outcome=REFUSED, says="stranger is not in the roster",
         edits=TWO, by="stranger"),
    Case(kind="pushed", name="another opened it", outcome=REFUSED, says="ben took part in it", edits=TWO,
         tell=_opened("ben-x")),
    Case(kind="pushed", name="the event opened another head", outcome=APPROVAL, says="the event opened another head",
         edits=TWO, tell=_opened("ada-x", sha="main")),
    *(Case(kind="pushed", name=f"the event is of {action}", outcome=APPROVAL, says=action, edits=TWO,
           tell=_opened("ada-x", action=action)) for action in ("synchronize", "reopened", "edited")),
    Case(kind="pushed", name="an event beside a list that covers all", outcome=OK, edits=TWO,
         tell=_pushes(("", "head", "ada-x"), event=_opened("ada-x", action="synchronize"))),
    Case(kind="pushed", name="e-mails alone", outcome=APPROVAL, says="e-mails in a commit are a claim", edits=TWO,
         tell=lambda _scene, _head: Told()),
    Case(kind="pushed", name="on one's own word", outcome=APPROVAL, says="ok if the forge names ada-x", edits=TWO,
         tell=lambda _scene, _head: Told(actors=["ada-x"])),
    Case(kind="pushed", name="signed by a key for approvals alone", outcome=APPROVAL, says="lists its key for no commits",
         edits=TWO, tell=_signed("plain", "plain")),
    Case(kind="pushed", name="signed by a key that has expired", outcome=APPROVAL, says="allowed today", edits=TWO,
         tell=_signed("old", "old")),
    Case(kind="pushed", name="signed by another", outcome=REFUSED, says="ben took part in it", edits=TWO,
         tell=_signed("ben", "ben")),
    Case(kind="pushed", name="signed by whom the roster does not know", outcome=REFUSED, says="zed", edits=TWO,
         tell=_signed("zed", "zed")),
    Case(kind="pushed", name="only the first commit is signed", outcome=APPROVAL, says=NOBODY, edits=TWO,
         tell=_signed("ada", None)),
    Case(kind="pushed", name="a list that is none", outcome=UNKNOWN, says="not a valid list of pushes", edits=TWO,
         tell=lambda _scene, _head: Told(pushes=[{"after": "x"}])),
    Case(kind="pushed", name="an event that is none", outcome=UNKNOWN, says="not a pull request's event", edits=TWO,
         tell=lambda _scene, _head: Told(event=[])),
    Case(kind="pushed", name="drawn for a look", outcome=APPROVAL, says="drawn by lot", edits=TWO, environment=_DRAW,
         tell=_opened("ada-x", number=_number(_SECRET, lot=True))),
    Case(kind="pushed", name="another head of the pull request that is drawn", outcome=APPROVAL, says="drawn by lot",
         edits=[edit("ada", MORE, message="again")], environment=_DRAW,
         tell=_opened("ada-x", number=_number(_SECRET, lot=True))),
    Case(kind="pushed", name="not drawn", outcome=OK, edits=TWO, environment=_DRAW,
         tell=_opened("ada-x", number=_number(_SECRET, lot=False))),
)  # fmt: skip
