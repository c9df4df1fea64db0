#!/bin/bash
# Runs the tests in somebody else's surroundings: their odd settings of git (hostile.gitconfig), their name, language, clock and mask.
# Where root starts it, they run as a user who is not root, on a copy of the tree that is mounted in its place for them alone.
#   tests/hostile.sh [arguments of pytest]
set -euo pipefail
tree=$(cd "$(dirname "$0")/.." && pwd)
{ read -r python; bases=$(cat); } < <("${PYTHON:-python}" -c 'import sys; print(sys.executable, sys.base_prefix, sys.prefix, sep="\n")')
place=$(mktemp -d /tmp/hostile-XXXXXX)
trap 'rm -rf "$place"' EXIT
trap 'exit 143' TERM HUP
mkdir -p "$place/tmp" "$place/home/template/hooks"
sed "s:@HOME@:$place/home:" "$tree/tests/hostile.gitconfig" > "$place/home/.gitconfig"
echo '*.jsonl' > "$place/home/ignored"
echo '* text=auto eol=crlf diff=odd' > "$place/home/attributes"
printf '#!/bin/sh\nexit 1\n' | tee "$place"/home/template/hooks/{pre-commit,commit-msg,pre-push,post-checkout} > /dev/null
chmod +x "$place"/home/template/hooks/*
root=$([ "$(id -u)" != 0 ] || echo yes)
if [ "$root" ]; then
  mkdir -p "$place/tree/.venv" "$place/was"
  git -C "$tree" ls-files -z --cached --others --exclude-standard | tar -C "$tree" --null -T - -c | tar -C "$place/tree" -x
  "$python" -m compileall -q "$place/tree/src"
  chown -R 65534:65534 "$place"
fi

unset XDG_CONFIG_HOME
export HOME=$place/home TMPDIR=$place/tmp PATH=${python%/*}:$PATH
export GIT_AUTHOR_NAME='Somebody Else' GIT_AUTHOR_EMAIL=somebody@example.net GIT_AUTHOR_DATE='2001-02-03T04:05:06 +0545'
export GIT_COMMITTER_NAME='Nobody Here' GIT_COMMITTER_EMAIL=nobody@example.net GIT_COMMITTER_DATE='2001-02-03T04:05:07 +0545'
export LANG=C LC_ALL=C TZ=Asia/Kathmandu PYTHONHASHSEED=random
umask 077
cd "$tree"
if [ ! "$root" ]; then
  "$python" -m pytest "$@"
  exit
fi

export place tree python bases
# Of a home that nobody else may enter, only Python is shown; and of all processes only their own, for one of another user could be
# a git that works in the same clone.
unshare --mount --pid --fork --kill-child --mount-proc bash -euc '
  umask 022
  if ! setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$python"; then
    hidden=/$(cut -d/ -f2 <<< "$(readlink -f "$python")")
    mount --rbind "$hidden" "$place/was"
    mount -t tmpfs -o mode=755 tmpfs "$hidden"
    while read -r base; do
      case $base in "$hidden"/*) mkdir -p "$base" && mount --bind "$place/was${base#"$hidden"}" "$base";; esac
    done <<< "$bases"
  fi
  if [ -d "$tree/.venv" ]; then mount --bind "$tree/.venv" "$place/tree/.venv"; fi
  mkdir -p "$tree" && mount --rbind "$place/tree" "$tree"
  umask 077
  cd "$tree"
  setpriv --reuid 65534 --regid 65534 --clear-groups "$python" -m pytest "$@"
' hostile "$@"
