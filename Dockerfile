FROM python:3.13-slim-bookworm AS build

WORKDIR /source
COPY locks locks
RUN python -m venv --without-pip /opt/setpoint \
    && pip --python /opt/setpoint install --no-cache-dir --no-compile --no-deps --require-hashes \
        --requirement locks/server.txt \
    && python -m venv --without-pip /opt/build \
    && pip --python /opt/build install --no-cache-dir --no-deps --require-hashes \
        --requirement locks/build.txt

COPY pyproject.toml README.md LICENSE ./
COPY service service
# What nobody imports goes: tests of packages, and the sources of what is compiled, a fifth of it all.
# Unchecked bytecode: the files never change, and a copied layer may not keep their times.
RUN /opt/build/bin/python -m hatchling build --target wheel --directory dist \
    && pip --python /opt/setpoint install --no-cache-dir --no-compile --no-deps --no-index dist/*.whl \
    && find /opt/setpoint/lib -type d -name tests -prune -exec rm -rf {} + \
    && find /opt/setpoint/lib -type f \( -name '*.c' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.h' \) -delete \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/setpoint/lib


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
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8321/readyz', timeout=2)"]

# It asks for tokens: an admin's is what SETPOINT_TOKEN(_FILE) says, or else in /data/token after the first start.
ENTRYPOINT ["setpoint"]
CMD ["serve"]
