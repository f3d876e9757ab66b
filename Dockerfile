# Everything lives in one volume: config.toml, the database, pages and mails.
#
#   docker build -t digest .
#   docker run --rm -v digest:/data digest digest init /data         then edit its config.toml, see docs/docker.md
#   docker run -d --name digest -v digest:/data -p 127.0.0.1:8080:8080 digest
FROM python:3.13-slim

COPY pyproject.toml constraints.txt README.md LICENSE config.toml /src/
COPY templates /src/templates
COPY digest /src/digest

# What builds it is pinned as well, so that the image made next year is the image of today.
RUN python3 -m venv /opt/digest \
 && /opt/digest/bin/pip install --no-cache-dir -c /src/constraints.txt hatchling \
 && /opt/digest/bin/pip install --no-cache-dir -c /src/constraints.txt --no-build-isolation /src \
 && /opt/digest/bin/pip uninstall --yes hatchling \
 && rm -rf /src

RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin digest \
 && install -d -o digest -g digest -m 0750 /data

ENV PATH=/opt/digest/bin:$PATH \
    DIGEST_CONFIG=/data/config.toml \
    PYTHONUNBUFFERED=1
USER digest
WORKDIR /data
VOLUME /data
EXPOSE 8080

HEALTHCHECK --interval=1m --timeout=10s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=8)"]

# Inside the container every address is its own; what may reach it is what `docker run -p` says.
CMD ["digest", "serve", "--address", "0.0.0.0:8080"]
