# One image per service: `docker build --build-arg SERVICE=intake .`, or all four with `make images`.
# What is inside, and why, is in docs/decisions/0011. Every builder can read this file: it uses no BuildKit features.

ARG BASE=python:3.13-slim-bookworm
ARG SERVICE

# --- Made here and left here: the tool that reads the lock file, and whatever fetched it ------------------------------
FROM ${BASE} AS build
# scripts/setup.sh has the same version. These are its wheels for Linux on x86-64 and on arm64.
ARG UV="uv==0.13.9 \
  --hash=sha256:d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19 \
  --hash=sha256:ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375"
WORKDIR /build
RUN python3 -m venv /opt/uv \
 && echo "${UV}" > uv.txt \
 && /opt/uv/bin/pip install -q --no-cache-dir --disable-pip-version-check --require-hashes -r uv.txt

COPY pyproject.toml uv.lock ./
# Wheels only: building a package runs code. One has no wheel and is built from its source; the lock file covers that and
# what builds it.
ARG SOURCE=dkimpy
RUN python3 -m venv --without-pip /opt/venv \
 && /opt/uv/bin/uv export -q --frozen --no-dev --no-emit-project -o locked.txt \
 && /opt/uv/bin/uv export -q --frozen --only-group build -o build.txt \
 && /opt/uv/bin/uv export -q --frozen --no-dev --no-emit-project --no-emit-package "${SOURCE}" -o wheels.txt \
 && sed -n "/^${SOURCE}==/,/[^\\\\]\$/p" locked.txt > source.txt \
 && /opt/uv/bin/uv pip sync -q --no-cache --no-build --require-hashes --python /opt/venv/bin/python wheels.txt \
 && /opt/uv/bin/uv pip install -q --no-cache --no-deps --require-hashes --build-constraints build.txt \
      --python /opt/venv/bin/python -r source.txt

# No process here reads how a thousand other languages write a date, or runs the packages' own commands; and uv leaves a
# file that anybody may write. What stays is compiled now, since nothing can be written where it will run.
RUN find /opt/venv/lib/python3*/site-packages/babel/locale-data -name '*.dat' \
      ! -name root.dat ! -name en.dat ! -name tr.dat ! -name ar.dat -delete \
 && rm -f /opt/venv/.lock \
 && find /opt/venv/bin ! -type d ! -name 'python*' -delete \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib

ARG SERVICE
COPY services/__init__.py /app/services/
COPY services/${SERVICE} /app/services/${SERVICE}
COPY shared /app/shared
# The modes are those of somebody's working copy until here.
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /app \
 && chmod -R u=rwX,go=rX /app

# --- What every image has -------------------------------------------------------------------------------------------
FROM ${BASE} AS image
RUN groupadd --system --gid 10001 klu \
 && useradd --system --no-log-init --uid 10001 --gid klu --home-dir /app --no-create-home --shell /usr/sbin/nologin klu
# PDF (shared/printing.py): the intake prints receipts, the router case files and reports.
ARG SERVICE
RUN if [ "${SERVICE}" = intake ] || [ "${SERVICE}" = router ]; then \
      apt-get update -q \
      && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
           libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
      && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    KLU_HOST=0.0.0.0 \
    KLU_MANAGEMENT_HOST=0.0.0.0
WORKDIR /app
USER 10001:10001
STOPSIGNAL SIGTERM
# For Docker alone; Kubernetes has probes of its own. Not with urllib: it would ask the environment's proxy.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; asked = http.client.HTTPConnection('127.0.0.1', int(os.environ['KLU_MANAGEMENT_PORT']), timeout=4); asked.request('GET', '/livez'); sys.exit(asked.getresponse().status != 200)"]

# --- How they differ: `docker run IMAGE` serves, `docker run IMAGE COMMAND ...` runs one of the service's commands ------
FROM image AS intake
ENV KLU_PORT=8001 KLU_MANAGEMENT_PORT=9001
EXPOSE 8001 9001
ENTRYPOINT ["python", "-m", "services.intake"]

FROM image AS router
ENV KLU_PORT=8002 KLU_MANAGEMENT_PORT=9002
EXPOSE 8002 9002
ENTRYPOINT ["python", "-m", "services.router"]

FROM image AS replies
ENV KLU_PORT=8003 KLU_MANAGEMENT_PORT=9003
EXPOSE 8003 9003
ENTRYPOINT ["python", "-m", "services.replies"]

FROM image AS notifier
ENV KLU_PORT=8004 KLU_MANAGEMENT_PORT=9004
EXPOSE 8004 9004
ENTRYPOINT ["python", "-m", "services.notifier"]

FROM ${SERVICE}
ARG SERVICE
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="7/24 KLU Hat: ${SERVICE}" \
      org.opencontainers.image.description="A university's public hotline, from the form to the answer" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
