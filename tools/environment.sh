#!/bin/sh
# Makes FOLDER a virtual environment with what the LOCKs name, and with this source tree, editable.
#
#   tools/environment.sh FOLDER LOCK...
#
# With uv where it is installed, else with venv and pip. What the lock BY_PIP names is pip's in any case: unlike
# uv it reads the machine's pip configuration, which is where a place for torch's CPU build is named.
set -eu
cd "$(dirname "$0")/.."
folder=$1
shift

candidates=${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}
python=
for candidate in $candidates; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done

# Not compiled ahead: Python compiles what is used when it is first used, in half the time.
pip="$folder/bin/python -m pip install -qq --disable-pip-version-check --no-compile --no-deps"

if command -v uv >/dev/null; then
    uv venv --quiet --allow-existing --python "${python:-${PYTHON:-3.13}}" "$folder"
    export VIRTUAL_ENV="$folder"
    uv pip sync --quiet --require-hashes "$@"
    uv pip install --quiet --no-deps --no-build-isolation --editable .
    if [ -n "${BY_PIP:-}" ]; then
        "$folder/bin/python" -m ensurepip >/dev/null
        $pip --require-hashes -r "$BY_PIP"
    fi
elif [ -n "$python" ]; then
    "$python" -m venv "$folder"
    $pip --require-hashes $(printf -- '-r %s ' "$@" ${BY_PIP:-})
    $pip --no-build-isolation -e .
else
    echo "Setpoint needs Python 3.11 or newer, and none is here (tried: $candidates)." >&2
    echo "Install one, or say where it is: make PYTHON=/path/to/python3.12 ..." >&2
    exit 1
fi
