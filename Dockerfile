# Both daemons in one image, from the wheel. `docs/install.md` says how to run it; `compose.yaml` does.
FROM node:22-slim AS page
WORKDIR /source/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY web ./
RUN npm run build

FROM python:3.13-slim AS wheel
WORKDIR /source
COPY requirements.txt ./
RUN python -m venv /opt/hookwatch \
    && /opt/hookwatch/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml hatch_build.py README.md LICENSE __main__.py ./
COPY connect connect
COPY ingestd ingestd
COPY queryd queryd
COPY shared shared
COPY --from=page /source/web/dist web/dist
# Of the commit that the image is built from: the build has no repository.
ARG COMMIT=
RUN if [ -n "$COMMIT" ]; then echo "$COMMIT" >shared/commit.txt; fi \
    && pip wheel --no-cache-dir --no-deps --wheel-dir /dist . \
    && /opt/hookwatch/bin/pip install --no-cache-dir --no-deps /dist/*.whl

FROM python:3.13-slim
RUN groupadd --gid 10001 hookwatch \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin hookwatch \
    && install -d -o hookwatch -g hookwatch -m 700 /data
COPY --from=wheel /opt/hookwatch /opt/hookwatch
COPY container/healthcheck.py /opt/hookwatch/healthcheck.py
# Beyond loopback both daemons refuse to start without HOOKWATCH_TOKEN or HOOKWATCH_TOKEN_FILE.
ENV PATH=/opt/hookwatch/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOOKWATCH_DATA=/data \
    HOOKWATCH_INGEST_HOST=0.0.0.0 \
    HOOKWATCH_QUERY_HOST=0.0.0.0
USER 10001:10001
VOLUME /data
EXPOSE 4000 4001
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "/opt/hookwatch/healthcheck.py"]
ENTRYPOINT ["hookwatch"]
CMD ["up"]
