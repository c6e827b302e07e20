#!/usr/bin/env bash
# A worker in bash: curl is all that a run needs. It learns w = 3 by gradient descent, at the run's learning rate.
#
#   examples/worker.sh RUN [WORKER]          with SETPOINT_URL, and SETPOINT_TOKEN where tokens are asked for
#
# Each epoch is one check-in. To repeat one is harmless, so curl may try again as often as it likes.
set -euo pipefail

url=${SETPOINT_URL:-http://127.0.0.1:8321} run=${1:?say which run} worker=${2:-bash-$$} epochs=${EPOCHS:-15}

ask() { # METHOD PATH BODY: the answer; what the service refuses ends the worker, with the reason on standard error
    local answer status
    answer=$(curl --silent --show-error --retry 20 --retry-all-errors --retry-max-time 300 --max-time 30 \
        ${SETPOINT_TOKEN:+--oauth2-bearer "$SETPOINT_TOKEN"} -X "$1" "$url/v1/runs/$run$2" --json "$3" --write-out '\n%{http_code}')
    status=${answer##*$'\n'} answer=${answer%$'\n'*}
    if ((status >= 300)); then echo "$answer" >&2; exit 1; fi
    echo "$answer"
}

# Every worker may say the same: the first creates the run, the others find it.
ask PUT "" '{"schedule": {"kind": "step", "initial_lr": 0.4, "step_size": 5, "gamma": 0.5}}' >/dev/null

w=0
for ((epoch = 0; epoch < epochs; epoch++)); do
    lr=$(ask PUT "/workers/$worker" "{\"epoch\": $epoch}" | sed -E 's/.*"epoch":[0-9]+,"lr":([^,}]+).*/\1/')
    read -r w loss < <(awk -v w="$w" -v lr="$lr" 'BEGIN { w -= lr * 2 * (w - 3); printf "%.17g %.17g\n", w, (w - 3) ^ 2 }')
    ask PUT "/workers/$worker/metrics/$epoch" "{\"value\": $loss}" >/dev/null
    echo "epoch $epoch lr $lr loss $loss"
done
ask DELETE "/workers/$worker" '{}' >/dev/null
echo "w $w"
