FROM python:3.13-slim-bookworm AS build

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils \
    && rm -rf /var/lib/apt/lists/*
# LOCK=traced has OpenTelemetry too, which needs a MOST of 85 MB.
ARG LOCK=server
ARG MOST=77
WORKDIR /source
COPY locks locks
RUN python -m venv --without-pip /opt/setpoint \
    && pip --python /opt/setpoint install --no-cache-dir --no-compile --no-deps --require-hashes \
        --requirement "locks/$LOCK.txt" \
    && python -m venv --without-pip /opt/build \
    && pip --python /opt/build install --no-cache-dir --no-deps --require-hashes \
        --requirement locks/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY deploy/slim deploy/slim
RUN /opt/build/bin/python -m hatchling build --target wheel --directory dist \
    && pip --python /opt/setpoint install --no-cache-dir --no-compile --no-deps --no-index dist/*.whl \
    && deploy/slim /opt/setpoint "$MOST"


FROM python:3.13-slim-bookworm

RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3.13/site-packages/* \
        /usr/local/lib/python3.13/ensurepip \
    && groupadd --system --gid 10001 setpoint \
    && useradd --system --uid 10001 --gid setpoint --home-dir /data --no-create-home setpoint \
    && install --directory --owner setpoint --group setpoint /data
COPY --from=build /opt/setpoint /opt/setpoint

ENV PATH=/opt/setpoint/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    SETPOINT_DATA=/data \
    SETPOINT_HOST=0.0.0.0
USER 10001:10001
VOLUME /data
EXPOSE 8321
STOPSIGNAL SIGTERM
# Without Python, which would be started every ten seconds.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8321 \
    && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q 200"]

# It asks for tokens: an admin's is what SETPOINT_TOKEN(_FILE) says, or else in /data/token after the first start.
ENTRYPOINT ["setpoint"]
CMD ["serve"]
