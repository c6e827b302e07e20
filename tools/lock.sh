#!/bin/sh
# Resolves the dependencies of pyproject.toml anew into locks/: exact versions and hashes, no index and
# no address. `--upgrade` asks for the newest versions within the bounds. Needs uv (.venv/bin counts).
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:$PWD/out/uv/bin"

# torch's CPU build for Linux, x86-64 and Python 3.11. It is published apart from the package index, and
# is the one file allowed: the index's own build of this version for Linux brings CUDA. It has a lock of its own
# because pip installs it (tools/environment.sh says why).
torch_cpu=sha256:6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b

resolve() {
    lock=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command tools/lock.sh \
        --output-file "$lock" "$@"
}

everything="pyproject.toml --extra server --extra postgres --extra plot"
resolve locks/server.txt $everything "$@"
resolve locks/traced.txt $everything --extra otel --constraint locks/server.txt "$@"
resolve locks/dev.txt $everything --extra otel --group dev --group build --constraint locks/traced.txt "$@"
resolve locks/uv.txt --group uv "$@"
resolve locks/build.txt --group build --constraint locks/dev.txt "$@"
resolve locks/frameworks.txt pyproject.toml --extra server --group frameworks --group build \
    --constraint locks/dev.txt "$@"
resolve locks/browser.txt pyproject.toml --extra server --extra plot --group browser --group build \
    --constraint locks/dev.txt "$@"
resolve locks/docs.txt pyproject.toml --group docs --group build --constraint locks/dev.txt "$@"

{
    head -n 2 locks/frameworks.txt
    grep '^torch==' locks/frameworks.txt
    echo "    --hash=$torch_cpu"
} >locks/torch.txt
awk '/^[^ ]/ { torch = /^torch==/ } !torch' locks/frameworks.txt >locks/frameworks.new
mv locks/frameworks.new locks/frameworks.txt
