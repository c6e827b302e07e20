#!/bin/sh
# Resolves the dependencies of pyproject.toml anew into locks/: exact versions and hashes, no index and no address.
# Give `--upgrade` for the newest versions that the bounds allow. Needs uv (it is looked for in .venv as well).
set -eu
cd "$(dirname "$0")/.."
PATH="$PATH:$PWD/.venv/bin"

# torch's CPU build is published apart from the package index, so its hash is added by hand.
torch_cpu=sha256:6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b

resolve() {
    output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "tools/lock.sh" \
        pyproject.toml --output-file "$output" "$@"
}

resolve locks/server.txt --extra server --extra postgres --extra plot "$@"
resolve locks/dev.txt --extra server --extra postgres --extra plot --group dev --constraint locks/server.txt "$@"
resolve locks/frameworks.txt --extra server --group frameworks --constraint locks/dev.txt "$@"
sed "s/^torch==\(.*\) \\\\\$/torch==\1 \\\\\n    --hash=$torch_cpu \\\\/" locks/frameworks.txt >locks/frameworks.new
mv locks/frameworks.new locks/frameworks.txt
