# JupyterLab with the notebooks and all that they need, to be run without a network:
#
#	docker build -t natspike .
#	docker run --rm -p 127.0.0.1:8888:8888 natspike
#
# The log prints the address, with its token; JUPYTER_TOKEN chooses another. The site is at /static/site/index.html there. To keep what is
# changed in the notebooks, add -v natspike:/natspike/notebooks, or, for a folder of one's own,
# -v "$PWD/mine:/natspike/notebooks" --user "$(id -u):$(id -g)".
#
# Binder and JupyterHub can start the image too: its user is 1000, and scripts/entrypoint takes their command.

# Go at the version that GOTOOLCHAIN names: where the tag holds another patch release, it is fetched as a Go module and verified. Its tests
# and examples stay behind. For a base that is the same to the byte, add its digest to the tag.
FROM golang:1.26-bookworm AS go
ENV GOTOOLCHAIN=go1.26.8
RUN cp -rL "$(go env GOROOT)" /toolchain && cd /toolchain && chmod -R u+w . \
 && rm -rf api doc misc test && find . -depth \( -name testdata -o -name '*_test.go' \) -exec rm -rf {} +

FROM debian:bookworm-slim AS base
ENV GOTOOLCHAIN=local GOPATH=/go PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt
RUN apt-get update -q \
 && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends ca-certificates curl python3 python3-venv tini \
 && apt-get clean && rm -rf /var/lib/apt/lists/*
COPY --from=go /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=go /toolchain /usr/local/go
RUN umask 000 && mkdir -p /go/pkg /go/bin && go version

# JupyterLab and GoNB, from what pins them alone: they are built anew only when that changes, and their build caches stay behind.
FROM base AS environment
WORKDIR /natspike
COPY go.mod go.sum ./
COPY scripts/environment.sh scripts/
COPY scripts/python scripts/python
RUN umask 000 && bash -c 'set -euo pipefail; . scripts/environment.sh; setup'

FROM base
ARG VERSION=dev REVISION=unknown
LABEL org.opencontainers.image.title="natspike" \
      org.opencontainers.image.description="Sampling with Langevin dynamics and spiking networks, in Go, with notebooks" \
      org.opencontainers.image.licenses="BSD-3-Clause" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/debian:bookworm-slim"
RUN useradd --create-home --uid 1000 natspike && chmod 777 /home/natspike
ENV HOME=/home/natspike
WORKDIR /natspike
COPY --from=environment --chown=natspike /natspike/.lab .lab
COPY . .
# A folder mounted over notebooks hides no more than the notebooks: the entry point fills it from this copy if it is empty.
RUN cp -r notebooks .notebooks && chown -R natspike notebooks && chmod -R a+rwX notebooks
USER natspike
# The modules that the notebooks need and nothing else, compiled, the command for sweeps, and the site; without what only their own tests and
# readers need; open to any user, for --user.
RUN umask 000 && chmod 777 .lab && export GOFLAGS=-modcacherw && scripts/lab --setup-only \
 && go build -ldflags='-s -w' -o .lab/bin/sweep ./scripts/sweep \
 && GOCACHE=/tmp/site scripts/site && rm -rf /tmp/site \
 && find /go/pkg/mod -name '*.zip' -path '*/cache/download/*' -delete \
 && find /go/pkg/mod -depth -type d \( -name testdata -o -path '*/gonb@*/docs' -o -path '*/gonb@*/examples' \) -exec rm -rf {} +
VOLUME /natspike/notebooks
EXPOSE 8888
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD curl -fsS -o /dev/null http://127.0.0.1:8888/api
ENTRYPOINT ["tini", "--", "scripts/entrypoint"]
