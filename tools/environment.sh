#!/bin/sh
# Makes the virtual environment FOLDER hold exactly what LOCK names, and this source tree, editable.
#
#   tools/environment.sh FOLDER LOCK [pip]
#
# With uv where it is installed, else with venv and pip. `pip` asks for pip in any case: unlike uv it reads the machine's
# pip configuration, which is where a place for torch's CPU build is named.
set -eu
cd "$(dirname "$0")/.."
folder=$1 lock=$2 installer=${3:-}

python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done

if [ -z "$installer" ] && command -v uv >/dev/null; then
    uv venv --quiet --allow-existing --python "${python:->=3.11}" "$folder"
    uv pip sync --quiet --python "$folder/bin/python" --require-hashes "$lock"
    uv pip install --quiet --python "$folder/bin/python" --no-deps --no-build-isolation --editable .
elif [ -n "$python" ]; then
    "$python" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement "$lock"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
else
    echo "Setpoint needs Python 3.11 or newer, and found none (tried: ${PYTHON:-python3, python3.11 to python3.14})." >&2
    echo "Install one, or name it: make PYTHON=/path/to/python3.12" >&2
    exit 1
fi
