"""What stands in front of a store in a care service: vmauth with tokens, nginx that gives every tenant a path."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import HOST, Server, Store, free_port, listens, missing, program

TOKEN = "the-right-token"

# A cluster is not in Debian: this turns its address for a tenant into that of a single node, the tenant into a label.
TENANTS = """daemon off; pid {directory}/front.pid; error_log {directory}/front.log; worker_processes 1; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fcgi; uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
  server {{ listen 127.0.0.1:{port};
    location ~ ^/insert/(?<tenant>[0-9]+)/influx/api/v2/write$ {{
      rewrite ^ /api/v2/write?extra_label=tenant=$tenant break; proxy_pass {url}; }}
    location / {{ return 404; }} }} }}
"""


def missing_fronts() -> str:
    """Why there are none here, or ""."""
    return missing("vmauth", "nginx", "victoria-metrics")


@contextmanager
def vmauth(directory: Path, store: Store) -> Iterator[str]:
    """The address of a vmauth that lets TOKEN through to the store."""
    port, config = free_port(), directory / "auth.yml"
    config.write_text(f"users:\n- bearer_token: {TOKEN}\n  url_prefix: {store.url}\n")
    command = [program("vmauth"), f"-httpListenAddr={HOST}:{port}", f"-auth.config={config}"]
    with _running(Server(command, port, lambda: listens(port), directory / "vmauth.log")) as url:
        yield url


@contextmanager
def tenants(directory: Path, store: Store) -> Iterator[str]:
    """The address of an nginx that has the paths of a VictoriaMetrics cluster and nothing else."""
    port, config = free_port(), directory / "front.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(TENANTS.format(directory=directory, port=port, url=store.url, user=user))
    command = [program("nginx"), "-c", str(config)]
    with _running(Server(command, port, lambda: listens(port), directory / "front.out")) as url:
        yield url


@contextmanager
def _running(server: Server) -> Iterator[str]:
    try:
        server.start()
        yield f"http://{HOST}:{server.port}"
    finally:
        server.stop()
