# syntax=docker/dockerfile:1
# The version of Python that the tests run on. Pin it by digest where you build: --build-arg PYTHON=python@sha256:…
ARG PYTHON=python:3.11-slim-trixie

FROM ${PYTHON} AS build
COPY requirements.lock /build/
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /build/requirements.lock
COPY bot /app/bot
COPY threadbot_sandbox /app/threadbot_sandbox
RUN /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app

FROM ${PYTHON}
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PORT=3000
WORKDIR /app
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
