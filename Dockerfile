# The connector on Airbyte's Python base image. `make image` builds it; CONTRIBUTING.md tells of two architectures.
# The digest is the one in metadata.yaml: it names an index, from which the engine takes the image of its architecture.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

FROM ${BASE_IMAGE} AS builder
WORKDIR /build
COPY pyproject.toml constraints.txt manifest.yaml manifest_classic.yaml README.md LICENSE ./
COPY source_basecamp source_basecamp
RUN python -m pip wheel --no-deps --wheel-dir dist .
# An environment of its own, so that nothing of the base image's Python stands in for a pinned package.
RUN python -m venv --without-pip /opt/source-basecamp
RUN python -m pip --python /opt/source-basecamp/bin/python install --constraint constraints.txt dist/*.whl

FROM ${BASE_IMAGE}
COPY --from=builder /opt/source-basecamp /opt/source-basecamp
# Nothing but the temporary directory has to be writable.
ENV PYTHONDONTWRITEBYTECODE=1
ENV AIRBYTE_ENTRYPOINT=/opt/source-basecamp/bin/source-basecamp
WORKDIR /airbyte/integration_code
# By number, so that Kubernetes sees that it is not root. The base image calls it airbyte.
USER 1000
ENTRYPOINT ["/opt/source-basecamp/bin/source-basecamp"]
