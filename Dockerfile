# Trainer, model server and page, one image:
#
#   docker build --build-arg TORCH_INDEX=ADDRESS --tag dalt .
#   docker run --rm --publish 127.0.0.1:8866:8866 --volume dalt:/projects dalt demo --ip 0.0.0.0
#
# TORCH_INDEX is the address of PyTorch's CPU wheels (its install page names it).  Left out, pip takes
# the torch of its default index: on Linux that is one for CUDA, gigabytes larger.
# compose.yaml has all services together; docs/deployment.md says which deployment suits whom.

FROM python:3.11-slim-bookworm AS build
ARG TORCH_INDEX=""
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /src
COPY constraints.txt ./
# By itself, since it is most of the image and seldom changes.
RUN python -m venv /opt/dalt \
    && PIP_EXTRA_INDEX_URL="$TORCH_INDEX" /opt/dalt/bin/pip install --quiet --constraint constraints.txt torch
COPY pyproject.toml README.md LICENSE ./
COPY notebooks ./notebooks
COPY dalt ./dalt
RUN PIP_EXTRA_INDEX_URL="$TORCH_INDEX" /opt/dalt/bin/pip install --quiet --constraint constraints.txt \
    ".[api,dask,parquet,postgres]"

FROM python:3.11-slim-bookworm
# What the server draws, as plots of the owner's notebooks, has class names in Korean too.
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends fonts-nanum \
    && rm -rf /var/lib/apt/lists/*
# Nobody in particular: no account, no privileges, and nothing below /opt that it could change.
RUN install --directory --owner 10001 --group 10001 /projects /home/dalt
COPY --from=build /opt/dalt /opt/dalt
ENV HOME=/home/dalt \
    PATH=/opt/dalt/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /projects
VOLUME /projects
EXPOSE 8000 8866
ENTRYPOINT ["dalt"]
CMD ["--help"]
